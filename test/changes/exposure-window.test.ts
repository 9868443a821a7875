import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExposureWindow } from "../../src/changes/exposure-window.js";
import type { Resolution } from "../../src/rules/resolution.js";

/** The same window as a list that is searched from end to end. */
class PlainWindow {
  readonly #capacity: number;
  #keys: string[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  isNew(flag: string, choice: unknown, unit: string): boolean {
    const key = JSON.stringify([flag, choice, unit]);
    const known = this.#keys.includes(key);
    this.#keys = [...this.#keys.filter((other) => other !== key), key].slice(-this.#capacity);
    return !known;
  }
}

const answer = (value: unknown): Resolution => ({ value, reason: "SPLIT", source: "rollout" });

const sights = fc.array(
  fc.record({
    flag: fc.constantFrom("a", "b"),
    choice: fc.constantFrom<unknown>(true, false, 0, "", "x", { a: 1 }, { a: 2 }, [1, { b: null }]),
    unit: fc.constantFrom("u1", "u2", "u3", "__proto__"),
    /** Whether the answer is prepared anew, as a reload does. */
    anew: fc.boolean(),
  }),
  { maxLength: 80 },
);

describe("ExposureWindow", () => {
  it("is a list of the latest keys, the one that was not seen for longest being forgotten first", () => {
    fc.assert(
      fc.property(sights, fc.integer({ min: 1, max: 12 }), (all, capacity) => {
        const window = new ExposureWindow(capacity);
        const plain = new PlainWindow(capacity);
        const answers = new Map<string, Resolution>();
        for (const { flag, choice, unit, anew } of all) {
          const key = JSON.stringify([flag, choice]);
          const resolution = (anew ? undefined : answers.get(key)) ?? answer(structuredClone(choice));
          answers.set(key, resolution);
          expect(window.isNew(flag, resolution, unit)).toBe(plain.isNew(flag, choice, unit));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("goes by the name of a value, where it has one", () => {
    const window = new ExposureWindow(10);
    const named = (variant: string): Resolution => ({ ...answer({ model: "m" }), variant });
    expect(["a", "b", "a"].map((variant) => window.isNew("f", named(variant), "u1"))).toEqual([true, true, false]);
  });

  it("holds no more after very many values than after few", () => {
    const window = new ExposureWindow(10);
    const collect = gc();
    const measure = (from: number) => {
      for (let value = from; value < from + 30_000; value++) window.isNew("f", answer(value), "u1");
      collect();
      return process.memoryUsage().heapUsed;
    };
    const first = measure(0);
    // A value that is not let go of costs 300 bytes and more.
    expect(measure(30_000) - first).toBeLessThan(2 * 1024 * 1024);
    expect(window.isNew("f", answer(0), "u1")).toBe(true);
  });
});

/** V8's own collector, which a test process is not started with. */
function gc(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}
