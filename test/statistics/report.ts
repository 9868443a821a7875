import { beforeAll, describe, expect, test } from "vitest";
import type { Measured } from "./chi-square.js";
import { chiSquareSurvival } from "./distributions.js";
import { measure } from "./processes.js";
import { type Row, resultsPage, together } from "./results.js";

/** All of them count, and none was chosen. A seed makes the ids, names and salts of a population, and nothing else. */
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

/**
 * The rule of acceptance, fixed before the first run: a p-value below this fails, be it a seed's or that of all seeds
 * together. There are some 500 of them, so one perfect hash in two thousand would fail.
 */
const LEAST = 1e-6;

/**
 * The rule for shares, fixed beforehand too: four standard deviations, as a p-value. There are some 300 of them, so one
 * perfect hash in fifty would fail.
 */
export const FOUR_SIGMA = chiSquareSurvival(16, 1);

const HALF_AN_HOUR = 30 * 60 * 1_000;

/**
 * The tests of one measurement: one a seed, one of all seeds together, and one that the page in `results/` says what was
 * measured. `npx vitest run --project statistics -u` writes the pages anew.
 */
export function reportOn(measurement: string, title: string, least = LEAST): void {
  describe(title, () => {
    let rows: readonly Row[] = [];
    beforeAll(async () => {
      rows = await measure(measurement, SEEDS);
    }, HALF_AN_HOUR);

    test.each(SEEDS)("seed %i", (seed) => {
      const columns = Object.entries(rows.find((row) => row.seed === seed)?.columns ?? {});
      expect(columns.length).toBeGreaterThan(0);
      expect(columns.filter(([, measured]) => !isAccepted(measured, least))).toEqual([]);
    });

    test("all seeds together", () => {
      const refused = together(rows).filter(({ small, uneven }) => !(small >= LEAST && uneven >= LEAST));
      expect(refused, resultsPage(title, rows)).toEqual([]);
    });

    test("the page of results", async () => {
      await expect(resultsPage(title, rows)).toMatchFileSnapshot(`./results/${measurement}.md`);
    });
  });
}

/** What has no p-value is a promise, and has to be 0. */
function isAccepted({ statistic, p }: Measured, least: number): boolean {
  return p === undefined ? statistic === 0 : p >= least;
}
