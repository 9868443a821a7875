import type { FlagTypeError } from "../registry/flag-type-error.js";
import type { ChoiceOf, NamesOf, ValueOf } from "../registry/infer.js";
import type { Registry } from "../registry/registry.js";
import type { Context } from "../rules/context.js";
import type { Resolution } from "../rules/resolution.js";

/** The answer to `evaluate`: frozen, prepared ahead, not to be kept as a map key. */
export type EvaluationOf<T, N extends keyof T> = Resolution<ValueOf<T, N>>;

/**
 * Asking. A part of a program that only asks should ask for this, over the flags it needs.
 *
 * @example
 * function checkout(flags: FlagReader<Pick<typeof registry.definitions, "new_checkout">>) { … }
 * checkout(flags); // any `Flags` or `Snapshot` that has the flag
 */
export interface FlagReader<T> {
  readonly registry: Pick<Registry<T>, "definitions">;
  /**
   * Whether a boolean flag is on for the context. Never throws, never waits, allocates nothing.
   *
   * @example
   * if (flags.isEnabled("new_checkout", { userId: "u1" })) showNewCheckout();
   */
  isEnabled<N extends NamesOf<T, "boolean">>(name: N, context?: Context): boolean;
  isEnabled<N extends Exclude<keyof T & string, NamesOf<T, "boolean">>>(
    name: N & FlagTypeError<`'${N}' is not a boolean flag of this registry`>,
    context?: Context,
  ): boolean;
  /** The name that a `oneOf` or `experiment` flag gives for the context. */
  resolveVariant<N extends NamesOf<T, "oneOf" | "experiment">>(name: N, context?: Context): ChoiceOf<T, N>;
  resolveVariant<N extends Exclude<keyof T & string, NamesOf<T, "oneOf" | "experiment">>>(
    name: N & FlagTypeError<`'${N}' has no variants`>,
    context?: Context,
  ): never;
  /** The value of a flag of any kind for the context: of an experiment with payloads, the payload. */
  value<N extends keyof T & string>(name: N, context?: Context): ValueOf<T, N>;
  /** The value, and why: reason, source, variant. */
  evaluate<N extends keyof T & string>(name: N, context?: Context): EvaluationOf<T, N>;
  /**
   * Returns where the flag is on, throws where it is off.
   *
   * @throws BurgeeError `FLAG_DISABLED`, with the source that turned it off
   */
  requireEnabled<N extends NamesOf<T, "boolean">>(name: N, context?: Context): void;
  requireEnabled<N extends Exclude<keyof T & string, NamesOf<T, "boolean">>>(
    name: N & FlagTypeError<`'${N}' is not a boolean flag of this registry`>,
    context?: Context,
  ): void;
  /** Every flag's value for the context. */
  getAllFlags(context?: Context): { [N in keyof T]: ValueOf<T, N> };
}

/** One consistent view: later changes do not show in it. */
export interface Snapshot<T> extends FlagReader<T> {
  readonly registry: Registry<T>;
  /** The attributes that it answers for, where a call gives none. */
  readonly context: Context;
}
