import type { AuditEntry } from "../../changes/audit.js";
import { wholeNumber } from "../../changes/audit-query.js";
import { BurgeeError } from "../../errors.js";
import type {
  FlagStore,
  FlagUsage,
  FlagUsageQuery,
  StoredAuditQuery,
  StoredState,
  StoreHead,
  StoreHealth,
  StoreListener,
  StoreNews,
  StoreSubscription,
  StoreWrite,
  StoreWritten,
} from "../../store/flag-store.js";
import type { SqlEngine } from "./engine.js";
import { Migrator } from "./migrator.js";
import { type PruneOptions, prune, readAudit } from "./sql-audit.js";
import { readChanges, readCheckpoint, readHead, readState } from "./sql-read.js";
import { addUsage, readUsage } from "./sql-usage.js";
import { writeChange } from "./sql-write.js";
import { storeError } from "./store-error.js";
import { Subscriptions } from "./subscriptions.js";

export interface SqlStoreOptions {
  readonly engine: SqlEngine;
  readonly namespace: string;
  /** Whether the store may make its tables. */
  readonly migrate: boolean;
  readonly timeoutMs: number;
}

/** A store in an SQL database. What differs between databases is the engine's. */
export class SqlStore implements FlagStore {
  readonly name: string;
  readonly namespace: string;
  readonly #options: SqlStoreOptions;
  readonly #engine: SqlEngine;
  readonly #migrator: Migrator;
  readonly #subscriptions = new Subscriptions();
  #closed: Promise<void> | undefined;

  constructor(options: SqlStoreOptions) {
    checkNamespace(options.namespace);
    this.name = options.engine.name;
    this.namespace = options.namespace;
    this.#options = options;
    this.#engine = options.engine;
    this.#migrator = new Migrator(options.engine, options.migrate);
  }

  load(): Promise<StoredState> {
    return this.#ask(() => readState(this.#engine.db, this.namespace));
  }

  head(): Promise<StoreHead> {
    return this.#ask(() => readHead(this.#engine.db, this.namespace));
  }

  changesSince(since: StoreHead, limit: number): Promise<StoreNews> {
    const options = () => ({ since, limit: wholeNumber(limit, "limit", 0) });
    return this.#ask(() => readChanges(this.#engine.db, this.namespace, options()));
  }

  async write(write: StoreWrite): Promise<StoreWritten> {
    const written = await this.#ask(() => writeChange(this.#options, write));
    if (written.outcome === "refused") throw written.thrown;
    return written;
  }

  subscribe(listener: StoreListener): Promise<StoreSubscription> {
    const subscribe = async (inner: StoreListener) => {
      const subscription = await this.#engine.subscribe(this.namespace, {
        news: (change) => inner.news(change),
        lost: (error) => inner.lost(storeError(this.#engine, error)),
      });
      const { head } = subscription;
      const close = () => subscription.close();
      return head === undefined ? { close } : { head: () => this.#ask(head), close };
    };
    return this.#ask(() => this.#subscriptions.open(listener, subscribe));
  }

  audit(query: StoredAuditQuery = {}): Promise<readonly AuditEntry[]> {
    return this.#ask(() => readAudit(this.#engine, this.namespace, query));
  }

  checkpoint(): Promise<StoreHead> {
    return this.#ask(() => readCheckpoint(this.#engine.db, this.namespace));
  }

  prune(options: PruneOptions): Promise<number> {
    return this.#ask(() => prune(this.#engine, this.namespace, options));
  }

  recordUsage(usage: readonly FlagUsage[]): Promise<void> {
    return this.#ask(() => addUsage(this.#engine, this.namespace, usage));
  }

  usage(query: FlagUsageQuery = {}): Promise<readonly FlagUsage[]> {
    return this.#ask(() => readUsage(this.#engine.db, this.namespace, query));
  }

  async health(): Promise<StoreHealth> {
    const began = performance.now();
    const head = await this.head();
    return { head, latencyMs: performance.now() - began };
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    await this.#subscriptions.end(this.#closedError());
    await this.#engine.close();
  }

  /** Every call: tables first, and errors of burgee's only. */
  async #ask<R>(work: () => Promise<R>): Promise<R> {
    if (this.#closed !== undefined) throw this.#closedError();
    try {
      await this.#migrator.ready();
      return await work();
    } catch (error) {
      const mapped = storeError(this.#engine, error);
      if (mapped.code === "STORE_SCHEMA") this.#migrator.forget();
      throw mapped;
    }
  }

  #closedError(): BurgeeError {
    return new BurgeeError("CLOSED", `The ${this.name} store of the namespace "${this.namespace}" was closed.`);
  }
}

function checkNamespace(namespace: unknown): asserts namespace is string {
  const isText = typeof namespace === "string" && namespace.length > 0 && namespace.length <= 200;
  // What UTF-8 cannot hold would be the same namespace as something else.
  if (isText && !namespace.includes("\0") && Buffer.from(namespace).toString() === namespace) return;
  const expected = 'must be a text of 1 to 200 characters without NUL, such as "shop"';
  throw new BurgeeError("INVALID_OPTIONS", `The store's namespace ${expected}.`);
}
