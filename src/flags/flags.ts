import type { AuditEntry, AuditHead, AuditQuery, AuditVerdict } from "../changes/audit.js";
import type { FlagChange } from "../changes/change.js";
import type { ListenOptions } from "../changes/dispatcher.js";
import type { Exposure } from "../changes/exposure.js";
import type { BurgeeError } from "../errors.js";
import type { FlagDefinition } from "../registry/definition.js";
import type { FlagTypeError } from "../registry/flag-type-error.js";
import type { ChoiceOf, NamesOf, ValueOf } from "../registry/infer.js";
import type { Registry } from "../registry/registry.js";
import type { Context } from "../rules/context.js";
import type { Percentage } from "../rules/percentage.js";
import type { Resolution } from "../rules/resolution.js";
import type { Rule, VariantRule } from "../rules/rule.js";
import type { EvaluationCounter } from "./counter.js";
import type { Explanation } from "./explain.js";
import type { CheckServicesOptions } from "./service-list.js";
import type { ServiceStatus } from "./service-status.js";

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

/** What `flags.on` can tell of. */
export interface FlagsEvents {
  /** Something failed that does not refuse: a resolver, a listener, a sink, a reload. */
  readonly error: BurgeeError;
  /** A reload was accepted; `changed` names the flags whose setting it changed. */
  readonly reload: { readonly source: string; readonly changed: readonly string[]; readonly at: number };
  /** Every resolver has started and the profile is watched, if it is to be. */
  readonly ready: { readonly at: number };
  /** A command was written down. */
  readonly audit: AuditEntry;
  /** A hash gave a unit a value; once per unit, flag and value within the window of the options. */
  readonly exposure: Exposure;
}

/** What is known of a flag beside its value. */
export interface FlagMetadata extends Omit<FlagDefinition, "dependsOn" | "requires" | "schema" | "rule" | "metadata"> {
  readonly name: string;
  /** The variable that sets it; undefined where the chain reads none. */
  readonly variable: string | undefined;
  /** The flags it names in `dependsOn`. */
  readonly dependencies: readonly string[];
  /** Every flag that goes off with it. */
  readonly dependents: readonly string[];
  readonly exposed: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The answer to `evaluate`: frozen, prepared ahead, not to be kept as a map key. */
export type EvaluationOf<T, N extends keyof T> = Resolution<ValueOf<T, N>>;

/** A rule for one flag, by its kind. */
export type RuleFor<T, N extends keyof T> =
  T[N] extends FlagDefinition<infer V, infer K, infer _D, infer _R, infer _P>
    ? K extends "oneOf" | "experiment"
      ? VariantRule<V & string>
      : Rule<V>
    : never;

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

/** A change of any flag: `change.flag` tells which, and so what `change.value` can be. */
export type AnyFlagChange<T> = { [N in keyof T & string]: FlagChange<ChoiceOf<T, N>, N> }[keyof T & string];

/** The type of the flags of a registry: `FlagsOf<typeof registry>`. */
export type FlagsOf<R> = R extends Registry<infer T> ? Flags<T> : never;

/** One consistent view: later changes do not show in it. */
export interface Snapshot<T> extends FlagReader<T> {
  readonly registry: Registry<T>;
  /** The attributes that it answers for, where a call gives none. */
  readonly context: Context;
}

/** The object an application holds. Made by `createFlags`. */
export interface Flags<T> extends FlagReader<T> {
  readonly registry: Registry<T>;
  /** The whole walk for one answer: who was asked, what each said, from which line or variable. */
  explain<N extends keyof T & string>(name: N, context?: Context): Explanation;
  /** Captures the present state for one request; cheap, and evaluated only when asked. */
  snapshot(context?: Context): Snapshot<T>;
  /** Runs `fn` with a context that every evaluation below it uses when it is given none. Free until first used. */
  runWithContext<R>(context: Context, fn: () => R): R;

  /**
   * Sets a value (of a flag with named values, the name) for everybody, until it is reset or expires. Gives whether the override changed.
   *
   * @throws BurgeeError `INVALID_VALUE`, `FLAG_PINNED`, `DEPENDENCY_UNMET`, `REQUIREMENT_UNMET`, `READ_ONLY`,
   * `NO_OVERRIDES`, `FLAG_NOT_FOUND`, `CLOSED`; nothing has changed then
   *
   * @example
   * flags.setFlag("new_checkout", true, { actor: "ana", reason: "launch", ttlMs: 3_600_000 });
   */
  setFlag<N extends keyof T & string>(name: N, value: ChoiceOf<T, N>, options?: OverrideOptions): boolean;
  /** Sets a rule, in place of the profile's and the definition's. Throws as `setFlag` does, and `INVALID_RULE`. */
  setRule<N extends keyof T & string>(name: N, rule: RuleFor<T, N>, options?: OverrideOptions): boolean;
  /** Sets the simplest rule: a share of the units. Throws as `setRule` does. */
  setRollout<N extends NamesOf<T, "boolean" | "experiment">>(
    name: N,
    percentage: Percentage,
    options?: OverrideOptions,
  ): boolean;
  /** Removes the override; writes nothing in its place. Gives whether there was one. */
  resetFlag<N extends keyof T & string>(name: N, options?: CommandOptions): boolean;
  /** Removes every override; gives how many there were. Kill switches stay. */
  resetAll(options?: CommandOptions): number;
  /** An operator's emergency off, ahead of everything, pins included. A `safe` flag goes on instead. Gives whether it was not killed before. */
  kill<N extends keyof T & string>(name: N, options?: CommandOptions): boolean;
  /** Lifts a kill. Never refuses. Gives whether there was one. */
  revive<N extends keyof T & string>(name: N, options?: CommandOptions): boolean;

  /**
   * Calls `listener` after each change of the flag, or of any (`"*"`), in order. Gives how to stop.
   *
   * @example
   * const stop = flags.onFlagChanged("new_checkout", (change) => console.log(change.value, change.reason));
   */
  onFlagChanged(name: "*", listener: (change: AnyFlagChange<T>) => void, options?: ListenOptions): () => void;
  onFlagChanged<N extends keyof T & string>(
    name: N,
    listener: (change: FlagChange<ChoiceOf<T, N>, N>) => void,
    options?: ListenOptions,
  ): () => void;
  /** Calls `listener` for each event of that kind. Gives how to stop. */
  on<E extends keyof FlagsEvents>(
    event: E,
    listener: (event: FlagsEvents[E]) => void,
    options?: ListenOptions,
  ): () => void;
  /** As `on`, for the first event only. */
  once<E extends keyof FlagsEvents>(
    event: E,
    listener: (event: FlagsEvents[E]) => void,
    options?: ListenOptions,
  ): () => void;

  /**
   * Counts evaluations from now on, by flag, value or variant, reason and source, until it is stopped or the flags are closed.
   * Several may count at a time, each by itself; while nobody does, an evaluation costs one comparison more. What `getAllFlags`,
   * `explain` and snapshots answer is not counted. After `close()` nothing is.
   *
   * @example
   * const counter = flags.countEvaluations();
   * setInterval(() => send(counter.take()), 60_000).unref();
   */
  countEvaluations(): EvaluationCounter;

  /** How every gate is that was made on these flags and not closed, in the order in which they were made. */
  services(): readonly ServiceStatus[];
  /**
   * The same, after the health check of every service that is ready has been run. One that does not answer in time is
   * not healthy.
   *
   * @throws BurgeeError `INVALID_OPTIONS`
   *
   * @example
   * const services = await flags.checkServices({ timeoutMs: 1_000 });
   * response.statusCode = services.every(({ healthy }) => healthy) ? 200 : 503;
   */
  checkServices(options?: CheckServicesOptions): Promise<readonly ServiceStatus[]>;

  /** What the definition says of a flag, with its dependents and its variable. */
  getFlagMetadata<N extends keyof T & string>(name: N): FlagMetadata;
  /** The audit log's entries, newest first: all, those that a query finds, or those that were about a flag or affected it. */
  getAuditLog(query?: AuditQuery): readonly AuditEntry[];
  getAuditLog(name?: (keyof T & string) | undefined, query?: Omit<AuditQuery, "flag">): readonly AuditEntry[];
  auditHead(): AuditHead;
  /** Checks the chain of the entries in memory. */
  verify(options?: { readonly head?: AuditHead | undefined }): AuditVerdict;
  /** Empties the memory (sinks keep theirs) and leaves an entry that says who cleared how many. Gives how many. */
  clearAuditLog(options?: CommandOptions): number;

  /**
   * Reads the profile again and asks the resolvers to. All or nothing.
   *
   * @throws BurgeeError `RELOAD_FAILED` with every problem; the last good values stay in force
   */
  reload(options?: CommandOptions): Promise<void>;
  /** Resolves when every resolver has started and the profile is watched; rejects where one could not. */
  ready(): Promise<void>;
  /** Resolves when every audit entry and exposure is with its sinks; rejects where a sink refuses. */
  flush(): Promise<void>;
  /** Stops timers and watchers, closes gates, flushes and closes sinks. The last state goes on answering. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type { ListenOptions };
