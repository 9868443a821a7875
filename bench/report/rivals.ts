import type { Measured, SideBySide } from "./results.js";

/** A figure of burgee beside those of the floors and that of the SDK which is best at it. */
export interface Comparison {
  readonly own: number;
  /** The raw floor's. */
  readonly floor: number | undefined;
  /** That of the floor which is best at it. */
  readonly least: number | undefined;
  readonly rival: { readonly title: string; readonly figure: number } | undefined;
}

/**
 * Compares one figure, of which less is better; undefined where burgee has none. Floors are no rivals, and neither are
 * burgee's other adapters.
 */
export function compare(
  { measured }: SideBySide,
  figureOf: (measured: Measured) => number | undefined,
): Comparison | undefined {
  const named = (name: string) => measured.find((candidate) => candidate.name === name);
  const figure = (candidate: Measured | undefined) => (candidate === undefined ? undefined : figureOf(candidate));
  const own = figure(named("burgee"));
  if (own === undefined) return undefined;
  const best = (candidates: readonly Measured[]) => {
    const known = candidates.flatMap((candidate) => {
      const its = figureOf(candidate);
      return its === undefined ? [] : [{ title: candidate.info.title, figure: its }];
    });
    return known.toSorted((a, b) => a.figure - b.figure)[0];
  };
  return {
    own,
    floor: figure(named("raw")),
    least: best(measured.filter(({ info }) => info.floor === true))?.figure,
    rival: best(measured.filter(({ info }) => info.floor !== true && info.package !== "burgee")),
  };
}
