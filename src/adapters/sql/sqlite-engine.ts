import { Kysely, type Transaction } from "kysely";
import type { StoreListener, StoreSubscription } from "../../store/flag-store.js";
import type { SqlEngine } from "./engine.js";
import { connectionOf, type SqliteConnection } from "./sqlite-connection.js";
import type { SqliteDatabase } from "./sqlite-database.js";
import { sqliteDialect } from "./sqlite-dialect.js";
import { isAway } from "./sqlite-error.js";
import { SqliteSubscription } from "./sqlite-subscription.js";
import type { Tables } from "./tables.js";

export interface SqliteEngineOptions {
  readonly database: SqliteDatabase;
  readonly pollMs: number;
  readonly timeoutMs: number;
}

/** What is SQLite's own about a store: its locks, and how it finds out about commits of others. */
export class SqliteEngine implements SqlEngine {
  readonly name = "sqlite";
  readonly db: Kysely<Tables>;
  readonly #connection: SqliteConnection;
  readonly #options: SqliteEngineOptions;
  readonly #subscriptions = new Set<SqliteSubscription>();

  constructor(options: SqliteEngineOptions) {
    this.#options = options;
    this.#connection = connectionOf(options.database);
    this.db = new Kysely({ dialect: sqliteDialect(this.#connection, options.timeoutMs) });
  }

  transaction<R>(work: (transaction: Transaction<Tables>) => Promise<R>): Promise<R> {
    return this.db.transaction().execute(work);
  }

  /** SQLite has one lock, and every transaction that may write holds it from its first moment. */
  alone<R>(work: (transaction: Transaction<Tables>) => Promise<R>): Promise<R> {
    return this.transaction(work);
  }

  /** The file tells that something was committed, and not to which namespace. */
  subscribe(_namespace: string, listener: StoreListener): Promise<StoreSubscription> {
    const { pollMs, timeoutMs } = this.#options;
    const watch = { connection: this.#connection, pollMs, timeoutMs, open: this.#subscriptions };
    return SqliteSubscription.open(watch, listener);
  }

  isUnavailable(error: unknown): boolean {
    return isAway(error);
  }

  async close(): Promise<void> {
    for (const subscription of [...this.#subscriptions]) await subscription.close();
  }
}
