import { setImmediate as nextTurn } from "node:timers/promises";
import type { AuditEntry, AuditHead, AuditVerdict } from "../changes/audit.js";
import { headOf, verifyAuditEntries } from "../changes/hash-chain.js";
import type { FlagStore, StoredAuditQuery, StoreHead } from "./flag-store.js";

/** How many entries are asked for and held at a time. */
const PAGE = 500;
/** How long the event loop is held by hashing, in milliseconds, as far as single entries allow. */
const SLICE_MS = 5;

/** Which entries to export; all conditions must hold. */
export type AuditExportQuery = Omit<StoredAuditQuery, "order">;

/**
 * The entries of the shared audit log, oldest first, in pages: as much as a loop wants, and never the whole log in memory.
 * It ends with the last entry that there was when it began. Each entry comes once, in order, whatever is appended meanwhile;
 * one that is forgotten before its page was read does not come.
 *
 * @throws BurgeeError as the store does: `STORE_UNAVAILABLE` where it is away, `INVALID_OPTIONS` for a wrong query
 *
 * @example
 * for await (const entry of exportAudit(store, { since: "2027-01-01" })) file.write(`${JSON.stringify(entry)}\n`);
 */
export async function* exportAudit(store: FlagStore, query: AuditExportQuery = {}): AsyncGenerator<AuditEntry, void> {
  const end = await store.head();
  let after = query.after ?? 0;
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  let page: readonly AuditEntry[];
  do {
    page = await store.audit({ ...query, order: "oldest", after, limit: Math.min(PAGE, left) });
    for (const entry of page) {
      if (entry.sequence > end.revision) return;
      yield entry;
      after = entry.sequence;
    }
    left -= page.length;
  } while (page.length === PAGE);
}

/**
 * Recomputes every hash of the shared audit log, from the checkpoint to the head that the store has when it begins. Finds an
 * entry that was edited, is missing or stands elsewhere, an end that was cut off, and a head that is not the last entry's;
 * with a `head` noted earlier (`await flags.auditHead()`) also a chain that was written anew. A head older than all that is
 * kept cannot be compared, and the verdict says that; note a newer one at least as often as the log forgets.
 *
 * The log is read in pages, and hashed a few milliseconds at a time. Entries that retention forgets meanwhile are no gap.
 *
 * @throws BurgeeError as the store does: `STORE_UNAVAILABLE` where it is away
 *
 * @example
 * const verdict = await verifyShared(store, { head: notedYesterday });
 * if (!verdict.ok) console.error(`entry ${verdict.sequence}: ${verdict.problem}`);
 */
export async function verifyShared(
  store: FlagStore,
  options: { readonly head?: AuditHead | undefined } = {},
): Promise<AuditVerdict> {
  // In this order: the checkpoint may move past a head that was read before it.
  const start = placeOf(await store.checkpoint());
  const end = placeOf(await store.head());
  if (end.sequence < start.sequence) return noEntries(start, end);
  const chain = new Chain(start, end, options.head);
  while (chain.verdict === undefined && chain.last.sequence < end.sequence) {
    const page = await store.audit({ order: "oldest", after: chain.last.sequence, limit: PAGE });
    if (page[0]?.sequence !== chain.last.sequence + 1) {
      const kept = placeOf(await store.checkpoint());
      if (kept.sequence > chain.last.sequence) chain.skipTo(kept);
      else chain.missing(page[0]);
      continue;
    }
    await checkInSlices(chain, page);
  }
  return chain.verdict ?? chain.conclude();
}

/** Checks entry by entry, with the event loop free in between. */
async function checkInSlices(chain: Chain, page: readonly AuditEntry[]): Promise<void> {
  let until = performance.now() + SLICE_MS;
  for (const entry of page) {
    if (chain.verdict !== undefined || chain.last.sequence >= chain.end.sequence) return;
    chain.add(entry);
    if (performance.now() < until) continue;
    await nextTurn();
    until = performance.now() + SLICE_MS;
  }
}

/** What was checked of a chain until now. */
class Chain {
  readonly end: AuditHead;
  /** The place up to which all is well. */
  last: AuditHead;
  /** What is wrong, once something is. */
  verdict: AuditVerdict | undefined;
  readonly #noted: AuditHead | undefined;
  #entries = 0;

  constructor(start: AuditHead, end: AuditHead, noted: AuditHead | undefined) {
    this.end = end;
    this.last = start;
    this.#noted = noted;
    // A noted head that lies at the start, or before it, is in no entry that follows.
    if (noted !== undefined && noted.sequence <= start.sequence) this.#check([], noted);
  }

  add(entry: AuditEntry): void {
    const noted = this.#noted?.sequence === this.last.sequence + 1 ? this.#noted : undefined;
    if (!this.#check([entry], noted)) return;
    this.last = headOf(entry);
    this.#entries += 1;
  }

  /** Goes on from a later place, as everything before it was forgotten meanwhile. */
  skipTo(place: AuditHead): void {
    const before = this.last.sequence;
    this.last = place;
    const noted = this.#noted;
    if (noted !== undefined && noted.sequence > before && noted.sequence <= place.sequence) this.#check([], noted);
  }

  /** The entry that should follow is not there; `instead` is what stands in its place. */
  missing(instead: AuditEntry | undefined): void {
    if (instead === undefined) this.verdict = cutOff(this.last, this.end);
    else this.add(instead);
  }

  conclude(): AuditVerdict {
    const { last, end } = this;
    if (last.sequence === end.sequence && last.hash !== end.hash) return otherHead(end);
    if (this.#noted !== undefined && this.#noted.sequence > last.sequence) this.#check([], this.#noted);
    return this.verdict ?? Object.freeze({ ok: true, entries: this.#entries, head: last });
  }

  #check(entries: readonly AuditEntry[], head: AuditHead | undefined): boolean {
    const verdict = verifyAuditEntries(entries, { after: this.last, head });
    if (!verdict.ok) this.verdict = verdict;
    return verdict.ok;
  }
}

function placeOf({ revision, hash }: StoreHead): AuditHead {
  return Object.freeze({ sequence: revision, hash });
}

function noEntries(start: AuditHead, end: AuditHead): AuditVerdict {
  const problem = `the store's head is entry ${end.sequence}, and it says that all up to entry ${start.sequence} were forgotten`;
  return Object.freeze({ ok: false, sequence: end.sequence, problem });
}

function cutOff(last: AuditHead, end: AuditHead): AuditVerdict {
  const problem = `the chain was cut off after entry ${last.sequence}: the store's head is entry ${end.sequence}`;
  return Object.freeze({ ok: false, sequence: last.sequence + 1, problem });
}

function otherHead({ sequence }: AuditHead): AuditVerdict {
  const problem = `the store's head has another hash than entry ${sequence}: one of the two was rewritten`;
  return Object.freeze({ ok: false, sequence, problem });
}
