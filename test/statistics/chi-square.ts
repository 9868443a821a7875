import { murmur3 } from "../../src/rules/bucket.js";
import { chiSquareSurvival, distanceFromEven, kolmogorovSurvival } from "./distributions.js";

/** A statistic and how likely chance alone is to exceed it; an exact count has no such chance. */
export interface Measured {
  readonly statistic: number;
  readonly p?: number;
}

/** How many units fall to each of so many equal cells of [0, 1), by the hash that evaluation uses. */
export function cellCounts(units: readonly string[], seed: number, cells: number): Uint32Array {
  const counts = new Uint32Array(cells);
  const scale = cells / 2 ** 32;
  for (const unit of units) {
    const cell = Math.floor(murmur3(unit, seed) * scale);
    counts[cell] = (counts[cell] as number) + 1;
  }
  return counts;
}

/** The cell of each unit. */
export function cellsOf(units: readonly string[], seed: number, cells: number): Uint8Array {
  const column = new Uint8Array(units.length);
  const scale = cells / 2 ** 32;
  for (let index = 0; index < column.length; index++) {
    column[index] = Math.floor(murmur3(units[index] as string, seed) * scale);
  }
  return column;
}

/** Pearson's chi-square of counts against an even spread; it has a degree of freedom less than there are cells. */
export function chiSquareOfEven(counts: Uint32Array): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/**
 * Pearson's chi-square of the joint table of two columns of cells against independence, the margins being those of the
 * table; it has (cells - 1)² degrees of freedom.
 */
export function chiSquareOfJoint(first: Uint8Array, second: Uint8Array, cells: number): number {
  const joint = new Float64Array(cells * cells);
  const rows = new Float64Array(cells);
  const lines = new Float64Array(cells);
  for (let unit = 0; unit < first.length; unit++) {
    const row = first[unit] as number;
    const line = second[unit] as number;
    rows[row] = (rows[row] as number) + 1;
    lines[line] = (lines[line] as number) + 1;
    joint[row * cells + line] = (joint[row * cells + line] as number) + 1;
  }
  return joint.reduce((sum, count, at) => {
    const row = Math.floor(at / cells);
    const expected = ((rows[row] as number) * (lines[at % cells] as number)) / first.length;
    // Where a margin is empty so is the cell, and it says nothing.
    return expected === 0 ? sum : sum + (count - expected) ** 2 / expected;
  }, 0);
}

/** What many chi-squares of the same degrees say: all together, the greatest, and how they are distributed. */
export function measureMany(statistics: readonly number[], degrees: number) {
  const count = statistics.length;
  const pValues = statistics.map((statistic) => chiSquareSurvival(statistic, degrees));
  const distance = distanceFromEven(pValues);
  return {
    sum: measureSum(statistics, degrees),
    // That the greatest of so many is this great: 1 - (1 - p)^count.
    greatest: { statistic: Math.max(...statistics), p: -Math.expm1(count * Math.log1p(-Math.min(...pValues))) },
    // That their distribution is the chi-square distribution.
    distribution: { statistic: distance, p: kolmogorovSurvival(distance, count) },
  } satisfies Record<string, Measured>;
}

/**
 * The sum of independent chi-squares is one of the sum of their degrees. Joint tables that have a column in common pass
 * for independent: any two of them are.
 */
export function measureSum(statistics: readonly number[], degrees: number): Measured {
  const statistic = statistics.reduce((sum, one) => sum + one, 0);
  return { statistic, p: chiSquareSurvival(statistic, degrees * statistics.length) };
}

/** A count of so many against its chance: how many standard deviations off, whose square is a chi-square of one degree. */
export function measureShare(count: number, among: number, share: number): Measured {
  const statistic = (count / among - share) / Math.sqrt((share * (1 - share)) / among);
  return { statistic, p: chiSquareSurvival(statistic ** 2, 1) };
}
