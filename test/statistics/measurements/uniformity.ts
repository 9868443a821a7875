import { bucketSeed } from "../../../src/rules/bucket.js";
import { cellCounts, chiSquareOfEven, measureMany } from "../chi-square.js";
import { flagNames, shortIds } from "../populations.js";

const FLAGS = 1_000;
const UNITS = 100_000;
const CELLS = 100;

/** Whether each of 1,000 flags spreads 100,000 units evenly over the hundred percents. */
export function uniformity(seed: number) {
  const units = shortIds(seed, UNITS);
  const statistics = flagNames(seed, FLAGS).map((flag) =>
    chiSquareOfEven(cellCounts(units, bucketSeed(flag, "rollout"), CELLS)),
  );
  const { sum, greatest, distribution } = measureMany(statistics, CELLS - 1);
  return { "all flags": sum, "worst flag": greatest, "distribution over flags": distribution };
}
