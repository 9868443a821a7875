import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql, type Transaction } from "kysely";
import type { StoreListener, StoreSubscription } from "../../store/flag-store.js";
import { isUnavailable } from "./connection-lost.js";
import type { SqlEngine } from "./engine.js";
import { migrationLock } from "./migrations.js";
import { PostgresDriver } from "./postgres-driver.js";
import { sealOf } from "./postgres-key.js";
import { listen } from "./postgres-listener.js";
import { withLiterals } from "./postgres-literals.js";
import { changeIn, noticeOf } from "./postgres-notice.js";
import type { PostgresPool } from "./postgres-pool.js";
import type { Seal } from "./seal.js";
import { type HeadRow, headOf, selectHead } from "./sql-read.js";
import { codeOf } from "./store-error.js";
import type { AuditRow, Tables } from "./tables.js";

/** How often a transaction is tried that PostgreSQL gave up for another's sake. */
const ATTEMPTS = 5;

/** PostgreSQL, through a pool that is the user's. */
export class PostgresEngine implements SqlEngine {
  readonly name = "postgres";
  readonly db: Kysely<Tables>;
  readonly #pool: PostgresPool;
  readonly #timeoutMs: number;
  /** Of the namespace to which this instance listens; undefined before, and without a key. */
  #seal: Seal | undefined;

  constructor(pool: PostgresPool, timeoutMs: number) {
    this.#pool = pool;
    this.#timeoutMs = timeoutMs;
    this.db = new Kysely({
      dialect: {
        createDriver: () => new PostgresDriver(pool, timeoutMs),
        createQueryCompiler: () => new PostgresQueryCompiler(),
        createAdapter: () => new PostgresAdapter(),
        createIntrospector: (db) => new PostgresIntrospector(db),
      },
    });
    if (!pool.listeners("error").includes(ignore)) pool.on("error", ignore);
  }

  async transaction<R>(work: (transaction: Transaction<Tables>) => Promise<R>): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.db.transaction().execute(work);
      } catch (error) {
        if (attempt === ATTEMPTS || !wasGivenUp(error)) throw error;
      }
    }
  }

  alone<R>(work: (transaction: Transaction<Tables>) => Promise<R>): Promise<R> {
    return this.transaction(async (transaction) => {
      await sql`SELECT pg_advisory_xact_lock(${sql.lit(migrationLock)})`.execute(transaction);
      return work(transaction);
    });
  }

  notice(change: AuditRow): string {
    return noticeOf(change, this.#seal);
  }

  /** The key is read anew each time, so that one that was taken away or changed comes to be known. */
  async subscribe(namespace: string, listener: StoreListener): Promise<StoreSubscription> {
    this.#seal = await sealOf(this.db, namespace);
    const { ask, close } = await listen(this.#pool, this.#timeoutMs, namespace, {
      notice: (payload) => listener.news(changeIn(payload, this.#seal)),
      lost: (error) => listener.lost(error),
    });
    const { sql: text, parameters } = selectHead(this.db, namespace).compile();
    const question = `SET LOCAL statement_timeout = ${this.#timeoutMs}; ${withLiterals(text, parameters)}`;
    return { head: async () => headOf((await ask<HeadRow>(question))[0]), close };
  }

  isUnavailable(error: unknown): boolean {
    return isUnavailable(error);
  }

  /** The pool stays open, and listened to: one that is being ended has connections yet that may break. */
  async close(): Promise<void> {}
}

/** A serialization failure or a deadlock: nothing was committed, and the same may succeed now. */
function wasGivenUp(error: unknown): boolean {
  const code = codeOf(error);
  return code === "40001" || code === "40P01";
}

/**
 * A pool tells of idle connections that broke, and ends the process where nobody listens. It drops them and opens new ones by
 * itself, so there is nothing else to do. One function for all stores, so that a pool never has it twice.
 */
function ignore(): void {}
