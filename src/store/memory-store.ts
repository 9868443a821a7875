import type { AuditEntry } from "../changes/audit.js";
import { auditMatcher, wholeNumber } from "../changes/audit-query.js";
import { GENESIS, headOf } from "../changes/hash-chain.js";
import { BurgeeError, messageOf } from "../errors.js";
import { frozenCopy } from "../registry/frozen-copy.js";
import { auditPage, checkPrune } from "./checked-query.js";
import type {
  ComposedChange,
  FlagStore,
  FlagUsage,
  FlagUsageQuery,
  StoredAuditQuery,
  StoredChange,
  StoredFlag,
  StoredState,
  StoreHead,
  StoreHealth,
  StoreListener,
  StoreNews,
  StoreSubscription,
  StoreWrite,
  StoreWritten,
} from "./flag-store.js";
import { UsageTable } from "./usage-table.js";

export interface MemoryStoreOptions {
  /** `default` unless given. */
  readonly namespace?: string | undefined;
  /** For errors and statuses. `memory` unless given. */
  readonly name?: string | undefined;
}

/**
 * A store within one process: nothing survives it. It is for tests, and for several `Flags` objects of one process that
 * share what is set. `outage` makes it unreachable, so that a test can see what an application does meanwhile.
 *
 * @example
 * const store = new MemoryStore({ namespace: "shop" });
 * const flags = createFlags(registry, { store });
 * await flags.ready();
 * const end = store.outage();
 * await flags.setFlag("new_checkout", true); // rejects: STORE_UNAVAILABLE
 * end();
 */
export class MemoryStore implements FlagStore {
  readonly name: string;
  readonly namespace: string;
  readonly #flags = new Map<string, StoredFlag>();
  /** The oldest first; the first one follows the checkpoint. */
  #changes: StoredChange[] = [];
  #checkpoint: StoreHead = Object.freeze({ revision: GENESIS.sequence, hash: GENESIS.hash });
  #head: StoreHead = this.#checkpoint;
  readonly #usage = new UsageTable();
  readonly #listeners = new Set<StoreListener>();
  readonly #outages = new Set<BurgeeError>();
  /** Settles when the write before is through. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: MemoryStoreOptions = {}) {
    this.name = options.name ?? "memory";
    this.namespace = options.namespace ?? "default";
  }

  /**
   * From now on every method rejects with `STORE_UNAVAILABLE`, and subscriptions are lost, until the function that it gives
   * is called. Where there are several outages at once, the store is back when all have ended.
   */
  outage(cause?: unknown): () => void {
    const why = cause === undefined ? "an outage was asked for" : messageOf(cause);
    const message = `The store "${this.name}" (namespace "${this.namespace}") cannot be reached: ${why}.`;
    const error = new BurgeeError("STORE_UNAVAILABLE", message, { cause });
    this.#outages.add(error);
    this.#lose(error);
    return () => {
      this.#outages.delete(error);
    };
  }

  async load(): Promise<StoredState> {
    this.#check();
    return Object.freeze({ head: this.#head, flags: Object.freeze([...this.#flags.values()]) });
  }

  async head(): Promise<StoreHead> {
    this.#check();
    return this.#head;
  }

  async changesSince(head: StoreHead, limit: number): Promise<StoreNews> {
    this.#check();
    wholeNumber(limit, "limit", 0);
    const missed = this.#missed(head);
    return missed === undefined ? { outcome: "diverged" } : { outcome: "changes", changes: missed.slice(0, limit) };
  }

  write(write: StoreWrite): Promise<StoreWritten> {
    const written = this.#turn.then(() => this.#commit(write));
    this.#turn = written.catch(() => {});
    return written;
  }

  async subscribe(listener: StoreListener): Promise<StoreSubscription> {
    this.#check();
    // A copy, so that a listener which subscribes twice has two subscriptions.
    const subscribed: StoreListener = {
      news: (change) => listener.news(change),
      lost: (error) => listener.lost(error),
    };
    this.#listeners.add(subscribed);
    return {
      close: async () => {
        this.#listeners.delete(subscribed);
      },
    };
  }

  async audit(query: StoredAuditQuery = {}): Promise<readonly AuditEntry[]> {
    this.#check();
    const matches = auditMatcher(query);
    const { after, limit } = auditPage(query);
    const kept = this.#changes
      .map((change) => change.entry)
      .filter((entry) => entry.sequence > after && matches(entry));
    const ordered = query.order === "oldest" ? kept : kept.reverse();
    return ordered.slice(0, limit);
  }

  async checkpoint(): Promise<StoreHead> {
    this.#check();
    return this.#checkpoint;
  }

  async prune(options: {
    readonly before: number;
    readonly usageBefore?: number | undefined;
    readonly limit: number;
  }): Promise<number> {
    this.#check();
    checkPrune(options);
    const { usageBefore, limit } = options;
    const rows = usageBefore === undefined ? 0 : this.#usage.forget(usageBefore, limit);
    const kept = this.#changes.findIndex(({ entry }) => Date.parse(entry.at) >= options.before);
    const forgotten = this.#changes.slice(0, Math.min(kept === -1 ? this.#changes.length : kept, limit));
    const last = forgotten.at(-1);
    if (last !== undefined) this.#checkpoint = headAfter(last);
    this.#changes = this.#changes.slice(forgotten.length);
    return Math.max(forgotten.length, rows);
  }

  async recordUsage(usage: readonly FlagUsage[]): Promise<void> {
    this.#check();
    for (const counted of usage) this.#usage.add(counted);
  }

  async usage(query: FlagUsageQuery = {}): Promise<readonly FlagUsage[]> {
    this.#check();
    return this.#usage.find(query);
  }

  async health(): Promise<StoreHealth> {
    const began = performance.now();
    const head = await this.head();
    return { head, latencyMs: performance.now() - began };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#lose(this.#closedError());
  }

  /** What was committed after a head; undefined where the head, or something after it, is not kept. */
  #missed(head: StoreHead): readonly StoredChange[] | undefined {
    const index = head.revision - this.#checkpoint.revision;
    const change = this.#changes[index - 1];
    const known = change === undefined ? this.#checkpoint : headAfter(change);
    return known.revision === head.revision && known.hash === head.hash ? this.#changes.slice(index) : undefined;
  }

  #commit(write: StoreWrite): StoreWritten {
    this.#check();
    const missed = this.#missed(write.since);
    if (missed === undefined) return { outcome: "diverged" };
    const composed = write.compose(missed);
    // The one who composes may cause an outage, or close the store.
    this.#check();
    if (composed === undefined) return { outcome: "unchanged" };
    this.#checkChange(composed);
    const change = plainCopy({ entry: composed.entry, flags: composed.flags });
    for (const flag of change.flags) this.#flags.set(flag.flag, flag);
    this.#changes.push(change);
    this.#head = headAfter(change);
    for (const listener of [...this.#listeners]) quietly(() => listener.news(change));
    return { outcome: "committed", change };
  }

  #checkChange({ entry, expected }: ComposedChange): void {
    if (entry.sequence !== this.#head.revision + 1 || entry.previousHash !== this.#head.hash) {
      const what = `The change is not chained to revision ${this.#head.revision}, which is the last one`;
      throw new BurgeeError("STORE_FAILED", `${what} in the store "${this.name}"; nothing was committed.`);
    }
    for (const [flag, revision] of Object.entries(expected)) {
      const held = this.#flags.get(flag)?.revision ?? 0;
      if (held === revision) continue;
      const message = `Flag "${flag}" is at revision ${held}, not ${revision} as the change expects; nothing was committed.`;
      throw new BurgeeError("STORE_FAILED", message, { flag });
    }
  }

  #check(): void {
    if (this.#closed) throw this.#closedError();
    const [outage] = this.#outages;
    if (outage !== undefined) throw outage;
  }

  #closedError(): BurgeeError {
    return new BurgeeError("CLOSED", `The store "${this.name}" (namespace "${this.namespace}") is closed.`);
  }

  #lose(error: BurgeeError): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) quietly(() => listener.lost(error));
  }
}

function headAfter(change: StoredChange): StoreHead {
  const { sequence, hash } = headOf(change.entry);
  return Object.freeze({ revision: sequence, hash });
}

/** What a database would give back: JSON, and nobody else's. */
function plainCopy<T>(value: T): T {
  return frozenCopy(JSON.parse(JSON.stringify(value)));
}

/** What was committed stays committed, whatever a listener throws. */
function quietly(tell: () => void): void {
  try {
    tell();
  } catch {
    // A listener only notes that there is something to ask for: it has nobody to tell of a failure.
  }
}
