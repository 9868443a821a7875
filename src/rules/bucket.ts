import { murmur3Int } from "./murmur3.js";

/** Buckets are the integers below this; a unit's bucket divided by it is its point in [0, 1). */
export const BUCKETS = 2 ** 32;

/** What a bucket is for. Each is hashed apart, so that none tells anything of another. */
export type Purpose = "rollout" | "variant" | "layer" | "holdout";

/** murmur3_x86_32 over the UTF-8 bytes of a text, an unsigned 32-bit integer. Lone surrogates count as U+FFFD. */
export function murmur3(text: string, seed: number): number {
  return murmur3Int(text, seed) >>> 0;
}

const HALF = 2 ** 31;

/** Whether a unit's bucket lies below a threshold. Compares signed integers, in the same order: nothing is allocated. */
export function isBelow(unit: string, seed: number, threshold: number): boolean {
  return (murmur3Int(unit, seed) ^ HALF) < threshold - HALF;
}

/** Whether a unit's bucket lies in a range, `to` being the first beyond it. */
export function isWithin(unit: string, seed: number, from: number, to: number): boolean {
  const bucket = murmur3Int(unit, seed) ^ HALF;
  return bucket >= from - HALF && bucket < to - HALF;
}

/** Which of the slices that end at `ends` a unit's bucket lies in, as an index. The last one must end at 2^32. */
export function sliceOf(unit: string, seed: number, ends: readonly number[]): number {
  const bucket = murmur3Int(unit, seed) ^ HALF;
  let index = 0;
  while (bucket >= (ends[index] as number) - HALF) index++;
  return index;
}

/** The seed of one flag's buckets. Two flags with one salt share their buckets; a renamed flag keeps its users by keeping its old name as salt. */
export function bucketSeed(salt: string, purpose: Purpose): number {
  return murmur3(`${salt}:${purpose}`, 0);
}

/**
 * A unit's point in [0, 1) for one flag (or salt) and purpose.
 *
 * @example
 * bucketOf("u1", "new_checkout") < 0.25 // in a rollout of 25 %
 */
export function bucketOf(unit: string, salt: string, purpose: Purpose = "rollout"): number {
  return murmur3(unit, bucketSeed(salt, purpose)) / BUCKETS;
}

/** A percentage as the number of buckets that are in, exact to 1 in 2^32: 100 is everyone, 0 nobody. */
export function percentageThreshold(percentage: number): number {
  return Math.round((percentage * BUCKETS) / 100);
}

/**
 * Weights as rounded cumulative ends, in the order given; the last positive one ends at 2^32 (the sum is the total, to
 * the bit), so that no unit falls out. Shares that are zero get an empty slice.
 */
export function weightEnds(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return weights.map((weight) => {
    sum += weight;
    return Math.round((sum / total) * BUCKETS);
  });
}
