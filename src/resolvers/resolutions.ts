import { isDeepStrictEqual } from "node:util";
import type { RegisteredFlag } from "../registry/registry.js";
import type { Resolution } from "../rules/resolution.js";

/** The answer of a choice: of a flag with named values the name, with what belongs to it as the value. */
export function resolution(
  flag: RegisteredFlag,
  choice: unknown,
  reason: Resolution["reason"],
  source: string,
): Resolution {
  if (typeof choice !== "string" || flag.values === undefined) return Object.freeze({ value: choice, reason, source });
  const value = flag.payloads === undefined ? choice : flag.payloads[choice];
  return Object.freeze({ value, variant: choice, reason, source });
}

/**
 * What was chosen for an answer: the name where the flag has named values, else the value. Settings, changes, the audit
 * log and requirements speak of choices; only those who ask are given what belongs to a name.
 */
export function choiceOf({ variant, value }: Resolution): unknown {
  return variant ?? value;
}

/** The answer of a choice that is the same for everybody. */
export function staticResolution(flag: RegisteredFlag, choice: unknown, source: string): Resolution {
  return resolution(flag, choice, "STATIC", source);
}

/** The answer of the definition's default. */
export function defaultResolution(flag: RegisteredFlag): Resolution {
  return resolution(flag, flag.default, "DEFAULT", "default");
}

/** Whether a choice is the flag's off. Values of a json flag are copies, and are compared by content. */
export function isOff(flag: RegisteredFlag, choice: unknown): boolean {
  return choice === flag.off || (flag.kind === "json" && isDeepStrictEqual(choice, flag.off));
}

/** The answer where a flag cannot be decided: reading the context threw, or a bucketing did. */
export function undecided(flag: RegisteredFlag): Resolution {
  return Object.freeze({ ...resolution(flag, flag.off, "ERROR", "default"), errorCode: "INVALID_OPTIONS" });
}

/** The answer of a flag that is switched off by what stands outside the chain. */
export function offResolution(
  flag: RegisteredFlag,
  choice: unknown,
  source: "kill" | "dependency" | "requirement",
  dependency?: string,
): Resolution {
  return Object.freeze({
    ...resolution(flag, choice, "DISABLED", source),
    ...(dependency !== undefined && { dependency }),
  });
}
