import type { ErrorCode } from "../errors.js";

/**
 * Where a gated service stands.
 *
 * | state | meaning |
 * |---|---|
 * | `disabled` | its flag is off for everybody, or it was closed; nothing runs |
 * | `idle` | on for somebody, and not called yet |
 * | `starting` | the real one is being started |
 * | `ready` | the real one serves |
 * | `failing` | the last start failed; it is tried again by itself |
 */
export type ServiceState = "disabled" | "idle" | "starting" | "ready" | "failing";

/** How a real service is. */
export interface ServiceCondition {
  readonly state: ServiceState;
  /** Since when it is in that state, in milliseconds since 1970. */
  readonly since: number;
  /** False while it is failing, and after a health check that failed. */
  readonly healthy: boolean;
  /** Calls of the real service that have not ended, those of one that is being switched off included. */
  readonly inFlight: number;
  /** What went wrong last; gone when it is ready again, or healthy. Never holds the value of a required variable. */
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/** One of the services between which a flag chooses. */
export interface ChoiceStatus extends ServiceCondition {
  readonly choice: string;
}

/** How a gate is, for people and for a health endpoint. Plain data; `JSON.stringify` shows it whole. */
export interface ServiceStatus extends ServiceCondition {
  /** The name of the gate. */
  readonly name: string;
  readonly flag: string;
  /** Each of its services by itself, where the flag chooses between several. */
  readonly choices?: readonly ChoiceStatus[];
}
