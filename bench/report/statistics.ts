import { type Figures, type Measured, singleKeys, type Workload } from "./results.js";

/** The middle value, or the mean of the two in the middle; undefined of nothing. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

/** The least and the greatest value; undefined of nothing. */
export function spread(values: readonly number[]): readonly [least: number, greatest: number] | undefined {
  return values.length === 0 ? undefined : [Math.min(...values), Math.max(...values)];
}

/** How many times `base` the value is; undefined where there is no such figure, or nothing to divide by. */
export function ratio(value: number | undefined, base: number | undefined): number | undefined {
  return value === undefined || base === undefined || base === 0 ? undefined : value / base;
}

/** The figures of one workload, a round each. */
export function roundsOf(rounds: readonly Figures[], workload: Workload): readonly number[] {
  return rounds.map((figures) => figures[workload]).filter((figure) => figure !== undefined);
}

/** The median round of one workload, in nanoseconds. */
export function nanoseconds({ rounds }: Measured, workload: Workload): number | undefined {
  return median(roundsOf(rounds, workload));
}

/** The geometric mean of W1 to W4, which no single workload rules; infinite where none was measured. */
export function typical(measured: Measured): number {
  const times = singleKeys.map((key) => nanoseconds(measured, key)).filter((time) => time !== undefined);
  if (times.length === 0) return Number.POSITIVE_INFINITY;
  return Math.exp(times.reduce((sum, time) => sum + Math.log(time), 0) / times.length);
}

/** Floors first, then the SDKs, each from fast to slow. */
export function inOrder(measured: readonly Measured[]): readonly Measured[] {
  const rank = ({ info }: Measured) => (info.floor === true ? 0 : 1);
  return measured.toSorted((a, b) => rank(a) - rank(b) || typical(a) - typical(b) || a.name.localeCompare(b.name));
}
