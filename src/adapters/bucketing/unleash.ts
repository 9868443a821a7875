import murmurhash from "murmurhash-js";
import type { Bucketing } from "../../rules/bucketing.js";
import { type Shares, sliceEnds, unevenProblem, unevenWeights } from "./shares.js";

/** Unleash's seed for variants; strategies hash with 0. */
const VARIANT_SEED = 86_028_157;
const PERCENTS = 100;
/** Unleash makes the weights of a flag's variants add up to this. */
const WEIGHTS = 1000;

/**
 * Unleash's `flexibleRollout` and the variants of its strategies, as unleash-client 6 has them.
 *
 * - **Salt**: the strategy's `groupId`, which is the flag's name unless somebody changed it.
 * - **Hash**: murmur3_x86_32 over `salt:unit`, of each UTF-16 code unit the low byte, so that ids beyond Latin-1 may
 *   collide. A rollout counts in hundredths (seed 0), variants in thousandths (seed 86028157), both from 1; who is in
 *   is asked first and independently.
 * - **Shares**: whole percents; weights on any scale that comes to whole thousandths.
 *
 * Source: `lib/strategy/util.js`, `flexible-rollout-strategy.js` and `lib/variant.js` of unleash-client 6.12.1.
 *
 * @example
 * createFlags(registry, { bucketing: [unleash] }); // { rollout: 25, hash: unleash, salt: the-group-id }
 */
export const unleash: Bucketing = Object.freeze({
  name: "unleash",
  rollout: (salt: string, percentage: number) => (unit: string) => number(salt, unit, PERCENTS, 0) <= percentage,
  variant: (salt: string, weights: readonly number[], percentage: number) => {
    const isIn = unleash.rollout(salt, percentage);
    const ends = sliceEnds(weights, 100, WEIGHTS);
    return (unit: string) => {
      if (!isIn(unit)) return -1;
      const target = number(salt, unit, WEIGHTS, VARIANT_SEED);
      return ends.findIndex((end) => target <= end);
    };
  },
  point: (salt: string, purpose: "rollout" | "variant") => {
    const [count, seed] = purpose === "rollout" ? [PERCENTS, 0] : [WEIGHTS, VARIANT_SEED];
    return (unit: string) => (number(salt, unit, count, seed) - 1) / count;
  },
  problem: ({ percentage, weights }: Shares) =>
    unevenProblem({ percentage }, PERCENTS) ?? (weights && unevenWeights(weights, 100, WEIGHTS)),
});

/** A unit's number from 1 to `count`. */
function number(salt: string, unit: string, count: number, seed: number): number {
  return (murmurhash.murmur3(`${salt}:${unit}`, seed) % count) + 1;
}
