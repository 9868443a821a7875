import { isDeepStrictEqual } from "node:util";
import type { RegisteredFlag } from "../registry/registry.js";
import type { Resolution } from "../rules/resolution.js";

/** An answer, with the name of the value where the flag has names for its values. */
export function resolution(
  flag: RegisteredFlag,
  value: unknown,
  reason: Resolution["reason"],
  source: string,
): Resolution {
  return Object.freeze({ value, ...(flag.values !== undefined && { variant: value as string }), reason, source });
}

/** The answer of a value that is the same for everybody. */
export function staticResolution(flag: RegisteredFlag, value: unknown, source: string): Resolution {
  return resolution(flag, value, "STATIC", source);
}

/** The answer of the definition's default. */
export function defaultResolution(flag: RegisteredFlag): Resolution {
  return resolution(flag, flag.default, "DEFAULT", "default");
}

/** Whether a value is the flag's off. Values of a json flag are copies, and are compared by content. */
export function isOff(flag: RegisteredFlag, value: unknown): boolean {
  return value === flag.off || (flag.kind === "json" && isDeepStrictEqual(value, flag.off));
}

/** The answer of a flag that is switched off by what stands outside the chain. */
export function offResolution(
  flag: RegisteredFlag,
  value: unknown,
  source: "kill" | "dependency" | "requirement",
  dependency?: string,
): Resolution {
  return Object.freeze({
    ...resolution(flag, value, "DISABLED", source),
    ...(dependency !== undefined && { dependency }),
  });
}
