import type { AuditLog, AuditSink } from "../changes/audit.js";
import type { ExposureSink } from "../changes/exposure.js";
import type { Resolver } from "../resolvers/resolver.js";
import type { Bucketing } from "../rules/bucketing.js";
import type { Condition } from "../rules/condition.js";
import type { Context } from "../rules/context.js";
import type { Holdout, Layer } from "../rules/groups.js";
import type { Percentage } from "../rules/percentage.js";
import type { Clock } from "./clock.js";
import type { Logger, LogLevel } from "./logger.js";

/** The names of the built-in steps of the chain. */
export type BuiltInStep = "env" | "profile" | "overrides" | "rollout";

/** How the environment is read. It is read once, when the flags are created, and never written. */
export interface EnvOptions {
  /** Put before a flag's name to make its variable's. `FLAG_` unless given. */
  readonly prefix?: string | undefined;
  /** dotenv files; later ones win over earlier ones, the variables over all. `[".env"]` unless given. A missing file is silent. */
  readonly files?: readonly string[] | undefined;
  /** The variables; `process.env` unless given. */
  readonly variables?: Readonly<Record<string, string | undefined>> | undefined;
}

export interface WatchOptions {
  /** How long the file must have been quiet before it is read, in milliseconds. 50 unless given. */
  readonly settleMs?: number | undefined;
  /** Looks at the file again and again, that often (milliseconds), where the file system sends no events (network drives). */
  readonly pollMs?: number | undefined;
}

export interface ProfileOptions {
  /** The YAML file; `~` is the home folder. Without it `burgee.yaml` is read where there is one. */
  readonly path?: string | undefined;
  /** The section of `profiles:` that is laid over the top; `BURGEE_PROFILE`, then `NODE_ENV`, unless given. */
  readonly name?: string | undefined;
  /** Follow the file. Off unless given. */
  readonly watch?: boolean | WatchOptions | undefined;
}

export interface AuditOptions {
  /** Another implementation of the port, in place of the one in memory. */
  readonly log?: AuditLog | undefined;
  /** How many entries are kept in memory. 10,000 unless given. */
  readonly limit?: number | undefined;
  /** A JSON-lines file that every entry is appended to; short for `sinks: [jsonLinesSink({ path })]`. */
  readonly file?: string | undefined;
  readonly sinks?: readonly AuditSink[] | undefined;
}

export interface ExposureOptions {
  /** How many exposures are remembered, so that the same is not told twice: units by flag and value. 10,000 unless given. */
  readonly window?: number | undefined;
  /** Where exposures go, whether anybody listens or not. */
  readonly sinks?: readonly ExposureSink[] | undefined;
}

/** Experiments that exclude each other, each with a slice of the units of its own. */
export interface LayerOptions extends Omit<Layer, "slices"> {
  /** For each flag, where its slice begins and ends, in percent. Slices may not overlap; what no slice holds is free. */
  readonly slices: Readonly<Record<string, readonly [from: Percentage, to: Percentage]>>;
}

/** A share of the units that is kept out of every rule that names it. */
export interface HoldoutOptions extends Omit<Holdout, "share"> {
  readonly share: Percentage;
}

/** What rules may name, each declared once. A profile's segments, layers and holdouts replace those of the same name. */
export interface GroupOptions {
  /** Conditions, by the name that `$segment` gives. */
  readonly segments?: Readonly<Record<string, Condition>> | undefined;
  /** By the name that a rule's `layer` gives. */
  readonly layers?: Readonly<Record<string, LayerOptions>> | undefined;
  /** By the name that a rule's `holdout` gives; a percentage alone is its share. */
  readonly holdouts?: Readonly<Record<string, Percentage | HoldoutOptions>> | undefined;
  /** Other bucketings than burgee's own, which rules name by `hash`. */
  readonly bucketing?: readonly Bucketing[] | undefined;
}

/** Everything that `createFlags` can be told. All of it is optional; the object is copied. */
export interface FlagsOptions extends GroupOptions {
  /** `false` reads no variables for flags; requirements are still read from `process.env`. */
  readonly env?: EnvOptions | false | undefined;
  /** A path, more options, or `false` for none. */
  readonly profile?: string | ProfileOptions | false | undefined;
  /** The chain: built-in steps by name, and resolvers. `["env", "profile", "overrides", "rollout"]` unless given. */
  readonly resolvers?: readonly (BuiltInStep | Resolver)[] | undefined;
  /** Attributes of every context that does not have them itself: service, region, instance. */
  readonly context?: Context | undefined;
  /** What `by: "instance"` hashes; the host's name unless given. */
  readonly instance?: string | undefined;
  /** What flags, in the profile and in `layers`, that this registry does not have are worth. `error` unless given; `warn` where services share a file. */
  readonly unknown?: "error" | "warn" | undefined;
  /** What a bad value is worth. `error` unless given; `warn` falls back to what stands below in the chain. */
  readonly onInvalid?: "error" | "warn" | undefined;
  /** Refuse every write and every reload. */
  readonly readOnly?: boolean | undefined;
  /** A pino-compatible logger, a level for burgee's own pino, or `false` for silence. Own pino at `LOG_LEVEL`, else `warn`, unless given. */
  readonly logger?: Logger | LogLevel | boolean | undefined;
  readonly audit?: AuditOptions | undefined;
  readonly exposures?: ExposureOptions | undefined;
  /**
   * Milliseconds since 1970; `Date.now` unless given. Timers still run by the real clock, and look at this one every
   * minute; a {@link Clock} brings its own.
   */
  readonly clock?: (() => number) | Clock | undefined;
  /** None: overrides live in this process. With a store, these are `StoredFlagsOptions`. */
  readonly store?: undefined;
}

/** The options that mean the same with a store and without. */
export type CommonOptions = Omit<FlagsOptions, "store">;
