import murmurhash from "murmurhash-js";

/** Buckets are the integers below this; a unit's bucket divided by it is its point in [0, 1). */
export const BUCKETS = 2 ** 32;

/** What a bucket is for. Each is hashed apart, so that none tells anything of another. */
export type Purpose = "rollout" | "variant" | "layer" | "holdout";

/**
 * murmur3_x86_32 over the UTF-8 bytes of a text, an unsigned 32-bit integer. Lone surrogates count as U+FFFD.
 * Source: Austin Appleby's MurmurHash3, as murmurhash-js implements it. That package takes the low byte of each
 * code unit, so text beyond ASCII is handed over as a latin1 string that holds its UTF-8 bytes.
 */
export function murmur3(text: string, seed: number): number {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return murmurhash.murmur3(Buffer.from(text, "utf8").toString("latin1"), seed);
  }
  return murmurhash.murmur3(text, seed);
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
