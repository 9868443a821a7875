import { BurgeeError } from "../../errors.js";
import { checkCall } from "../../flags/check-call.js";
import type { FlagStore } from "../../store/flag-store.js";
import { SqlStore } from "./sql-store.js";
import type { SqliteDatabase } from "./sqlite-database.js";
import { SqliteEngine } from "./sqlite-engine.js";

export interface SqliteStoreOptions {
  /** An open connection that nobody else uses: `new Database(path)` of libsql or better-sqlite3, `new DatabaseSync(path)` of node:sqlite. */
  readonly database: SqliteDatabase;
  /** Several applications share a file by a namespace for each. `default` unless given. */
  readonly namespace?: string | undefined;
  /** False where somebody applies `migrationSql("sqlite")` by hand. True unless given. */
  readonly migrate?: boolean | undefined;
  /** How often to look for the commits of other connections and processes, in milliseconds. 100 unless given. */
  readonly pollMs?: number | undefined;
  /** For how long to ask again while somebody else has the file locked, in milliseconds. 5,000 unless given. */
  readonly timeoutMs?: number | undefined;
}

const DEFAULTS = { namespace: "default", migrate: true, pollMs: 100, timeoutMs: 5_000 };

/**
 * A store in a SQLite file, for the processes of one host. A commit of one process is seen by the others after `pollMs` at
 * most, and a few milliseconds. Needs the package kysely, and a driver of your choice: libsql 0.5, better-sqlite3 12, or
 * node:sqlite.
 *
 * The connection is set to `journal_mode = WAL`, `synchronous = FULL` and `busy_timeout = 0`: drivers are synchronous, so
 * where SQLite waited for a lock nobody could be answered; instead the store asks again, between other work. It never takes
 * part in a transaction that somebody else has open on the connection. It waits for the end of it, as for any lock, and then
 * rejects with `STORE_UNAVAILABLE`; so give it a connection of its own. `close` leaves the connection open.
 *
 * A database in memory (`:memory:`) works, and belongs to its one connection: no other process or connection sees it, and it
 * is gone with it. Where the file was replaced under the connection, by a backup, every call rejects with `STORE_UNAVAILABLE`
 * until it is opened again. A file on a network drive is not safe, because WAL needs memory that the processes share.
 *
 * @throws BurgeeError `INVALID_OPTIONS`
 *
 * @example
 * import Database from "libsql";
 *
 * const database = new Database("flags.db");
 * const store = sqliteStore({ database, namespace: "shop" });
 * const flags = createFlags(registry, { store });
 * await flags.ready();
 * await flags.setFlag("new_checkout", true, { actor: "anna" });
 * await flags.close();
 * await store.close();
 * database.close();
 */
export function sqliteStore(options: SqliteStoreOptions): FlagStore {
  checkCall(options, ["database", "namespace", "migrate", "pollMs", "timeoutMs"], "sqliteStore");
  const { database, namespace = DEFAULTS.namespace, migrate = DEFAULTS.migrate } = options;
  const { pollMs = DEFAULTS.pollMs, timeoutMs = DEFAULTS.timeoutMs } = options;
  if (typeof database?.prepare !== "function" || typeof database.exec !== "function") {
    const expected = 'an open connection, such as new Database("flags.db") of libsql';
    throw new BurgeeError("INVALID_OPTIONS", `sqliteStore's option database must be ${expected}.`);
  }
  checkTime("pollMs", pollMs);
  checkTime("timeoutMs", timeoutMs);
  return new SqlStore({ engine: new SqliteEngine({ database, pollMs, timeoutMs }), namespace, migrate, timeoutMs });
}

function checkTime(option: string, ms: number): void {
  if (Number.isFinite(ms) && ms >= 1 && ms < 2 ** 31) return;
  throw new BurgeeError("INVALID_OPTIONS", `sqliteStore's option ${option} must be a number of milliseconds from 1.`);
}
