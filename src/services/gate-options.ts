import { BurgeeError } from "../errors.js";
import { checkCall } from "../flags/check-call.js";
import type { GateSettings } from "./gate-shape.js";
import type { HealthCheck } from "./health.js";

/** The settings of a gate, whole. */
export interface Settings {
  readonly name: string;
  readonly eager: boolean;
  readonly drainMs: number;
  readonly startTimeoutMs: number;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  readonly healthCheck: HealthCheck | undefined;
}

const NAMES = ["name", "start", "drainMs", "startTimeoutMs", "retry", "healthCheck"] as const;
const HALF_A_MINUTE = 30_000;

/**
 * Checks the options of a gate, and fills in what is not given.
 *
 * @throws BurgeeError `INVALID_OPTIONS`
 */
export function settingsOf(
  options: GateSettings<never>,
  others: readonly string[],
  whose: string,
  flag: string,
): Settings {
  checkCall(options, [...others, ...NAMES], whose);
  const { name = flag, start = "lazy", healthCheck, retry = {} } = options;
  if (typeof name !== "string" || name === "") throw refused("`name` must be a text, and not empty");
  if (start !== "lazy" && start !== "eager") throw refused('`start` must be "lazy" or "eager"');
  if (healthCheck !== undefined && typeof healthCheck !== "function") throw refused("`healthCheck` must be a function");
  checkCall(retry, ["firstMs", "maxMs"], "`retry`");
  const { firstMs = 1_000, maxMs = 60_000 } = retry;
  const { drainMs = HALF_A_MINUTE, startTimeoutMs = HALF_A_MINUTE } = options;
  for (const [option, value] of Object.entries({ drainMs, startTimeoutMs }))
    if (typeof value !== "number" || !(value >= 0))
      throw refused(`\`${option}\` must be a number of milliseconds, not negative; Infinity is allowed`);
  for (const [option, value] of Object.entries({ firstMs, maxMs }))
    if (!Number.isFinite(value) || value <= 0)
      throw refused(`\`retry.${option}\` must be a number of milliseconds above 0`);
  return {
    ...{ name, drainMs, startTimeoutMs },
    // It is asked of nothing but what the factory gave.
    healthCheck: healthCheck && ((service) => healthCheck(service as never)),
    eager: start === "eager",
    firstRetryMs: Math.min(firstMs, maxMs),
    longestRetryMs: maxMs,
  };
}

/** Whether a function is a class, and so makes nothing without `new`. */
export function isClass(made: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(made));
}

/** Says of what a factory gave what it is, and never what stands in it. */
export function noService(given: unknown): TypeError {
  const kind = given === null ? "null" : typeof given;
  return new TypeError(
    `the factory gave no service, but a value of the type ${kind}; it must give an object with methods`,
  );
}

export function refused(message: string): BurgeeError {
  return new BurgeeError("INVALID_OPTIONS", message);
}
