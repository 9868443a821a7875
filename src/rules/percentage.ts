import { percentageThreshold } from "./bucket.js";

/** A percentage from 0 to 100, as a number or as text with a percent sign. Exact to 1 in 2^32. */
export type Percentage = number | `${number}%`;

const MESSAGE = "must be a percentage from 0 to 100";

/** Reads a percentage of a rule. What is wrong is said as the end of a sentence that names the place. */
export function readShare(given: unknown): { readonly value: number } | { readonly problem: string } {
  if (!isPercentage(given)) return { problem: describe(given) };
  const value = typeof given === "number" ? given : Number.parseFloat(given);
  if (!(value >= 0 && value <= 100)) return { problem: `${MESSAGE}, not ${value}` };
  if (value > 0 && percentageThreshold(value) === 0)
    return { problem: `of ${value} % is less than 1 in 2^32 and would reach nobody; use 0 or a larger share` };
  return { value };
}

function isPercentage(given: unknown): given is number | string {
  return typeof given === "string" ? /^\s*\d+(\.\d+)?\s*%\s*$/.test(given) : Number.isFinite(given);
}

/** What is wrong with a text that is no percentage. It is shown where it is too short to be a secret. */
function describe(given: unknown): string {
  if (typeof given === "number") return `${MESSAGE}, not ${given}`;
  const text = typeof given === "string" ? given.trim() : "";
  if (!/^[\w %.,+-]{1,11}$/.test(text)) return MESSAGE;
  const missesSign = isPercentage(`${text}%`) && Number(text) <= 100;
  return missesSign ? `${MESSAGE}, a text with its sign: "${text}%"` : `${MESSAGE}, not ${text}`;
}
