import { nearest } from "../rules/nearest.js";

/** Comparisons that hints may cost together. A file full of unknown names must not take seconds to refuse. */
const BUDGET = 20_000;

/**
 * Finds the candidate that was probably meant, again and again, until so many comparisons are spent; from then on no
 * hint is given. The first question is always answered.
 */
export function hintsAmong(candidates: readonly string[]): (wanted: string) => string | undefined {
  let spent = 0;
  return (wanted) => {
    if (spent > BUDGET) return undefined;
    spent += candidates.length;
    return nearest(wanted, candidates);
  };
}
