import type { FlagDefinition } from "../registry/definition.js";
import type { Rule, VariantRule } from "../rules/rule.js";

/** Who does something, why, and for how long. */
export interface CommandOptions {
  /** Where the command comes from: `ops`, `dashboard`. `runtime` unless given. */
  readonly source?: string | undefined;
  /** The person or program. */
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
}

/** A command whose effect may end by itself. */
export interface OverrideOptions extends CommandOptions {
  /** When the override lifts itself: a Date, milliseconds since 1970, or ISO 8601. */
  readonly expiresAt?: Date | number | string | undefined;
  /** The same, counted from now, in milliseconds. */
  readonly ttlMs?: number | undefined;
}

/** A rule for one flag, by its kind. */
export type RuleFor<T, N extends keyof T> =
  T[N] extends FlagDefinition<infer V, infer K, infer _D, infer _R, infer _P>
    ? K extends "oneOf" | "experiment"
      ? VariantRule<V & string>
      : Rule<V>
    : never;
