import type { FlagStore } from "../store/flag-store.js";
import type { Retention } from "../store/housekeeping.js";
import type { CommonOptions } from "./options.js";

/** How counts of evaluations reach the store. */
export interface UsageOptions {
  /** How often, in milliseconds. 60,000 unless given. */
  readonly flushMs?: number | undefined;
}

/** How long the store keeps what need not be kept for ever. Times are in milliseconds. */
export interface RetentionOptions {
  /** How old an audit entry becomes; false keeps all. A year (31,536,000,000) unless given. */
  readonly auditMs?: number | false | undefined;
  /** How old the counts of an hour become; false keeps all. A year unless given. */
  readonly usageMs?: number | false | undefined;
  /** How often each instance looks. 3,600,000 unless given. */
  readonly everyMs?: number | undefined;
  /** How many audit entries are forgotten in one transaction, at most. 500 unless given. */
  readonly batch?: number | undefined;
}

/** Everything that `createFlags` can be told beside the store that keeps what is set. */
export interface StoredFlagsOptions extends CommonOptions {
  /** Where overrides, kill switches and the audit log live. It stays the caller's, to share and to close. */
  readonly store: FlagStore;
  /** A file that keeps what the store said last, so that a process can start while the store is away. None unless given. */
  readonly lastKnownGood?: string | undefined;
  /** How often the store is asked for its revision, in milliseconds, in case that a notification was lost. 1,000 unless given. */
  readonly pollMs?: number | undefined;
  /** Counts evaluations, by the hour, for all instances together. Off unless given. */
  readonly usage?: boolean | UsageOptions | undefined;
  /** What is forgotten, and when. */
  readonly retention?: RetentionOptions | undefined;
}

/** The options with what counts unless given. */
export interface StoreSettings {
  readonly pollMs: number;
  /** How often counts of evaluations are sent; undefined where none are. */
  readonly flushMs: number | undefined;
  /** Undefined where this instance forgets nothing. */
  readonly retention: Retention | undefined;
}

const SECOND = 1_000;
const YEAR = 31_536_000_000;

export function storeSettings({
  pollMs = SECOND,
  usage = false,
  retention,
  readOnly,
}: StoredFlagsOptions): StoreSettings {
  const { auditMs = YEAR, usageMs = YEAR, everyMs = 3600 * SECOND, batch = 500 } = retention ?? {};
  const { flushMs = 60 * SECOND } = typeof usage === "object" ? usage : {};
  return {
    pollMs,
    flushMs: usage === false ? undefined : flushMs,
    // Who may change nothing forgets nothing either.
    retention: readOnly === true ? undefined : { auditMs, usageMs, everyMs, batch },
  };
}
