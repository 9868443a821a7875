import type { AuditEntry, AuditHead, AuditLog, AuditQuery, AuditVerdict } from "../changes/audit.js";
import type { ChoiceOf, NamesOf } from "../registry/infer.js";
import type { Registry } from "../registry/registry.js";
import type { Percentage } from "../rules/percentage.js";
import type { FlagUsage, FlagUsageQuery } from "../store/flag-store.js";
import type { CommandOptions, OverrideOptions, RuleFor } from "./command-options.js";
import type { FlagsBase } from "./flags-base.js";

/** What every command on one flag may expect of a store. */
export interface Expecting {
  /** The flag's own revision, as `flags.revision(name)` gave it: the command is refused where the flag was touched since. */
  readonly expectedRevision?: number | undefined;
}

/** A command to a store. */
export interface StoredCommandOptions extends CommandOptions, Expecting {}

/** A command to a store whose effect may end by itself. */
export interface StoredOverrideOptions extends OverrideOptions, Expecting {}

/** A kill that need not wait for a store. */
export interface StoredKillOptions extends StoredCommandOptions {
  /** Acts at once, on this instance, whether the store is there or not, and is written to it as soon as it is. */
  readonly local?: boolean | undefined;
}

/** The type of the flags of a registry, with a store: `StoredFlagsOf<typeof registry>`. */
export type StoredFlagsOf<R> = R extends Registry<infer T> ? StoredFlags<T> : never;

/**
 * The object an application holds, where a store keeps what is set. Asking is as without one: local, at once, and never
 * in need of the store. Each command is a promise that settles when the store has committed it and this instance has put
 * it in force; a command that is refused, here or by the store, rejects and has changed nothing anywhere. No command throws.
 *
 * Commands reject with `STORE_UNAVAILABLE` while the store is away, with `STORE_OUTCOME_UNKNOWN` where it was lost in the
 * very moment of committing, and with `STORE_CONFLICT` where `expectedRevision` is not the flag's revision.
 */
export interface StoredFlags<T> extends FlagsBase<T> {
  /**
   * Sets a value (of a flag with named values, the name) for everybody, until it is reset or expires. Gives whether the
   * override changed. What is given must be JSON, for that is what every instance reads.
   *
   * @throws BurgeeError by rejecting: what `Flags.setFlag` throws, and what the store refuses
   *
   * @example
   * await flags.setFlag("new_checkout", true, { actor: "ana", expectedRevision: flags.revision("new_checkout") });
   */
  setFlag<N extends keyof T & string>(
    name: N,
    value: ChoiceOf<T, N>,
    options?: StoredOverrideOptions,
  ): Promise<boolean>;
  /** Sets a rule, in place of the profile's and the definition's. Rejects as `setFlag` does, and with `INVALID_RULE`. */
  setRule<N extends keyof T & string>(name: N, rule: RuleFor<T, N>, options?: StoredOverrideOptions): Promise<boolean>;
  /** Sets the simplest rule: a share of the units. Rejects as `setRule` does. */
  setRollout<N extends NamesOf<T, "boolean" | "experiment">>(
    name: N,
    percentage: Percentage,
    options?: StoredOverrideOptions,
  ): Promise<boolean>;
  /** Removes the override; writes nothing in its place. Gives whether there was one. */
  resetFlag<N extends keyof T & string>(name: N, options?: StoredCommandOptions): Promise<boolean>;
  /** Removes the overrides of all flags of this registry; gives how many there were. Kill switches stay. */
  resetAll(options?: CommandOptions): Promise<number>;
  /**
   * An operator's emergency off, ahead of everything, pins included. A `safe` flag goes on instead. Gives whether it was
   * not killed before. With `local` it resolves when it is in force here; `status().localKills` has it until the store does,
   * and writing it is tried until then. While the store is away, what it had killed does not count as killed before.
   *
   * @example
   * await flags.kill("new_checkout", { reason: "errors" }).catch(() => flags.kill("new_checkout", { local: true }));
   */
  kill<N extends keyof T & string>(name: N, options?: StoredKillOptions): Promise<boolean>;
  /**
   * Lifts a kill, a local one too. Gives whether there was one. Where the store may have the kill, or `expectedRevision` is
   * given, the store is asked first: where it is away, a local kill stays as well.
   */
  revive<N extends keyof T & string>(name: N, options?: StoredCommandOptions): Promise<boolean>;
  /** The revision of the last command that touched the flag, as far as this instance knows; 0 where none did. */
  revision<N extends keyof T & string>(name: N): number;

  /**
   * The entries of the log that all instances share, newest first: all, those that a query finds, or those of one flag. Any
   * name may be given: the log also has flags that this version does not. At most 10,000 entries, the newest, unless `limit`
   * says otherwise; `exportAudit` gives all.
   */
  getAuditLog(query?: AuditQuery): Promise<readonly AuditEntry[]>;
  getAuditLog(name?: string | undefined, query?: Omit<AuditQuery, "flag">): Promise<readonly AuditEntry[]>;
  /** The head of the shared log: keep it elsewhere to notice a log that was cut off or rewritten. */
  auditHead(): Promise<AuditHead>;
  /** Reads the whole shared log, in pages, and checks its chain. */
  verify(options?: { readonly head?: AuditHead | undefined }): Promise<AuditVerdict>;
  /**
   * The shared log, oldest entry first, read in pages.
   *
   * @example
   * for await (const entry of flags.exportAudit({ since: "2027-01-01" })) file.write(`${JSON.stringify(entry)}\n`);
   */
  exportAudit(query?: AuditQuery): AsyncGenerator<AuditEntry, void>;
  /** What this instance alone did and saw: what it put in force, reloads, expiries, steps of schedules. Of its own chain. */
  readonly localAudit: Pick<AuditLog, "entries" | "head" | "verify">;
  /**
   * How often flags were evaluated, hour by hour, the oldest hour first, by all instances that were created with `usage`. At
   * most 10,000 rows, the newest, unless `limit` says otherwise: a row is one hour, flag and variant.
   *
   * @example
   * const lastDay = await flags.usage({ flag: "new_checkout", since: Date.now() - 86_400_000 });
   */
  usage(query?: FlagUsageQuery): Promise<readonly FlagUsage[]>;
}
