import type { AffectedFlag, AuditEntry, AuditHead, AuditLog, AuditQuery, AuditRecord, AuditVerdict } from "./audit.js";
import { auditMatcher, wholeNumber } from "./audit-query.js";
import { chainEntry, GENESIS, headOf, verifyAuditEntries } from "./hash-chain.js";

/** How the log in memory is kept. */
export interface MemoryAuditOptions {
  /** How many entries are kept, the newest. 10,000 unless given. */
  readonly limit?: number | undefined;
  /** The head that the chain goes on from, where a sink holds earlier entries. */
  readonly start?: AuditHead | undefined;
}

/**
 * The audit log in memory: a ring of the newest entries, each chained to the one before. What the ring has forgotten
 * is still vouched for, because the head just before the first kept entry is remembered.
 *
 * @throws BurgeeError `INVALID_OPTIONS` for a limit that is no whole number of 1 or more
 *
 * @example
 * const log = new MemoryAuditLog({ limit: 500 });
 * log.append({ action: "kill", flag: "new_checkout", affected: [], source: "ops", at: new Date().toISOString() });
 * log.verify().ok // true
 */
export class MemoryAuditLog implements AuditLog {
  readonly #limit: number;
  #ring: AuditEntry[] = [];
  /** The sequence just before the entry in slot 0 of an unfilled ring. */
  #base: number;
  /** The head just before the oldest entry kept. */
  #before: AuditHead;
  #head: AuditHead;

  constructor(options: MemoryAuditOptions = {}) {
    this.#limit = wholeNumber(options.limit ?? 10_000, "audit limit", 1);
    this.#head = Object.freeze({ ...(options.start ?? GENESIS) });
    this.#before = this.#head;
    this.#base = this.#head.sequence;
  }

  append(record: AuditRecord, written?: ReadonlyMap<AffectedFlag, string>): AuditEntry {
    const entry = chainEntry(record, this.#head, written);
    const slot = this.#slot(entry.sequence);
    const forgotten = this.#ring[slot];
    if (forgotten !== undefined) this.#before = headOf(forgotten);
    this.#ring[slot] = entry;
    this.#head = headOf(entry);
    return entry;
  }

  /** @throws BurgeeError `INVALID_OPTIONS` for a time or limit that cannot be understood */
  entries(query: AuditQuery = {}): readonly AuditEntry[] {
    const matches = auditMatcher(query);
    const limit = wholeNumber(query.limit ?? this.#limit, "limit", 0);
    const found: AuditEntry[] = [];
    for (let sequence = this.#head.sequence; sequence > this.#before.sequence && found.length < limit; sequence--) {
      const entry = this.#ring[this.#slot(sequence)];
      if (entry !== undefined && matches(entry)) found.push(entry);
    }
    return found;
  }

  head(): AuditHead {
    return this.#head;
  }

  verify(options: { readonly head?: AuditHead | undefined } = {}): AuditVerdict {
    return verifyAuditEntries([...this.entries()].reverse(), { head: options.head, after: this.#before });
  }

  clear(): number {
    const cleared = this.#ring.length;
    this.#ring = [];
    this.#base = this.#head.sequence;
    this.#before = this.#head;
    return cleared;
  }

  #slot(sequence: number): number {
    return (sequence - this.#base - 1) % this.#limit;
  }
}
