import type { Bucketing } from "../../rules/bucketing.js";

/** What a bucketing is asked whether it can have it. */
export type Shares = Parameters<NonNullable<Bucketing["problem"]>>[0];

/**
 * Where each weight's slice ends among `parts` equal parts, the slices side by side from 0 to the share that takes
 * part. An end that is a whole number but for the rounding of floating point is that number.
 */
export function sliceEnds(weights: readonly number[], percentage: number, parts: number): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return weights.map((weight) => {
    sum += weight;
    return snapped((sum / total) * (percentage / 100) * parts);
  });
}

/** A percentage as a number of `parts`; whole where it is so but for the rounding of floating point. */
export function partsIn(percentage: number, parts: number): number {
  return snapped((percentage / 100) * parts);
}

/** The end of a sentence for a share that is no whole number of `parts`, undefined for one that is. */
export function unevenProblem({ percentage = 100, weights }: Shares, parts: number): string | undefined {
  const exact = partsIn(percentage, parts);
  if (!Number.isInteger(exact)) {
    const [below, above] = [Math.floor(exact), Math.ceil(exact)].map((whole) => (whole * 100) / parts);
    return `a rollout is a multiple of ${100 / parts} % there, and ${percentage} is none; use ${below} or ${above}`;
  }
  return weights === undefined ? undefined : unevenWeights(weights, percentage, parts);
}

/** The same of weights within the share that takes part. */
export function unevenWeights(weights: readonly number[], percentage: number, parts: number): string | undefined {
  const ends = sliceEnds(weights, percentage, parts);
  const at = ends.findIndex((end) => !Number.isInteger(end));
  if (at < 0) return undefined;
  const slice = (ends[at] as number) - (ends[at - 1] ?? 0);
  return `each weight gets whole parts of ${parts} there, and the weight ${weights[at]} would get ${Number(slice.toFixed(3))}`;
}

/** Far below one part, and far above the error of a few operations on doubles. */
const NOISE = 1e-6;

function snapped(exact: number): number {
  const whole = Math.round(exact);
  return Math.abs(exact - whole) < NOISE ? whole : exact;
}
