import { BUCKETS, murmur3 } from "../../rules/bucket.js";
import type { Bucketing } from "../../rules/bucketing.js";
import { partsIn, type Shares, sliceEnds, unevenProblem } from "./shares.js";

const TRAFFIC = 10_000;
const SEED = 1;

/**
 * Optimizely Feature Experimentation's rules, as @optimizely/optimizely-sdk 6 has them.
 *
 * - **Salt**: the id (not the key) of the experiment or of the delivery's rule, as the datafile has it. The bucketing
 *   id, where one is used, is the rule's `by`.
 * - **Hash**: murmur3_x86_32, seed 1, over the UTF-8 of unit and salt with nothing between, in ten-thousandths.
 * - **One bucket**: a rollout of 40 % with weights is the first 4,000 parts, shared out. A datafile whose
 *   `trafficAllocation` has its gaps elsewhere cannot be had with one rule.
 * - **Shares**: hundredths of a percent; weights that come to whole parts of 10,000 of all.
 *
 * Source: lib/core/bucketer of @optimizely/optimizely-sdk 6.6.1, and murmurhash 2.0.1.
 *
 * @example
 * createFlags(registry, { bucketing: [optimizely] }); // { rollout: 25, hash: optimizely, salt: "9300000169122" }
 */
export const optimizely: Bucketing = Object.freeze({
  name: "optimizely",
  rollout: (salt: string, percentage: number) => {
    const end = partsIn(percentage, TRAFFIC);
    return (unit: string) => bucketOf(salt, unit) < end;
  },
  variant: (salt: string, weights: readonly number[], percentage: number) => {
    const ends = sliceEnds(weights, percentage, TRAFFIC);
    return (unit: string) => {
      const bucket = bucketOf(salt, unit);
      return ends.findIndex((end) => bucket < end);
    };
  },
  point: (salt: string) => (unit: string) => bucketOf(salt, unit) / TRAFFIC,
  problem: (shares: Shares) => unevenProblem(shares, TRAFFIC),
});

function bucketOf(salt: string, unit: string): number {
  return Math.floor((murmur3(unit + salt, SEED) / BUCKETS) * TRAFFIC);
}
