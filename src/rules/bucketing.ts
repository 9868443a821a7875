import { BurgeeError } from "../errors.js";
import {
  BUCKETS,
  bucketSeed,
  isBelow,
  murmur3,
  type Purpose,
  percentageThreshold,
  sliceOf,
  weightEnds,
} from "./bucket.js";

/** The bucketing of every rule that names no other. */
export const DEFAULT_BUCKETING = "murmur3-v1";

/**
 * The port through which units are spread: how a unit's text becomes in or out, and which variant. A rule names one by
 * `hash`, so that the algorithm is data and a later one moves nobody silently. Each method prepares: the function that
 * it gives is what runs at evaluation. The salt is the rule's `salt`, else the flag's name.
 *
 * @example
 * createFlags(registry, { bucketing: [unleash] }); // and in the profile: { rollout: 25, hash: unleash }
 */
export interface Bucketing {
  /** What rules call it. A change of the algorithm is a new name. */
  readonly name: string;
  /** Prepares whether a unit is in a share, `percentage` being more than 0 and less than 100. */
  rollout(salt: string, percentage: number): (unit: string) => boolean;
  /**
   * Prepares which of the weights a unit falls to, as an index; -1 where it is outside the share that takes part
   * (`percentage`, up to and including 100). The weights are on any positive scale, in the definition's order.
   */
  variant(salt: string, weights: readonly number[], percentage: number): (unit: string) => number;
  /** Prepares a unit's point in [0, 1), as `explain` shows it. */
  point(salt: string, purpose: Purpose): (unit: string) => number;
  /** Why these shares cannot be had with this algorithm, as a sentence; undefined where they can. All can unless given. */
  problem?(shares: {
    readonly percentage?: number | undefined;
    readonly weights?: readonly number[] | undefined;
  }): string | undefined;
}

/** burgee's own: murmur3_x86_32 over UTF-8, inclusion and variant hashed apart. */
export const murmur3v1: Bucketing = Object.freeze({
  name: DEFAULT_BUCKETING,
  rollout: (salt: string, percentage: number) => {
    const seed = bucketSeed(salt, "rollout");
    const threshold = percentageThreshold(percentage);
    return (unit: string) => isBelow(unit, seed, threshold);
  },
  variant: (salt: string, weights: readonly number[], percentage: number) => {
    const isIn = murmur3v1.rollout(salt, percentage);
    const seed = bucketSeed(salt, "variant");
    const ends = weightEnds(weights);
    return (unit: string) => {
      if (!isIn(unit)) return -1;
      return sliceOf(unit, seed, ends);
    };
  },
  point: (salt: string, purpose: Purpose) => {
    const seed = bucketSeed(salt, purpose);
    return (unit: string) => murmur3(unit, seed) / BUCKETS;
  },
});

/**
 * A bucketing of one's own, from a function that gives a unit's point in [0, 1): in where the point is below the
 * share, and the variant in whose slice the point of purpose `variant` falls. A flag whose unit gets another point, or
 * for which the function throws, is off, and the `error` event tells.
 *
 * @throws BurgeeError `INVALID_OPTIONS` where the name is empty or there is no function
 *
 * @example
 * // A hundred buckets by md5 of the unit alone, the same for every flag.
 * const md5 = (unit: string) => BigInt(`0x${createHash("md5").update(unit).digest("hex")}`);
 * const companion = bucketing("companion-md5", (unit) => Number(md5(unit) % 100n) / 100);
 */
export function bucketing(name: string, point: (unit: string, salt: string, purpose: Purpose) => number): Bucketing {
  if (typeof name !== "string" || name === "" || typeof point !== "function")
    throw new BurgeeError(
      "INVALID_OPTIONS",
      "bucketing needs a name, and a function that gives a unit's point from 0 up to 1",
    );
  const pointOf = (unit: string, salt: string, purpose: Purpose): number => {
    const at: unknown = point(unit, salt, purpose);
    if (typeof at === "number" && at >= 0 && at < 1) return at;
    const given = typeof at === "number" ? String(at) : `a ${typeof at}`;
    throw new TypeError(`the bucketing "${name}" gave ${given} for a unit; a point is a number from 0 up to 1`);
  };
  return Object.freeze({
    name,
    rollout: (salt: string, percentage: number) => (unit: string) => pointOf(unit, salt, "rollout") < percentage / 100,
    variant: (salt: string, weights: readonly number[], percentage: number) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      let sum = 0;
      const ends = weights.map((weight) => {
        sum += weight;
        return sum / total;
      });
      return (unit: string) => {
        if (percentage < 100 && pointOf(unit, salt, "rollout") >= percentage / 100) return -1;
        return indexBelow(ends, pointOf(unit, salt, "variant"));
      };
    },
    point: (salt: string, purpose: Purpose) => (unit: string) => pointOf(unit, salt, purpose),
  });
}

/** The first end that lies beyond a point. The last one always does. */
function indexBelow(ends: readonly number[], at: number): number {
  let index = 0;
  while (at >= (ends[index] as number)) index++;
  return index;
}
