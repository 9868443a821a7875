import fc from "fast-check";
import { expect, test } from "vitest";
import { compare } from "../../bench/report/rivals.js";
import { inOrder, median, nanoseconds, ratio, spread, typical } from "../../bench/report/statistics.js";
import { measured, rounds, run } from "./run.js";

test("the median is the middle value, or the mean of the two in the middle", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
  expect(median([])).toBeUndefined();
});

test("as many values lie above the median as below, in whatever order they came", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 12 }), (values) => {
      const before = [...values];
      const middle = median(values) ?? Number.NaN;
      expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
      expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
      expect(values).toEqual(before);
    }),
    { numRuns: 1_000 },
  );
});

test("the spread is the least and the greatest value", () => {
  expect(spread([3, 1, 2])).toEqual([1, 3]);
  expect(spread([])).toBeUndefined();
});

test("a ratio needs both figures", () => {
  expect(ratio(30, 10)).toBe(3);
  expect(ratio(undefined, 10)).toBeUndefined();
  expect(ratio(30, undefined)).toBeUndefined();
  expect(ratio(30, 0)).toBeUndefined();
});

test("a workload's figure is the median of the rounds that have it", () => {
  const one = measured("one", {}, { rounds: [{ w1: 5 }, { w2: 9 }, { w1: 7 }] });
  expect(nanoseconds(one, "w1")).toBe(6);
  expect(nanoseconds(one, "w2")).toBe(9);
  expect(nanoseconds(one, "w5")).toBeUndefined();
});

test("the typical time is the geometric mean of W1 to W4", () => {
  expect(typical(measured("one", {}, { rounds: [{ w1: 1, w2: 10, w3: 10, w4: 100, w5: 1e6 }] }))).toBeCloseTo(10, 9);
  expect(typical(measured("none", {}, { rounds: [{ w5: 1 }] }))).toBe(Number.POSITIVE_INFINITY);
});

test("floors come first, then the SDKs, from fast to slow", () => {
  const slowFloor = measured("slow-floor", { floor: true }, { rounds: rounds(9_999) });
  const names = inOrder([...run.measured, slowFloor]).map(({ name }) => name);
  expect(names).toEqual(["raw-seeded", "raw", "slow-floor", "burgee", "fast", "slow", "burgee-full"]);
});

test("the rival is the best of the other SDKs: no floor, and no other adapter of burgee", () => {
  const time = compare(run, (one) => nanoseconds(one, "w1"));
  expect(time).toEqual({ own: 20, floor: 10, least: 10, rival: { title: "fast", figure: 100 } });
  expect(compare(run, (one) => nanoseconds(one, "w2"))).toMatchObject({ floor: 10, least: 5 });
  expect(compare(run, ({ heap }) => heap[0])?.rival).toEqual({ title: "slow & steady", figure: 500_000 });
});

test("there is nothing to compare where burgee was not measured, and no rival where nobody else was", () => {
  const without = (name: string) => ({ ...run, measured: run.measured.filter((one) => one.name !== name) });
  expect(compare(without("burgee"), (one) => nanoseconds(one, "w1"))).toBeUndefined();
  const alone = { ...run, measured: run.measured.filter(({ name }) => name === "burgee") };
  expect(compare(alone, (one) => nanoseconds(one, "w1"))).toEqual({
    own: 20,
    floor: undefined,
    least: undefined,
    rival: undefined,
  });
});
