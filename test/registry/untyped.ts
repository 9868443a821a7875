import { BurgeeError } from "../../src/errors.js";
import { flag } from "../../src/registry/flag.js";
import { defineFlags } from "../../src/registry/registry.js";

// A program in JavaScript can give anything, so these tests go round the types.
type Untyped = (...input: unknown[]) => never;
export const define = defineFlags as unknown as Untyped;
export const make = flag as unknown as Record<
  "boolean" | "oneOf" | "experiment" | "number" | "string" | "json",
  Untyped
>;

/** What defineFlags throws. */
export function errorOf(...parts: unknown[]): BurgeeError {
  try {
    define(...parts);
  } catch (thrown) {
    if (thrown instanceof BurgeeError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

/** The messages of all its problems. */
export function messagesOf(...parts: unknown[]): string[] {
  return errorOf(...parts).problems.map(({ message }) => message);
}

/** The messages about one flag, without its name. */
export function about(definition: unknown): string[] {
  return messagesOf({ a: definition }).map((message) => message.replace(/^flag "a":? /, ""));
}
