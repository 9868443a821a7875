import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from "kysely";
import { CommitInDoubt } from "./engine.js";
import type { SqliteConnection } from "./sqlite-connection.js";
import { isDiskError } from "./sqlite-error.js";

/**
 * Kysely's SQLite, over a connection of any of the drivers. Kysely's own driver begins transactions that lock late, waits
 * where SQLite is busy, throws the failure of a rollback in place of what went before, and knows no node:sqlite.
 */
export function sqliteDialect(connection: SqliteConnection, timeoutMs: number): Dialect {
  return {
    createDriver: () => new SqliteDriver(connection, timeoutMs),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;
  readonly #timeoutMs: number;

  constructor(connection: SqliteConnection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  async init(): Promise<void> {}

  /** Nothing is held until a transaction begins. */
  async acquireConnection(): Promise<Lease> {
    return new Lease(this.#connection, performance.now() + this.#timeoutMs);
  }

  async beginTransaction(lease: Lease, settings: TransactionSettings): Promise<void> {
    await lease.begin(settings.accessMode === "read only" ? "read" : "write");
  }

  async commitTransaction(lease: Lease): Promise<void> {
    await lease.commit();
  }

  async rollbackTransaction(lease: Lease): Promise<void> {
    lease.rollback();
  }

  async releaseConnection(): Promise<void> {}

  /** The connection is somebody else's, and stays open. */
  async destroy(): Promise<void> {}
}

/** The connection, for one transaction or statement. */
class Lease implements DatabaseConnection {
  readonly #connection: SqliteConnection;
  readonly #deadline: number;
  #inTransaction = false;

  constructor(connection: SqliteConnection, deadline: number) {
    this.#connection = connection;
    this.#deadline = deadline;
  }

  async begin(purpose: "read" | "write"): Promise<void> {
    await this.#connection.begin(purpose, this.#deadline);
    this.#inTransaction = true;
  }

  async commit(): Promise<void> {
    try {
      await this.#connection.commit(this.#deadline);
    } catch (error) {
      // The end of the transaction may be on the disk, to be found when the file is next opened.
      if (isDiskError(error)) throw new CommitInDoubt("the disk failed during a commit", { cause: error });
      throw error;
    }
    this.#inTransaction = false;
  }

  rollback(): void {
    this.#connection.rollback();
    this.#inTransaction = false;
  }

  /** A statement outside a transaction gets one of its own. */
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#inTransaction) return this.#run(query);
    await this.begin(SelectQueryNode.is(query.query) ? "read" : "write");
    try {
      const result = this.#run<R>(query);
      await this.commit();
      return result;
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  // biome-ignore lint/correctness/useYield: it has nothing to give.
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error("rows are not streamed from SQLite here; read them in pages");
  }

  #run<R>(query: CompiledQuery): QueryResult<R> {
    const { rows, changes } = this.#connection.run(query.sql, query.parameters, givesRows(query));
    // What the rows are is known to whoever wrote the query, and to nobody else.
    return { rows: rows as R[], ...(changes === undefined ? {} : { numAffectedRows: changes }) };
  }
}

/** Whether a query gives rows. A text of somebody's own may. */
function givesRows({ query }: CompiledQuery): boolean {
  const { kind } = query;
  const changes = kind === "InsertQueryNode" || kind === "UpdateQueryNode" || kind === "DeleteQueryNode";
  return !changes || query.returning !== undefined;
}
