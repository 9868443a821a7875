import type { Bucketing } from "../../rules/bucketing.js";
import { type Shares, unevenProblem } from "./shares.js";

/**
 * GrowthBook's first hash (`hashVersion: 1`, and rules that name none), as @growthbook/growthbook 1 has it.
 *
 * - **Salt**: the rule's `seed`, else the experiment's `key`, else the feature's key.
 * - **Hash**: FNV-1a (32 bit) over unit and salt, UTF-16 code unit by code unit, in thousandths.
 * - **Edges**: a rollout (`force` with `coverage`) takes in whoever is *at* its end too, so that 25 % are 251
 *   thousandths; the ranges of an experiment exclude their end.
 * - **Rollout beside weights** is the experiment's `coverage`: each range starts where it starts at full coverage
 *   and is cut short, so that a growing coverage moves nobody from one variation to another.
 * - **Shares**: tenths of a percent; any weights. Weights that add up to 1 (0.99 to 1.01) are taken as they are, as
 *   GrowthBook does; others are divided by their sum.
 *
 * Source: `hash`, `getBucketRanges`, `chooseVariation` (src/util.ts) and `isIncludedInRollout` (src/core.ts) of
 * @growthbook/growthbook 1.8.0.
 *
 * @example
 * createFlags(registry, { bucketing: [growthbookV1] }); // { rollout: 25, hash: growthbook-v1, salt: the-feature-key }
 */
export const growthbookV1: Bucketing = growthbook("growthbook-v1", 1000, (salt, unit) => fnv1a(unit + salt));

/**
 * GrowthBook's second hash (`hashVersion: 2`): FNV-1a over salt and unit, hashed once more as decimal text, in
 * ten-thousandths; a rollout takes hundredths of a percent. All else is as in {@link growthbookV1}.
 *
 * @example
 * createFlags(registry, { bucketing: [growthbookV2] }); // { rollout: 25, hash: growthbook-v2, salt: the-seed }
 */
export const growthbookV2: Bucketing = growthbook("growthbook-v2", 10_000, (salt, unit) =>
  fnv1a(String(fnv1a(salt + unit))),
);

function growthbook(name: string, parts: number, hash: (salt: string, unit: string) => number): Bucketing {
  const pointOf = (salt: string, unit: string) => (hash(salt, unit) % parts) / parts;
  return Object.freeze({
    name,
    rollout: (salt: string, percentage: number) => {
      const coverage = asWritten(percentage / 100);
      return (unit: string) => pointOf(salt, unit) <= coverage;
    },
    variant: (salt: string, weights: readonly number[], percentage: number) => {
      const ranges = rangesOf(weights, asWritten(percentage / 100));
      return (unit: string) => {
        const point = pointOf(salt, unit);
        return ranges.findIndex(({ start, end }) => point >= start && point < end);
      };
    },
    point: (salt: string) => (unit: string) => pointOf(salt, unit),
    problem: ({ percentage }: Shares) => unevenProblem({ percentage }, parts),
  });
}

/** Floating-point sums in the origin's order, since points may lie on an end. */
function rangesOf(weights: readonly number[], coverage: number): readonly { start: number; end: number }[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const isShares = total >= 0.99 && total <= 1.01;
  let start = 0;
  return weights.map((given) => {
    const weight = isShares ? given : asWritten(given / total);
    const range = { start, end: start + coverage * weight };
    start += weight;
    return range;
  });
}

/** The short decimal that a file would hold (0.333 for 33.3 / 100), where the quotient differs from it by rounding only. */
function asWritten(quotient: number): number {
  const short = Number(quotient.toFixed(6));
  return Math.abs(quotient - short) < 1e-12 ? short : quotient;
}

/** FNV-1a, 32 bit, over UTF-16 code units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
