import { createHash } from "node:crypto";
import { type Bucketing, bucketing } from "burgee";
import { bucketings } from "burgee/bucketing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { murmur3v1 } from "../../src/rules/bucketing.js";

/** A user's own: a hundred buckets by MD5 of the unit alone. */
const own = bucketing("own-md5", (unit) => {
  const digest = createHash("md5").update(unit).digest("hex");
  return Number(BigInt(`0x${digest}`) % 100n) / 100;
});

const SALT = "new-checkout";
const WEIGHTS = [50, 30, 20];
const ids = Array.from({ length: 20_000 }, (_, index) => `user-${index}`);
/** Far more than chance moves a share of 20,000 (at most 0.4 points, once in a hundred), and than any origin is biased. */
const ROUGHLY = 0.02;

describe.each<Bucketing>([murmur3v1, ...bucketings, own])("the bucketing $name", (port) => {
  const chosen = (percentage: number) => {
    const isIn = port.rollout(SALT, percentage);
    return ids.filter(isIn);
  };
  const sharesOf = (weights: readonly number[], percentage: number) => {
    const indexOf = port.variant(SALT, weights, percentage);
    const counts = new Map<number, number>();
    for (const index of ids.map(indexOf)) counts.set(index, (counts.get(index) ?? 0) + 1);
    return (index: number) => (counts.get(index) ?? 0) / ids.length;
  };

  it("has a name that a rule can give, and stays as it is", () => {
    expect(port.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(Object.isFrozen(port)).toBe(true);
  });

  it("has no objection to whole percents and whole weights", () => {
    for (const percentage of [0, 1, 25, 30, 99, 100]) expect(port.problem?.({ percentage })).toBeUndefined();
    expect(port.problem?.({ percentage: 100, weights: WEIGHTS })).toBeUndefined();
    expect(port.problem?.({ weights: WEIGHTS })).toBeUndefined();
  });

  it("takes in about the share", () => {
    for (const percentage of [1, 25, 50, 99])
      expect(Math.abs(chosen(percentage).length / ids.length - percentage / 100)).toBeLessThan(ROUGHLY);
  });

  it("removes nobody from a growing rollout", () => {
    const shares = [1, 25, 30, 31, 60, 99];
    for (const [index, share] of shares.slice(1).entries()) {
      const now = new Set(chosen(share));
      expect(chosen(shares[index] ?? 0).filter((id) => !now.has(id))).toEqual([]);
    }
  });

  it("removes nobody from a growing share of an experiment", () => {
    const [some, more] = [port.variant(SALT, WEIGHTS, 30), port.variant(SALT, WEIGHTS, 60)];
    expect(ids.filter((id) => some(id) >= 0 && more(id) < 0)).toEqual([]);
  });

  it("spreads everybody by the weights", () => {
    const share = sharesOf(WEIGHTS, 100);
    for (const [index, weight] of WEIGHTS.entries())
      expect(Math.abs(share(index) - weight / 100)).toBeLessThan(ROUGHLY);
    expect(share(-1)).toBe(0);
  });

  it("spreads a share by the weights, and leaves the rest outside", ({ skip }) => {
    skip(port === own, "it asks one hash both questions, so that its share is of the first variants only");
    const share = sharesOf(WEIGHTS, 40);
    for (const [index, weight] of WEIGHTS.entries())
      expect(Math.abs(share(index) - 0.4 * (weight / 100))).toBeLessThan(ROUGHLY);
    expect(Math.abs(share(-1) - 0.6)).toBeLessThan(ROUGHLY);
  });

  it("gives a weight of zero to nobody", () => {
    for (const weights of [
      [0, 50, 50],
      [50, 0, 50],
      [50, 50, 0],
    ])
      expect(sharesOf(weights, 100)(weights.indexOf(0))).toBe(0);
  });

  it("answers any unit under any salt, the same each time it is prepared", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), anyCodeUnits);
    const share = fc.integer({ min: 1, max: 99 });
    fc.assert(
      fc.property(text, text, share, (unit, salt, percentage) => {
        const ask = () => ({
          isIn: port.rollout(salt, percentage)(unit),
          all: port.variant(salt, WEIGHTS, 100)(unit),
          some: port.variant(salt, WEIGHTS, percentage)(unit),
          points: [port.point(salt, "rollout")(unit), port.point(salt, "variant")(unit)],
        });
        const { isIn, all, some, points } = ask();
        expect(ask()).toEqual({ isIn, all, some, points });
        expect(typeof isIn).toBe("boolean");
        expect([0, 1, 2]).toContain(all);
        expect([-1, 0, 1, 2]).toContain(some);
        for (const point of points) expect(point >= 0 && point < 1).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Any UTF-16 code units, lone surrogates among them. */
const anyCodeUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 })
  .map((units) => String.fromCharCode(...units));
