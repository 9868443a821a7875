import type { Bucketing } from "../../rules/bucketing.js";
import { sha1Point } from "./sha1.js";

/**
 * PostHog's feature flags, as posthog-node 5 evaluates them locally.
 *
 * - **Salt**: the flag's key.
 * - **Hash**: the first 60 bits of SHA-1 over the UTF-8 of `salt.unit`; for variants, of `salt.unitvariant`. Who takes
 *   part is asked first and independently, and includes who is *at* the end of the share.
 * - **Shares**: any. Weights that add up to 100 are taken as they are, others as their percentages.
 *
 * Source: `getFeatureFlagHash` and `getFeatureFlagVariant` of @posthog/core, and `isConditionMatch`, in posthog-node
 * 5.70.0.
 *
 * @example
 * createFlags(registry, { bucketing: [posthog] }); // { rollout: 25, hash: posthog, salt: the-flag-key }
 */
export const posthog: Bucketing = Object.freeze({
  name: "posthog",
  rollout: (salt: string, percentage: number) => (unit: string) => sha1Point(`${salt}.${unit}`) <= percentage / 100,
  variant: (salt: string, weights: readonly number[], percentage: number) => {
    const isIn = posthog.rollout(salt, percentage);
    const ends = endsOf(weights);
    return (unit: string) => {
      if (!isIn(unit)) return -1;
      const point = sha1Point(`${salt}.${unit}variant`);
      return ends.findIndex((end) => point < end);
    };
  },
  point: (salt: string, purpose: "rollout" | "variant") => {
    const suffix = purpose === "variant" ? "variant" : "";
    return (unit: string) => sha1Point(`${salt}.${unit}${suffix}`);
  },
});

/** The ends as PostHog comes to them: each percentage divided, then added. */
function endsOf(weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return weights.map((weight) => {
    sum += (total === 100 ? weight : (weight / total) * 100) / 100;
    return sum;
  });
}
