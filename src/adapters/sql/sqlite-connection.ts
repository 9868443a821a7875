import { isClosed, isInTransaction, runStatement, type SqliteAnswer, type SqliteDatabase } from "./sqlite-database.js";
import { isBusy, SqliteAway, SqliteOccupied } from "./sqlite-error.js";
import { SqliteFile } from "./sqlite-file.js";

/** A transaction that reads sees one state of the file; one that writes keeps other writers out from its first moment. */
export type Purpose = "read" | "write";

/** What is done once for each connection, before anything else. A file that is shared needs all three. */
const PREPARATIONS = ["PRAGMA busy_timeout = 0", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"];
/** Somebody else's transaction takes milliseconds, or far longer than anybody waits. */
const LONGEST_PAUSE_MS = 25;

const connections = new WeakMap<SqliteDatabase, SqliteConnection>();

/** The one queue of a connection, however many stores were given it. */
export function connectionOf(database: SqliteDatabase): SqliteConnection {
  const known = connections.get(database) ?? new SqliteConnection(database);
  connections.set(database, known);
  return known;
}

/**
 * A SQLite connection that is used by one transaction at a time. The driver is synchronous, so nothing here ever lets SQLite
 * wait: where another connection holds a lock, the event loop goes on and it is asked again.
 *
 * Transactions begin and end by `exec`, and everything else runs within one. A statement of libsql that was refused for a
 * lock stays in progress until it is garbage collected; as long as it does, no other statement of the connection is
 * committed by itself, though the driver says so. `exec` leaves nothing in progress, and within a transaction that has its
 * lock no statement is refused one.
 */
export class SqliteConnection {
  readonly database: SqliteDatabase;
  /** Whom to tell of commits. */
  readonly #listeners = new Set<() => void>();
  readonly #waiting: (() => void)[] = [];
  #taken = false;
  /** Known once the connection is prepared. */
  #file: SqliteFile | undefined;
  /** What the transaction that is open is for. */
  #purpose: Purpose = "read";

  constructor(database: SqliteDatabase) {
    this.database = database;
  }

  /**
   * Begins a transaction when nobody else has one open here, and asks again until the deadline (by `performance.now()`) where
   * another connection has. Others have their turn between two attempts: a reader need not wait for a writer that waits.
   */
  async begin(purpose: Purpose, deadline: number): Promise<void> {
    for (let pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      await this.#turn();
      try {
        this.#attempt(purpose);
        this.#purpose = purpose;
        return;
      } catch (error) {
        this.#release();
        if (!isBusy(error) || performance.now() >= deadline) throw error;
      }
      await atRandom(pause);
    }
  }

  /** Commits, and tells the listeners where something may have been written. What fails is left to be rolled back. */
  async commit(deadline: number): Promise<void> {
    // Only without WAL are there readers to wait for.
    for (let done = false; !done; ) {
      try {
        this.database.exec("COMMIT");
        done = true;
      } catch (error) {
        this.#checkOpen();
        if (!isBusy(error) || performance.now() >= deadline) throw error;
        await atRandom(LONGEST_PAUSE_MS);
      }
    }
    const purpose = this.#purpose;
    this.#release();
    if (purpose === "write") for (const tell of [...this.#listeners]) tell();
  }

  /** Never throws: SQLite rolls back by itself where the disk is full, and then there is nothing left to roll back. */
  rollback(): void {
    this.#undo();
    this.#release();
  }

  /** Runs a statement in the transaction that is open. `gives` says whether it gives rows, for drivers that do not know it. */
  run(statement: string, parameters: readonly unknown[], gives: boolean): SqliteAnswer {
    this.#checkOpen();
    return runStatement(this.database, statement, parameters, gives);
  }

  /** Runs a statement that gives rows, in a transaction of its own. */
  async read(statement: string, timeoutMs: number): Promise<SqliteAnswer> {
    await this.begin("read", performance.now() + timeoutMs);
    try {
      return this.run(statement, [], true);
    } finally {
      this.rollback();
    }
  }

  /** Calls `tell` at each commit of this connection, until the function that it gives is called. */
  listen(tell: () => void): () => void {
    // One of its own for each call, so that a function that listens twice is told twice.
    const listener = () => tell();
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Waits until no transaction is open here. The event loop has a turn as well, each time: a commit waits for the disk, and
   * many of them in a row would hold everything up.
   */
  async #turn(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#taken = true;
    await new Promise(setImmediate);
  }

  /** Gives the turn to whoever waited longest. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken = false;
    else next();
  }

  #attempt(purpose: Purpose): void {
    this.#check();
    if (this.#file === undefined) for (const statement of PREPARATIONS) this.database.exec(statement);
    this.#file ??= new SqliteFile(this.database);
    this.#file.check();
    if (purpose === "write") this.database.exec("BEGIN IMMEDIATE");
    else this.#beginReading();
  }

  /** The first statement takes the lock, so that no later one is refused it. */
  #beginReading(): void {
    this.database.exec("BEGIN");
    try {
      this.database.exec("SELECT 1 FROM sqlite_schema LIMIT 1");
    } catch (error) {
      this.#undo();
      throw error;
    }
  }

  #undo(): void {
    try {
      this.database.exec("ROLLBACK");
    } catch {
      // What went wrong before is what matters, and is being thrown.
    }
  }

  /** A driver says of a closed connection what it likes. */
  #checkOpen(): void {
    if (isClosed(this.database)) throw new SqliteAway("the connection was closed by whoever opened it");
  }

  #check(): void {
    this.#checkOpen();
    if (!isInTransaction(this.database)) return;
    throw new SqliteOccupied(
      "somebody else has a transaction open on the connection; open one that nobody else uses, and give the store that",
    );
  }
}

/** Waits about so long: at random, so that those who wait for the same lock do not meet again. */
function atRandom(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms * (0.5 + Math.random())));
}
