import { didYouMean, nearest } from "../rules/nearest.js";
import type { Hint } from "../rules/references.js";

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

/** The same for questions with candidates of their own, as the end of a sentence. */
export function thriftyHints(): Hint {
  let spent = 0;
  return (wanted, names) => {
    if (spent > BUDGET) return "";
    const candidates = [...names];
    spent += candidates.length;
    return didYouMean(wanted, candidates);
  };
}

/** Gives no hint, where nobody waits for one. */
export const noHint: Hint = () => "";
