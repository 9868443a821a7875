import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { association, chiSquareTail, wilsonInterval } from "../../src/rules/statistics.js";

describe("wilsonInterval()", () => {
  // R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("gives Newcombe's figures for %i of %i", (count, total, low, high) => {
    const interval = wilsonInterval(count, total);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it("knows nothing of nobody", () => {
    expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
  });

  it("holds the share, lies within 0 to 1, and is its own mirror image", () => {
    const sample = fc.integer({ min: 1, max: 1_000_000 }).chain((total) => fc.tuple(fc.nat(total), fc.constant(total)));
    fc.assert(
      fc.property(sample, ([count, total]) => {
        const { low, high } = wilsonInterval(count, total);
        const mirrored = wilsonInterval(total - count, total);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(count / total);
        expect(high).toBeGreaterThanOrEqual(count / total);
        expect(mirrored.low).toBeCloseTo(1 - high, 10);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("chiSquareTail()", () => {
  // scipy.stats.chi2.sf, SciPy 1.17.1.
  it.each([
    [3.841458820694124, 1, 0.05],
    [0.5, 1, 0.47950012218695337],
    [10, 1, 0.001565402258002549],
    [40, 1, 2.5396285894708634e-10],
    [5.991464547107979, 2, 0.05],
    [1e-6, 3, 0.9999999997340385],
    [2.3, 3, 0.5125209069771455],
    [700, 3, 2.0991308534204487e-151],
    [18.307038053275146, 10, 0.05],
    [9.5, 10, 0.4853975577785966],
    [11, 10, 0.3575180024279255],
    [80, 100, 0.9296649333406051],
    [100, 100, 0.48119168452795674],
    [120, 100, 0.08440668109369177],
    [1050, 1000, 0.13247405682147703],
  ])("of %d at %i degrees of freedom is SciPy's", (statistic, degrees, expected) => {
    expect(Math.abs(chiSquareTail(statistic, degrees) / expected - 1)).toBeLessThan(1e-9);
  });

  it("is one where nothing differs, and none where the difference is beyond all numbers", () => {
    expect(chiSquareTail(0, 4)).toBe(1);
    expect(chiSquareTail(1e6, 1)).toBe(0);
  });

  it("of one degree less two standard deviations is the normal distribution's", () => {
    expect(chiSquareTail(1.959963984540054 ** 2, 1)).toBeCloseTo(0.05, 12);
  });

  it("is a probability, and falls as the statistic grows", () => {
    const statistic = fc.double({ min: 0, max: 5_000, noNaN: true });
    fc.assert(
      fc.property(statistic, statistic, fc.integer({ min: 1, max: 400 }), (one, other, degrees) => {
        const [small, large] = [Math.min(one, other), Math.max(one, other)];
        const tails = [chiSquareTail(small, degrees), chiSquareTail(large, degrees)] as const;
        expect(tails[0]).toBeLessThanOrEqual(1);
        expect(tails[1]).toBeGreaterThanOrEqual(0);
        expect(tails[1]).toBeLessThanOrEqual(tails[0] + 1e-12);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("association()", () => {
  // scipy.stats.chi2_contingency(correction=False) and scipy.stats.contingency.association, SciPy 1.17.1.
  it.each([
    [
      [
        [10, 20],
        [30, 40],
      ],
      0.7936507936507936,
      1,
      0.37299848361348686,
      0.0890870806374748,
    ],
    [
      [
        [20, 10],
        [15, 25],
      ],
      5.833333333333334,
      1,
      0.0157252997545054,
      0.2886751345948129,
    ],
    [
      [
        [10, 20, 30],
        [6, 9, 17],
      ],
      0.27157465150403504,
      2,
      0.873028283380073,
      0.05433137570422292,
    ],
    [
      [
        [10, 10, 20],
        [20, 20, 20],
      ],
      2.7777777777777777,
      2,
      0.24935220877729622,
      0.16666666666666666,
    ],
  ])("of %j is SciPy's", (table, chiSquare, degrees, p, cramersV) => {
    const found = association(table);
    expect(found?.chiSquare).toBeCloseTo(chiSquare, 9);
    expect(found?.degrees).toBe(degrees);
    expect(found?.p).toBeCloseTo(p, 9);
    expect(found?.cramersV).toBeCloseTo(cramersV, 9);
  });

  it("has a sign for two by two: with each other, against each other", () => {
    expect(
      association([
        [30, 0],
        [0, 70],
      ])?.phi,
    ).toBeCloseTo(1, 12);
    expect(
      association([
        [0, 30],
        [70, 0],
      ])?.phi,
    ).toBeCloseTo(-1, 12);
    expect(
      association([
        [10, 20],
        [30, 40],
      ])?.phi,
    ).toBeCloseTo(-0.0890870806374748, 12);
    expect(
      association([
        [10, 20, 30],
        [6, 9, 17],
      ]),
    ).not.toHaveProperty("phi");
  });

  it("takes no notice of answers that nobody got", () => {
    const plain = association([
      [10, 20],
      [30, 40],
    ]);
    expect(
      association([
        [10, 0, 20],
        [0, 0, 0],
        [30, 0, 40],
      ]),
    ).toEqual(plain);
  });

  it.each([
    [[]],
    [[[5]]],
    [[[5, 7]]],
    [[[5], [7]]],
    [
      [
        [5, 0],
        [7, 0],
      ],
    ],
    [
      [
        [0, 0],
        [0, 0],
      ],
    ],
  ])("has nothing to compare in %j", (table) => {
    expect(association(table)).toBeUndefined();
  });

  it("is one where each answer decides the other, and never more", () => {
    const diagonal = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(diagonal, (counts) => {
        const found = association(counts.map((count, at) => counts.map((_, column) => (column === at ? count : 0))));
        expect(found?.cramersV).toBeLessThanOrEqual(1);
        expect(found?.cramersV).toBeCloseTo(1, 9);
      }),
      { numRuns: 1_000 },
    );
  });
});
