import { bucketSeed } from "../../../src/rules/bucket.js";
import { cellCounts, chiSquareOfEven, type Measured, measureSum } from "../chi-square.js";
import { flagNames, forms } from "../populations.js";
import { randomOf } from "../random.js";

const FLAGS = 20;
const UNITS = 10_000;
const CELLS = 100;

/** Whether ids of each form are spread evenly, over 20 flags of 10,000 units each. */
export function formsOfIds(seed: number): Readonly<Record<string, Measured>> {
  const seeds = flagNames(seed, FLAGS).map((flag) => bucketSeed(flag, "rollout"));
  const measured = Object.entries(forms).map(([form, population]) => {
    const units = population(randomOf(seed, form), UNITS);
    const statistics = seeds.map((one) => chiSquareOfEven(cellCounts(units, one, CELLS)));
    return [form, measureSum(statistics, CELLS - 1)] as const;
  });
  return Object.fromEntries(measured);
}
