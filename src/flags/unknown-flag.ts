import { show } from "../registry/value.js";
import { didYouMean } from "../rules/nearest.js";

/** What is said of a name that no flag has. */
export function unknownFlag(name: unknown, names: Iterable<string>): string {
  return `unknown flag "${textOf(name)}"${didYouMean(textOf(name), names)}`;
}

/** Untyped code may ask for anything. */
export function textOf(name: unknown): string {
  return typeof name === "string" ? name : show(name);
}
