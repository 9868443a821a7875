import { beforeAll, describe, expect, test } from "vitest";
import { figures } from "./built.js";

// Bytes that one call allocates, by V8's heap counter: medians over rounds of 200 calls, a million calls in all. Every
// question is asked about 1,024 users in turn, with ids of several alphabets. The counter is exact, so that a budget of
// nothing is nothing.

/** For the object that `getAllFlags` gives of 999 flags: 8,480 to 8,808 were measured, a word each and a header. */
const ALL = 9_200;

/** Less than a byte is an allocation in few calls only: the counter's own, or a late compilation's. */
const NOTHING = 0.5;

interface Allocated {
  readonly bytes: Readonly<Record<string, number>>;
  readonly all: number;
}

describe("one call allocates", () => {
  let allocated: Allocated;
  beforeAll(() => {
    allocated = figures<Allocated>("allocation.mjs", ["--expose-gc"]);
  });

  test("nothing, whatever is asked about whomever", () => {
    expect(Object.keys(allocated.bytes)).toHaveLength(34);
    expect(above(allocated.bytes, NOTHING)).toEqual({});
  });

  test(`${ALL} bytes for all of 999 flags: the object that is given, and nothing beside it`, () => {
    // Fewer would mean that the object is not measured.
    expect(allocated.all).toBeGreaterThan(7_000);
    expect(allocated.all).toBeLessThanOrEqual(ALL);
  });
});

/** The figures that are above a budget, rounded to hundredths. */
function above(bytes: Readonly<Record<string, number>>, budget: number): Record<string, number> {
  const found = Object.entries(bytes).filter(([, figure]) => figure >= budget);
  return Object.fromEntries(found.map(([label, figure]) => [label, Math.round(figure * 100) / 100]));
}
