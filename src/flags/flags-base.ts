import type { AuditEntry } from "../changes/audit.js";
import type { FlagChange } from "../changes/change.js";
import type { ListenOptions } from "../changes/dispatcher.js";
import type { Exposure } from "../changes/exposure.js";
import type { BurgeeError } from "../errors.js";
import type { FlagDefinition } from "../registry/definition.js";
import type { ChoiceOf } from "../registry/infer.js";
import type { Registry } from "../registry/registry.js";
import type { Context } from "../rules/context.js";
import type { CommandOptions } from "./command-options.js";
import type { EvaluationCounter } from "./counter.js";
import type { Explanation } from "./explain.js";
import type { FlagReader, Snapshot } from "./flag-reader.js";
import type { CheckServicesOptions } from "./service-list.js";
import type { ServiceStatus } from "./service-status.js";
import type { FlagsStatus, ReadyOptions } from "./status.js";

/** What `flags.on` can tell of. */
export interface FlagsEvents {
  /** Something failed that does not refuse: a resolver, a listener, a sink, a reload. */
  readonly error: BurgeeError;
  /** A reload was accepted; `changed` names the flags whose setting it changed. */
  readonly reload: { readonly source: string; readonly changed: readonly string[]; readonly at: number };
  /** Every resolver has started and the profile is watched, if it is to be. Of a store `status` tells. */
  readonly ready: { readonly at: number };
  /** `flags.status()` is another than before. */
  readonly status: FlagsStatus;
  /** Something was written down in this instance's log: a command, what came from the store, an expiry, a reload. */
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

/** A change of any flag: `change.flag` tells which, and so what `change.value` can be. */
export type AnyFlagChange<T> = { [N in keyof T & string]: FlagChange<ChoiceOf<T, N>, N> }[keyof T & string];

/** What the objects that applications hold have in common, with a store and without. Made by `createFlags`. */
export interface FlagsBase<T> extends FlagReader<T> {
  readonly registry: Registry<T>;
  /** The whole walk for one answer: who was asked, what each said, from which line or variable. */
  explain<N extends keyof T & string>(name: N, context?: Context): Explanation;
  /** Captures the present state for one request; cheap, and evaluated only when asked. */
  snapshot(context?: Context): Snapshot<T>;
  /** Runs `fn` with a context that every evaluation below it uses when it is given none. Free until first used. */
  runWithContext<R>(context: Context, fn: () => R): R;

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

  /**
   * Reads the profile again and asks the resolvers to. All or nothing.
   *
   * @throws BurgeeError `RELOAD_FAILED` with every problem; the last good values stay in force
   */
  reload(options?: CommandOptions): Promise<void>;
  /**
   * Resolves when every resolver has started, the profile is watched and the state of the store, where there is one, is in
   * force; rejects where one could not start, or where `timeoutMs` have passed (10,000 with a store, else no limit, unless
   * given). The flags answer before that as well, and go on trying after it.
   *
   * @throws BurgeeError `RESOLVER_FAILED`; `STORE_UNAVAILABLE`, or `STORE_FAILED` or `STORE_SCHEMA` where the store answers and
   * refuses, with what went wrong last as its cause; `CLOSED`
   *
   * @example
   * await flags.ready({ timeoutMs: 5_000 }).catch((error) => logger.warn(error, "goes on with what is known"));
   */
  ready(options?: ReadyOptions): Promise<void>;
  /** Whether what is in force is what the store says, and since when. Without a store, `ready` until `close()`. */
  status(): FlagsStatus;
  /** Resolves when every audit entry and exposure is with its sinks, and what is known of a store in its file; rejects where a sink refuses. */
  flush(): Promise<void>;
  /**
   * Stops timers and watchers, closes gates, flushes and closes sinks, and leaves the store, which stays open for others.
   * The last state goes on answering.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
