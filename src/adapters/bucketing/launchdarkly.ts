import type { Bucketing } from "../../rules/bucketing.js";
import { sha1Point } from "./sha1.js";
import { partsIn, type Shares, sliceEnds, unevenProblem } from "./shares.js";

/** LaunchDarkly's weights add up to this. */
const WEIGHTS = 100_000;

/**
 * LaunchDarkly's percentage rollouts and experiments, as the server SDK for Node, version 9, has them.
 *
 * - **Salt**: `flagKey.salt`, both as the flag's data has them; or, where the rollout has a `seed`, the seed.
 * - **Hash**: the first 60 bits of SHA-1 over the UTF-8 of `salt.unit`.
 * - **One bucket**: a rollout of 20 % with weights is the first fifth, shared out; LaunchDarkly writes it as weights
 *   of which the last, untracked, is the rest.
 * - **Shares**: thousandths of a percent. Weights on any scale that comes to whole parts of 100,000.
 *
 * Source: `Bucketer` and `_variationForContext` of @launchdarkly/js-server-sdk-common, in
 * @launchdarkly/node-server-sdk 9.13.7.
 *
 * @example
 * createFlags(registry, { bucketing: [launchdarkly] }); // { rollout: 25, hash: launchdarkly, salt: new-checkout.a1b2c3 }
 */
export const launchdarkly: Bucketing = Object.freeze({
  name: "launchdarkly",
  rollout: (salt: string, percentage: number) => {
    const end = partsIn(percentage, WEIGHTS) / WEIGHTS;
    return (unit: string) => sha1Point(`${salt}.${unit}`) < end;
  },
  variant: (salt: string, weights: readonly number[], percentage: number) => {
    const ends = summed(sliceEnds(weights, percentage, WEIGHTS), percentage === 100);
    return (unit: string) => {
      const point = sha1Point(`${salt}.${unit}`);
      return ends.findIndex((end) => point < end);
    };
  },
  point: (salt: string) => (unit: string) => sha1Point(`${salt}.${unit}`),
  problem: (shares: Shares) => unevenProblem(shares, WEIGHTS),
});

/**
 * The ends as LaunchDarkly comes to them: each weight divided, then added. Where the slices are all there is, the last
 * one has no end: whoever is beyond the sum, by the rounding of doubles, gets the last variation.
 */
function summed(ends: readonly number[], isAll: boolean): readonly number[] {
  let sum = 0;
  return ends.map((end, index) => {
    sum += (end - (ends[index - 1] ?? 0)) / WEIGHTS;
    return isAll && index === ends.length - 1 ? Number.POSITIVE_INFINITY : sum;
  });
}
