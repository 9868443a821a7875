import { wholeNumber } from "../../changes/audit-query.js";
import { checkCall } from "../../flags/check-call.js";
import type { FlagStore } from "../../store/flag-store.js";
import { PostgresEngine } from "./postgres-engine.js";
import { checkPool } from "./postgres-listener.js";
import type { PostgresPool } from "./postgres-pool.js";
import { SqlStore } from "./sql-store.js";

/** Neither PostgreSQL's settings nor Node's timers take more milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

export interface PostgresStoreOptions {
  /**
   * A `pg.Pool` of at least two connections, one of which is kept to listen for changes, for all stores on the pool. It stays the caller's: end it
   * after the store. That an idle connection broke no longer ends the process, because the store listens for the pool's `error`
   * events; listen too where you want to know of them. It must reach PostgreSQL directly, or through a pooler in session mode: one in transaction mode loses the
   * notifications, so that changes are seen only when the store is asked again (`pollMs` of `createFlags`).
   */
  readonly pool: PostgresPool;
  /** Several applications share a database by a namespace for each. `default` unless given. */
  readonly namespace?: string | undefined;
  /** Whether the store makes its tables at the first call. `true` unless given; see `migrationSql` for making them by hand. */
  readonly migrate?: boolean | undefined;
  /**
   * How long a connection may take for one transaction, with the wait for it, in milliseconds; then it is ended, and the call
   * rejects with `STORE_UNAVAILABLE`. 5,000 unless given. No call takes much more than twice as long.
   */
  readonly timeoutMs?: number | undefined;
}

/**
 * A store for a fleet, in PostgreSQL 12 or newer. The tables are made in the first schema of the connection's `search_path`.
 *
 * @throws BurgeeError `INVALID_OPTIONS` for a pool of one connection, an option that there is not, or a namespace or time that cannot
 * be used
 *
 * @example
 * import pg from "pg";
 * import { createFlags } from "burgee";
 * import { postgresStore } from "burgee/sql";
 *
 * const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
 * const store = postgresStore({ pool, namespace: "shop" });
 * const flags = createFlags(registry, { store });
 * await flags.ready();
 * // …
 * await flags.close();
 * await store.close();
 * await pool.end();
 */
export function postgresStore(options: PostgresStoreOptions): FlagStore {
  checkCall(options, ["pool", "namespace", "migrate", "timeoutMs"], "postgresStore");
  const { pool, namespace = "default", migrate = true } = options;
  const timeoutMs = Math.min(wholeNumber(options.timeoutMs ?? 5_000, "store's timeoutMs", 1), LONGEST_MS);
  checkPool(pool);
  return new SqlStore({ engine: new PostgresEngine(pool, timeoutMs), namespace, migrate, timeoutMs });
}
