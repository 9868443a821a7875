import type { AuditEntry, AuditHead, AuditQuery, AuditVerdict } from "../changes/audit.js";
import type { ChoiceOf, NamesOf } from "../registry/infer.js";
import type { Registry } from "../registry/registry.js";
import type { Percentage } from "../rules/percentage.js";
import type { CommandOptions, OverrideOptions, RuleFor } from "./command-options.js";
import type { FlagsBase } from "./flags-base.js";

/** The type of the flags of a registry: `FlagsOf<typeof registry>`. */
export type FlagsOf<R> = R extends Registry<infer T> ? Flags<T> : never;

/** The object an application holds. Made by `createFlags`; what is set is gone when the process ends. */
export interface Flags<T> extends FlagsBase<T> {
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
   * The audit log's entries, newest first: all, those that a query finds, or those that were about a flag or affected it. The
   * log keeps the newest 10,000 unless the option `audit` says otherwise.
   */
  getAuditLog(query?: AuditQuery): readonly AuditEntry[];
  getAuditLog(name?: (keyof T & string) | undefined, query?: Omit<AuditQuery, "flag">): readonly AuditEntry[];
  auditHead(): AuditHead;
  /** Checks the chain of the entries in memory. */
  verify(options?: { readonly head?: AuditHead | undefined }): AuditVerdict;
  /** Empties the memory (sinks keep theirs) and leaves an entry that says who cleared how many. Gives how many. */
  clearAuditLog(options?: CommandOptions): number;
}
