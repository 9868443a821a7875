import fc from "fast-check";
import { expect, it } from "vitest";
import { Backoff } from "../../src/store/backoff.js";

it("doubles the ceiling from 50 ms up to a second, and begins again after a reset", () => {
  const backoff = new Backoff(() => 0.999_999);
  const next = () => Math.round(backoff.next());
  expect([next(), next(), next(), next(), next(), next(), next()]).toEqual([50, 100, 200, 400, 800, 1_000, 1_000]);
  backoff.reset();
  expect(next()).toBe(50);
});

it("never gives more than the limit, whatever the limits and the luck", () => {
  const ms = fc.integer({ min: 1, max: 100_000 });
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(ms, ms, fc.array(random, { minLength: 1, maxLength: 100 }), (minMs, maxMs, numbers) => {
      let index = 0;
      const backoff = new Backoff(() => numbers[index++] ?? 0, { minMs, maxMs });
      for (const number of numbers) {
        const delay = backoff.next();
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(number * maxMs);
      }
    }),
    { numRuns: 1_000 },
  );
});
