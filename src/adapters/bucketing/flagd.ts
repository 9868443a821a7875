import type { Bucketing } from "../../rules/bucketing.js";
import { imurmurhash } from "./imurmurhash.js";
import { partsIn, type Shares, unevenProblem } from "./shares.js";

/** The largest sum of weights that flagd takes. */
const MOST = 2 ** 31 - 1;
/** How finely a rollout is read: a thousandth of a percent. flagd itself takes any whole weights. */
const PARTS = 100_000;
const HASHES = 2 ** 32;

/**
 * flagd's `fractional`, as the JavaScript evaluator @openfeature/flagd-core 4 has it.
 *
 * - **Salt**: the flag's key, or the first text of the `cat` that `fractional` starts with.
 * - **Hash**: murmur3 over salt and unit with nothing between, by the package imurmurhash: UTF-16 code units. An
 *   evaluator in another language that hashes UTF-8 puts ids beyond ASCII elsewhere.
 * - **One bucket**: a rollout of 20 % with weights is the first fifth, shared out; flagd writes it as entries
 *   whose last one is the rest.
 * - **Shares**: whole weights, 2147483647 in all at most; rollouts in thousandths of a percent.
 *
 * Source: `fractional` in @openfeature/flagd-core 4.0.1.
 *
 * @example
 * createFlags(registry, { bucketing: [flagd] }); // { weights: { on: 25, off: 75 }, hash: flagd, salt: the-flag-key }
 */
export const flagd: Bucketing = Object.freeze({
  name: "flagd",
  rollout: (salt: string, percentage: number) => {
    const [end = 0] = hashEnds([1], percentage);
    return (unit: string) => imurmurhash(salt + unit) < end;
  },
  variant: (salt: string, weights: readonly number[], percentage: number) => {
    const ends = hashEnds(weights, percentage);
    return (unit: string) => {
      const hash = imurmurhash(salt + unit);
      return ends.findIndex((end) => hash < end);
    };
  },
  point: (salt: string) => (unit: string) => imurmurhash(salt + unit) / HASHES,
  problem: ({ percentage, weights = [] }: Shares) => {
    const odd = weights.find((weight) => !Number.isInteger(weight));
    if (odd !== undefined) return `weights are whole numbers there, and ${odd} is none`;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (total > MOST) return `weights add up to at most ${MOST} there, and these to ${total}`;
    return unevenProblem({ percentage }, PARTS);
  },
});

/**
 * The first hash beyond each slice. flagd compares `hash × total >> 32` with the sum of the weights so far; as that sum
 * is whole, it is the same to compare the hash with `sum × 2^32 / total`, rounded up. Exact, therefore in BigInt.
 */
function hashEnds(weights: readonly number[], percentage: number): readonly number[] {
  const share = BigInt(Math.round(partsIn(percentage, PARTS))) * BigInt(HASHES);
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n) * BigInt(PARTS);
  let sum = 0n;
  return weights.map((weight) => {
    sum += BigInt(weight);
    return Number((sum * share + total - 1n) / total);
  });
}
