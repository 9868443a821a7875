import type { AuditEntry, AuditQuery } from "../changes/audit.js";
import type { Origin } from "../resolvers/resolver.js";

/**
 * A point in a namespace's history: how many commands were committed, and the hash of the last one's audit entry. 0 and 64
 * zeros before the first.
 */
export interface StoreHead {
  readonly revision: number;
  readonly hash: string;
}

/** What was set for one flag, as it was given: plain JSON. A rule is checked again by every instance that reads it. */
export type StoredOverride = ({ readonly value: unknown } | { readonly rule: unknown }) & { readonly origin: Origin };

/** What a store holds of one flag. */
export interface StoredFlag {
  readonly flag: string;
  /** The revision of the last command that touched the flag: what `expectedRevision` is compared with. */
  readonly revision: number;
  readonly override?: StoredOverride | undefined;
  /** Who killed it, while it is killed. */
  readonly kill?: Origin | undefined;
}

/** All that a namespace holds, at one revision. Flags that were never touched are not in it. */
export interface StoredState {
  readonly head: StoreHead;
  readonly flags: readonly StoredFlag[];
}

/** One command that was committed. */
export interface StoredChange {
  /** Its `sequence` is the revision, and its `previousHash` the hash of the revision before. */
  readonly entry: AuditEntry;
  /** The flags that it touched, as they stand after it. */
  readonly flags: readonly StoredFlag[];
}

/** What a writer wants to commit. */
export interface ComposedChange extends StoredChange {
  /** By flag, the revision that the flag has before this change; 0 where it was never touched. */
  readonly expected: Readonly<Record<string, number>>;
}

export interface StoreWrite {
  /** The revision up to which the writer has applied everything. */
  readonly since: StoreHead;
  /**
   * Called while nobody else can commit, with whatever was committed after `since`, oldest first (mostly nothing). Gives the
   * next change, chained to the last one there is, or undefined where there is nothing to commit. It may throw to refuse: then
   * nothing is committed, and the write rejects with what was thrown. It is called again where a transaction is tried again.
   */
  readonly compose: (missed: readonly StoredChange[]) => ComposedChange | undefined;
}

/** `diverged`: the history that the writer knows is not the store's (a restored backup, a failover). It must load all anew. */
export type StoreWritten =
  | { readonly outcome: "committed"; readonly change: StoredChange }
  | { readonly outcome: "unchanged" }
  | { readonly outcome: "diverged" };

export type StoreNews =
  | { readonly outcome: "changes"; readonly changes: readonly StoredChange[] }
  | { readonly outcome: "diverged" };

export interface StoreListener {
  /**
   * There may be something new. A store that has a change at hand which was committed may bring it. A reader takes it where it
   * continues what the reader has, and asks with `changesSince` otherwise.
   */
  news(change?: StoredChange): void;
  /** Called once where it can no longer be promised that news are told; the subscription has ended then. */
  lost(error: unknown): void;
}

export interface StoreSubscription {
  /**
   * The present head, asked by the way on which news come: so whoever polls finds out too whether they still can. The store's own
   * `head` is asked where there is none.
   */
  readonly head?: (() => Promise<StoreHead>) | undefined;
  /** Ends it. Never rejects; a second call does nothing. */
  close(): Promise<void>;
}

/** Which entries to give of the shared audit log: at most 10,000 unless `limit` says otherwise. */
export interface StoredAuditQuery extends AuditQuery {
  /** Only entries after this sequence, for reading in pages. */
  readonly after?: number | undefined;
  /** `newest` first unless given. */
  readonly order?: "newest" | "oldest" | undefined;
}

/** How often a flag was evaluated within one hour, by all instances together. */
export interface FlagUsage {
  /** When the hour began, in milliseconds since 1970; a whole number of hours. */
  readonly hour: number;
  readonly flag: string;
  /** The variant; `true` or `false` of a boolean; "" of a flag whose values have no names. */
  readonly variant: string;
  readonly evaluations: number;
  /** Those of them that were answered with an error. */
  readonly errors: number;
}

export interface FlagUsageQuery {
  readonly flag?: string | undefined;
  /** At or after this hour, in milliseconds since 1970. */
  readonly since?: number | undefined;
  /** Before this time, in milliseconds since 1970. */
  readonly until?: number | undefined;
  /** How many rows to give at most: the newest. 10,000 unless given. */
  readonly limit?: number | undefined;
}

export interface StoreHealth {
  readonly head: StoreHead;
  /** How long the question took, in milliseconds. */
  readonly latencyMs: number;
}

/**
 * Where overrides, kill switches and the audit log of a fleet live, for one namespace. `MemoryStore` is the first
 * implementation; `burgee/sql` has those for PostgreSQL and SQLite, and `flagStoreSuite` of `burgee/testing` proves any other.
 *
 * There is one history for each namespace: revisions count its commands from 1 without gaps, in the order in which they were
 * committed, and each command's audit entry has the revision as its sequence. A command and its audit entry are committed
 * together or not at all.
 *
 * Errors reject, and an error is never mistaken for something that is not there. Every method rejects with a `BurgeeError`:
 * `STORE_UNAVAILABLE` where the store cannot be reached (of a write: nothing was committed), `STORE_FAILED` where it can and
 * refuses, `CLOSED` after `close`. No method waits for ever.
 */
export interface FlagStore {
  /** For errors and statuses: `postgres`. */
  readonly name: string;
  /** Several applications share a database by a namespace for each. */
  readonly namespace: string;
  /**
   * Everything, at one revision. What was set for one flag and was damaged since does not keep the others from being read: an
   * override or a kill that cannot be understood is given as an object without members. Instances ignore such an override and
   * warn of it, and take such a flag for killed.
   */
  load(): Promise<StoredState>;
  /** The present head. Cheap: it is asked every second. */
  head(): Promise<StoreHead>;
  /**
   * What was committed after `head`, oldest first, `limit` changes at most; fewer than `limit` means that there are no more.
   * `diverged` where the store does not hold that (revision, hash), or no longer all that came after it, or cannot understand
   * something of that: then the reader loads.
   */
  changesSince(head: StoreHead, limit: number): Promise<StoreNews>;
  /**
   * Commits one change together with its audit entry.
   *
   * Rejects with what `compose` throws; with `STORE_FAILED` where the change is not chained to the head, or a flag has another
   * revision than `expected`, which the one who composes has compared already; with `STORE_OUTCOME_UNKNOWN` where the connection was lost while it was being
   * committed, and nobody could be asked afterwards whether it was.
   */
  write(write: StoreWrite): Promise<StoreWritten>;
  /** Begins to tell of news. Whatever is committed after it has resolved is told, or `lost` is called. */
  subscribe(listener: StoreListener): Promise<StoreSubscription>;
  /** Entries of the shared audit log; `INVALID_OPTIONS` for a time, limit or sequence that is none. */
  audit(query?: StoredAuditQuery): Promise<readonly AuditEntry[]>;
  /** The head just before the oldest audit entry that is kept. */
  checkpoint(): Promise<StoreHead>;
  /**
   * Forgets the oldest audit entries that are older than `before` (milliseconds since 1970), `limit` at most, and never one
   * that follows an entry that is kept; the checkpoint goes with it, so that the rest can still be verified. Forgets usage
   * older than `usageBefore` too, perhaps only `limit` rows of it. Gives how many entries or rows of usage it forgot, whichever
   * are more: fewer than `limit` means that nothing is left to forget. `INVALID_OPTIONS` for a time or limit that is none.
   */
  prune(options: {
    readonly before: number;
    readonly usageBefore?: number | undefined;
    readonly limit: number;
  }): Promise<number>;
  /** Adds to the counts of each hour. */
  recordUsage(usage: readonly FlagUsage[]): Promise<void>;
  /** By hour, then flag, then variant; `INVALID_OPTIONS` for a time or limit that is none. */
  usage(query?: FlagUsageQuery): Promise<readonly FlagUsage[]>;
  health(): Promise<StoreHealth>;
  /** Ends subscriptions and what the store opened itself. A client that was given to it stays open. A second call does nothing. */
  close(): Promise<void>;
}
