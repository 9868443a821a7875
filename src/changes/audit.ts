import type { UsedGroups } from "../rules/references.js";
import type { CheckedRule } from "../rules/rule.js";

/** The commands that are written down; an override's expiry, a step of a rule's schedule and a store's whole state count as such. */
export type AuditAction = "set" | "reset" | "kill" | "revive" | "reload" | "expiry" | "schedule" | "clear" | "resync";

/**
 * A flag's setting, as the audit log writes it: a value for everybody; a rule with the segments, layers and holdouts
 * that it uses (what changed hands is the rule as it stood at the time, steps and schedule resolved); or `custom` where
 * a resolver's function decides.
 */
export type AuditSetting = (
  | { readonly value: unknown }
  | { readonly rule: CheckedRule; readonly groups?: UsedGroups | undefined }
  | { readonly custom: string }
) & {
  /** The settings of those flags it depends on that are on for some contexts only; it is off wherever one of them is. */
  readonly ancestors?: Readonly<Record<string, AuditSetting>> | undefined;
};

/** What a command did to one flag. */
export interface AffectedFlag {
  readonly flag: string;
  readonly from: AuditSetting;
  readonly to: AuditSetting;
}

/** What is known of a command before it is chained. Holds JSON only. */
export interface AuditRecord {
  readonly action: AuditAction;
  /** The flag that the command was about; absent for a reload, a clear, a resync and a reset of all. */
  readonly flag?: string | undefined;
  /** What was asked for, by `set`. */
  readonly setting?: AuditSetting | undefined;
  /** Every flag whose setting changed, the one that the command was about first. Empty where something else hides the effect. */
  readonly affected: readonly AffectedFlag[];
  readonly source: string;
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** ISO 8601: when the override lifts itself. */
  readonly expiresAt?: string | undefined;
  /** What was worth a warning: `the flag is frozen`. */
  readonly warnings?: readonly string[] | undefined;
  /** How many entries a `clear` took from memory. */
  readonly cleared?: number | undefined;
  /** The instance on which a command to a store was given. */
  readonly instance?: string | undefined;
  /** In an instance's own log, the store's revision that it put in force. In the shared log the sequence is the revision. */
  readonly revision?: number | undefined;
}

/** One command, chained to the one before. */
export interface AuditEntry extends AuditRecord {
  /** Counts from 1 without gaps. */
  readonly sequence: number;
  /** The hash of the entry before, 64 zeros for the first. */
  readonly previousHash: string;
  /** SHA-256, in hex, of the canonical text of the entry without `hash`. */
  readonly hash: string;
}

/** The last entry's place in the chain: keep it elsewhere to notice a log that was cut off. */
export interface AuditHead {
  /** 0 before the first entry. */
  readonly sequence: number;
  readonly hash: string;
}

/** Which entries to give; all conditions must hold. Newest first. */
export interface AuditQuery {
  /** Entries that were about the flag or affected it. */
  readonly flag?: string | undefined;
  readonly actor?: string | undefined;
  readonly source?: string | undefined;
  /** At or after this time: a Date, milliseconds since 1970, or ISO 8601. */
  readonly since?: Date | number | string | undefined;
  /** Before this time. */
  readonly until?: Date | number | string | undefined;
  readonly limit?: number | undefined;
}

/** The verdict on a chain. `sequence` is the first entry that is wrong. */
export type AuditVerdict =
  | { readonly ok: true; readonly entries: number; readonly head: AuditHead }
  | { readonly ok: false; readonly sequence: number; readonly problem: string };

/** The port of the audit log. The one in memory is the first; adapters bring others. */
export interface AuditLog {
  /**
   * Chains and keeps a record. `written` has the canonical texts of what it says of single flags, where those were
   * worked out ahead: such parts are JSON and frozen already. A log may do without.
   */
  append(record: AuditRecord, written?: ReadonlyMap<AffectedFlag, string>): AuditEntry;
  /** Newest first. */
  entries(query?: AuditQuery): readonly AuditEntry[];
  head(): AuditHead;
  /** Recomputes every hash that is kept. With a `head` noted earlier it also finds that the end was cut off or rewritten. */
  verify(options?: { readonly head?: AuditHead | undefined }): AuditVerdict;
  /** Forgets what is in memory and gives the number of entries forgotten; the chain goes on. */
  clear(): number;
}

/**
 * Where entries go to last. A sink is told of entries in order, each once; where `write` throws or rejects, the same
 * entries come again later.
 */
export interface AuditSink {
  /** For errors. */
  readonly name: string;
  /** Called once, before the first entry. Gives the head of what the sink already holds, so that the chain goes on from there, and what it found amiss. Throws where it cannot be used at all. */
  open?(): { readonly head?: AuditHead | undefined; readonly problem?: string | undefined } | undefined;
  write(entries: readonly AuditEntry[]): void | Promise<void>;
  close?(): void | Promise<void>;
}
