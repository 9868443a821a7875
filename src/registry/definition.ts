import type { Rule, VariantRule } from "../rules/rule.js";
import type { Schema } from "./standard-schema.js";

/** The six kinds of flag. */
export type FlagKind = "boolean" | "oneOf" | "experiment" | "number" | "string" | "json";

/** How a flag is meant to reach its users. Tells people and tools; burgee enforces nothing by it. */
export type RolloutStrategy = "gradual" | "immediate";

/** Where a flag stands in its life. Turning on a `frozen` flag works, warns and is audited. */
export type FlagStatus = "active" | "frozen" | "deprecated";

/** What every kind of flag may say of itself. All of it is optional. */
export interface CommonOptions<V, D extends string, R> {
  /** One sentence: what is different while it is on. */
  readonly description?: string | undefined;
  /** The version of the application that brought it. */
  readonly since?: string | undefined;
  readonly stable?: boolean | undefined;
  readonly strategy?: RolloutStrategy | undefined;
  /** The team or person to ask. */
  readonly owner?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** The ISO date (`2027-01-31`) after which it should be gone from the code; a warning at start from the next day on. */
  readonly expires?: string | undefined;
  readonly status?: FlagStatus | undefined;
  /** Boolean flags that must be on, for the same context, for this one to be on. */
  readonly dependsOn?: readonly D[] | undefined;
  /** A schema over the environment that must hold before the flag can be on; for `oneOf`, a schema a value. */
  readonly requires?: R | undefined;
  /** The variable that sets it, where that is not prefix + name. */
  readonly env?: string | undefined;
  /** The value it ought to have in each environment, by the profile's name or NODE_ENV; a warning where it has another. */
  readonly expect?: Readonly<Record<string, V>> | undefined;
  /** Whether its value may leave the process, to a browser for example. False unless given. */
  readonly exposed?: boolean | undefined;
  /** Anything else that people or tools should know. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

export interface BooleanOptions<D extends string, R> extends CommonOptions<boolean, D, R> {
  readonly default: boolean;
  readonly rule?: Rule<boolean> | undefined;
  /** True where the safe state is on (security headers, say): `kill` then puts it on. */
  readonly safe?: boolean | undefined;
}

export interface ValueOptions<V, D extends string, R> extends CommonOptions<V, D, R> {
  readonly default: V;
  readonly rule?: Rule<V> | undefined;
  /** What a kill, an unmet dependency or requirement gives; the default unless given. */
  readonly off?: V | undefined;
}

export interface VariantOptions<V extends string, D extends string, R> extends CommonOptions<V, D, R> {
  readonly default: V;
  readonly rule?: VariantRule<V> | undefined;
  /** What a kill, an unmet dependency or requirement gives; the default unless given. */
  readonly off?: V | undefined;
}

/** Requirements of a `oneOf` flag: a schema over the environment for each value that needs one. */
export type RequiresByValue<V extends string> = { readonly [P in V]?: Schema | undefined };

/**
 * What code says of one flag. Made by {@link flag}, checked and frozen by `defineFlags`.
 *
 * @typeParam V the type of what can be set: its value, or the name of its value
 * @typeParam K its kind
 * @typeParam D the names of the flags it depends on
 * @typeParam R its requirements
 * @typeParam P the type of what `value` gives; another than `V` where an experiment has payloads
 */
export interface FlagDefinition<
  V = unknown,
  K extends FlagKind = FlagKind,
  D extends string = string,
  R = unknown,
  P = V,
> {
  readonly kind: K;
  readonly default: V;
  /** The named values of `oneOf` and `experiment`, in the order of the definition. */
  readonly values?: readonly string[] | undefined;
  /** The weights of an `experiment`. */
  readonly weights?: Readonly<Record<string, number>> | undefined;
  /** What `value` gives for each variant of an `experiment`, where that is not its name. */
  readonly payloads?: Readonly<Record<string, P>> | undefined;
  /** What values must pass; of an `experiment`, what payloads must. */
  readonly schema?: Schema | undefined;
  readonly rule?: Rule | undefined;
  readonly off?: V | undefined;
  readonly safe?: boolean | undefined;
  readonly description?: string | undefined;
  readonly since?: string | undefined;
  readonly stable?: boolean | undefined;
  readonly strategy?: RolloutStrategy | undefined;
  readonly owner?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly expires?: string | undefined;
  readonly status?: FlagStatus | undefined;
  readonly dependsOn?: readonly D[] | undefined;
  readonly requires?: R | undefined;
  readonly env?: string | undefined;
  readonly expect?: Readonly<Record<string, unknown>> | undefined;
  readonly exposed?: boolean | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}
