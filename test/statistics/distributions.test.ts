import { describe, expect, it, test } from "vitest";
import {
  chiSquareSurvival,
  distanceFromEven,
  fisher,
  kolmogorovLimit,
  kolmogorovSurvival,
  logGamma,
} from "./distributions.js";

/** Equal but for a relative error. */
function expectClose(actual: number, expected: number, error: number): void {
  expect(Math.abs(actual / expected - 1), `${actual} for ${expected}`).toBeLessThan(error);
}

describe("chiSquareSurvival", () => {
  // Printed tables of critical values (Abramowitz and Stegun, table 26.8; NIST/SEMATECH e-Handbook, 1.3.6.7.4).
  it.each([
    [1, 0.05, 3.841],
    [1, 0.001, 10.828],
    [2, 0.01, 9.21],
    [10, 0.95, 3.94],
    [10, 0.05, 18.307],
    [10, 0.001, 29.588],
    [50, 0.1, 63.167],
    [99, 0.05, 123.225],
    [99, 0.001, 148.23],
    [100, 0.99, 70.065],
    [100, 0.01, 135.807],
  ])("of %i degrees leaves %f above the printed value %f", (degrees, p, value) => {
    expectClose(chiSquareSurvival(value, degrees), p, 1e-3);
  });

  // By mpmath's regularised incomplete gamma function, with 40 digits.
  it.each([
    [16, 1, 6.33424836662e-5],
    [1, 3, 0.801251956901],
    [99, 99, 0.481096912408],
    [66.510053, 99, 0.995000070339],
    [81, 81, 0.47910138169],
    [300, 99, 4.22665346442e-22],
    [1000, 99, 7.22960790249e-149],
    [41_200, 40_500, 0.00718538813448],
    [98_000, 99_000, 0.98788444961],
    [99_000, 99_000, 0.499402295865],
    [101_200, 99_000, 4.56609402436e-7],
  ])("of %f for %i degrees is as computed with 40 digits", (x, degrees, p) => {
    expectClose(chiSquareSurvival(x, degrees), p, 1e-8);
  });

  it("is a sum of Poisson terms for an even number of degrees", () => {
    for (const degrees of [2, 4, 20, 100]) {
      for (const x of [0.1, 1, degrees / 2, degrees, degrees * 2]) {
        let term = Math.exp(-x / 2);
        let sum = term;
        for (let j = 1; j < degrees / 2; j++) {
          term *= x / 2 / j;
          sum += term;
        }
        expectClose(chiSquareSurvival(x, degrees), sum, 1e-12);
      }
    }
  });

  it("is certain at 0, and excludes the infinite", () => {
    expect(chiSquareSurvival(0, 5)).toBe(1);
    expect(chiSquareSurvival(Number.POSITIVE_INFINITY, 5)).toBe(0);
    expect(chiSquareSurvival(1e9, 5)).toBe(0);
    expect(chiSquareSurvival(Number.NaN, 5)).toBeNaN();
  });
});

test("logGamma is the logarithm of a factorial, and of the root of pi at a half", () => {
  let factorial = 1;
  for (let n = 1; n < 30; n++) {
    expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 12);
    factorial *= n;
  }
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14);
});

describe("the test of Kolmogorov and Smirnov", () => {
  // N. Smirnov's table (1948) of the limit.
  it.each([
    [0.5, 0.963945],
    [1, 0.27],
    [1.2238, 0.1],
    [1.3581, 0.05],
    [1.6276, 0.01],
    [2.5, 7.4533e-6],
  ])("leaves above %f, in the limit, %f", (lambda, p) => {
    expectClose(kolmogorovLimit(lambda), p, 5e-4);
  });

  it("is certain of the smallest distances", () => {
    expect(kolmogorovLimit(0)).toBe(1);
    expect(kolmogorovLimit(0.18)).toBeCloseTo(1, 12);
  });

  // L. H. Miller's table (1956) of 10 and 20 points; exact chances by SciPy's kstwo for 1,000.
  it.each([
    [0.40925, 10, 0.05],
    [0.48893, 10, 0.01],
    [0.26473, 20, 0.1],
    [0.29408, 20, 0.05],
    [0.35241, 20, 0.01],
    [0.0385, 1_000, 0.10051],
    [0.0427, 1_000, 0.05066],
    [0.06, 1_000, 0.0014286],
  ])("leaves above %f of %i points %f", (distance, count, p) => {
    expectClose(kolmogorovSurvival(distance, count), p, 0.05);
  });

  it("measures the greatest distance, above or below, in any order", () => {
    expect(distanceFromEven([0.5])).toBe(0.5);
    expect(distanceFromEven([0.875, 0.125, 0.625, 0.375])).toBe(0.125);
    expect(distanceFromEven([0.9, 0.95])).toBeCloseTo(0.9, 12);
    expect(distanceFromEven([0.1, 0.05])).toBeCloseTo(0.9, 12);
    expect(distanceFromEven([])).toBe(0);
  });
});

test("Fisher's method makes one p-value of many", () => {
  // One stays what it is; two are the textbook's p q (1 - ln(p q)).
  expectClose(fisher([0.03]), 0.03, 1e-12);
  expectClose(fisher([0.1, 0.2]), 0.02 * (1 - Math.log(0.02)), 1e-12);
  expect(fisher(Array.from({ length: 20 }, (_, index) => (index + 0.5) / 20))).toBeCloseTo(0.5, 1);
  expect(fisher([0.5, 0])).toBe(0);
});
