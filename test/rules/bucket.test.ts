import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUCKETS, bucketOf, bucketSeed, murmur3, percentageThreshold, weightEnds } from "../../src/rules/bucket.js";
import { slowMurmur3, slowSlices, utf8 } from "./oracle.js";

/** Any text a program can hold, code unit by code unit: lone surrogates, controls and astral letters among them. */
const anyText = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom("\ud800", "\udbff", "\udc00", "\udfff", "a", "é", "漢", "😀"))
    .map((parts) => parts.join("")),
);
const anySeed = fc.integer({ min: 0, max: 0xffffffff });

describe("murmur3", () => {
  it.each([
    ["", 0, 0],
    ["", 1, 0x514e28b7],
    ["", 0xffffffff, 0x81f16f39],
    ["\0\0\0\0", 0, 0x2362f9de],
    ["a", 0x9747b28c, 0x7fa09ea6],
    ["aa", 0x9747b28c, 0x5d211726],
    ["aaa", 0x9747b28c, 0x283e0130],
    ["aaaa", 0x9747b28c, 0x5a97808a],
    ["ab", 0x9747b28c, 0x74875592],
    ["abc", 0, 0xb3dd93fa],
    ["abc", 0x9747b28c, 0xc84a62dd],
    ["abcd", 0x9747b28c, 0xf0478627],
    ["test", 0, 0xba6bd213],
    ["Hello, world!", 0, 0xc0363e43],
    ["Hello, world!", 0x9747b28c, 0x24884cba],
    ["The quick brown fox jumps over the lazy dog", 0, 0x2e4ff723],
    ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
    ["ππππππππ", 0x9747b28c, 0xd58063c1],
  ])("gives the published hash of %j with seed %i", (text, seed, hash) => {
    expect(murmur3(text, seed)).toBe(hash);
    expect(slowMurmur3(text, seed)).toBe(hash);
  });

  it("agrees with a plain MurmurHash3 over UTF-8 bytes for any text and seed", () => {
    const agree = (text: string, seed: number) => {
      expect(murmur3(text, seed)).toBe(slowMurmur3(text, seed));
    };
    fc.assert(fc.property(anyText, anySeed, agree), { numRuns: 3_000 });
  });

  it("hashes a lone surrogate as U+FFFD, like every encoder of UTF-8", () => {
    expect(murmur3("user-\ud83d", 7)).toBe(murmur3("user-\ufffd", 7));
    expect(murmur3("\ude00\ud83d", 7)).toBe(murmur3("\ufffd\ufffd", 7));
    expect(murmur3("\ud83d\ude00", 7)).not.toBe(murmur3("\ufffd\ufffd", 7));
  });

  it("tells apart texts that differ beyond the low byte only", () => {
    expect(murmur3("Ā", 0)).not.toBe(murmur3("\0", 0));
    expect(murmur3("š", 0)).not.toBe(murmur3("a", 0));
  });

  it("has an oracle whose bytes are those of TextEncoder", () => {
    const same = (text: string) => {
      expect(utf8(text)).toEqual([...new TextEncoder().encode(text)]);
    };
    fc.assert(fc.property(anyText, same), { numRuns: 1_000 });
  });
});

describe("percentageThreshold", () => {
  it.each([
    [0, 0],
    [100, BUCKETS],
    [50, 2 ** 31],
    [25, 2 ** 30],
    [1, 42_949_673],
    [0.1, 4_294_967],
    [100 / BUCKETS, 1],
    [33.333_333_333, 1_431_655_765],
  ])("turns %f %% into %i of 2^32 buckets", (percentage, threshold) => {
    expect(percentageThreshold(percentage)).toBe(threshold);
  });

  it("rises with the percentage", () => {
    const percentage = fc.double({ min: 0, max: 100, noNaN: true });
    const rises = (a: number, b: number) => {
      expect(percentageThreshold(Math.min(a, b))).toBeLessThanOrEqual(percentageThreshold(Math.max(a, b)));
    };
    fc.assert(fc.property(percentage, percentage, rises), { numRuns: 1_000 });
  });
});

describe("weightEnds", () => {
  it.each([
    [[1], [BUCKETS]],
    [
      [50, 50],
      [2 ** 31, BUCKETS],
    ],
    [
      [50, 25, 25],
      [2 ** 31, 3 * 2 ** 30, BUCKETS],
    ],
    [
      [1, 1, 1],
      [1_431_655_765, 2_863_311_531, BUCKETS],
    ],
    [
      [0, 1, 0],
      [0, BUCKETS, BUCKETS],
    ],
    [
      [3, 0, 1, 0, 0],
      [3 * 2 ** 30, 3 * 2 ** 30, BUCKETS, BUCKETS, BUCKETS],
    ],
    [
      [0.1, 0.2],
      [1_431_655_765, BUCKETS],
    ],
  ])("gives %j the ends %j", (weights, ends) => {
    expect(weightEnds(weights)).toEqual(ends);
  });

  it("covers every bucket once, whatever the weights", () => {
    const weight = fc.oneof(fc.nat(100), fc.double({ min: 0, max: 1e300, noNaN: true }), fc.constant(0));
    const positive = fc
      .array(weight, { minLength: 1, maxLength: 9 })
      .filter((weights) => weights.some((one) => one > 0));
    const covers = (weights: number[]) => {
      const ends = weightEnds(weights);
      expect(ends.at(-1)).toBe(BUCKETS);
      const starts = [0, ...ends.slice(0, -1)];
      for (const [index, end] of ends.entries()) {
        const size = end - (starts[index] as number);
        expect(size).toBeGreaterThanOrEqual(0);
        if (weights[index] === 0) expect(size).toBe(0);
      }
    };
    fc.assert(fc.property(positive, covers), { numRuns: 1_000 });
  });

  it("has an oracle that agrees", () => {
    const weights = { control: 50, none: 0, a: 1.5, b: 7 };
    const ends = weightEnds(Object.values(weights));
    expect(slowSlices(weights).map(([name, , to]) => [name, to])).toEqual([
      ["control", ends[0]],
      ["a", ends[2]],
      ["b", ends[3]],
    ]);
  });
});

describe("seeds", () => {
  it("hash the salt and the purpose, so that inclusion and variant differ", () => {
    expect(bucketSeed("new_checkout", "rollout")).toBe(slowMurmur3("new_checkout:rollout", 0));
    expect(bucketSeed("new_checkout", "variant")).toBe(slowMurmur3("new_checkout:variant", 0));
    expect(bucketSeed("größe", "rollout")).toBe(slowMurmur3("größe:rollout", 0));
  });

  it("put a unit at one point for one salt", () => {
    expect(bucketOf("u1", "a")).toBe(bucketOf("u1", "a", "rollout"));
    expect(bucketOf("u1", "a")).not.toBe(bucketOf("u1", "b"));
    expect(bucketOf("u1", "a")).not.toBe(bucketOf("u1", "a", "variant"));
    expect(bucketOf("u1", "a")).toBe(slowMurmur3("u1", slowMurmur3("a:rollout", 0)) / BUCKETS);
  });

  it("never change: these points are a promise to users who are in a rollout today", () => {
    const points = ["u1", "u2", "ana", "漢字", "42"].map((unit) => [
      murmur3(unit, bucketSeed("new_checkout", "rollout")),
      murmur3(unit, bucketSeed("new_checkout", "variant")),
    ]);
    expect(points).toMatchInlineSnapshot(`
      [
        [
          3916167523,
          3918998044,
        ],
        [
          3339178871,
          438218266,
        ],
        [
          1668704146,
          759545452,
        ],
        [
          519263582,
          2700646871,
        ],
        [
          3701881910,
          3129327268,
        ],
      ]
    `);
  });
});
