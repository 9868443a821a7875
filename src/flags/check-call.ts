import { BurgeeError } from "../errors.js";
import { didYouMean } from "../rules/nearest.js";

/**
 * Checks the options of one call, for those who write JavaScript: a misspelt `ttlMs` must not make an override that
 * stays for ever.
 *
 * @throws BurgeeError `INVALID_OPTIONS`, with the nearest name
 */
export function checkCall(options: unknown, known: readonly string[], whose: string): void {
  if (typeof options !== "object" || options === null)
    throw new BurgeeError("INVALID_OPTIONS", `the options of ${whose} must be an object`);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const hint = didYouMean(name, known) || `; there are ${known.join(", ")}`;
    throw new BurgeeError("INVALID_OPTIONS", `there is no option \`${name}\` of ${whose}${hint}`);
  }
}
