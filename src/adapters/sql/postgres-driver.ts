import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from "kysely";
import { messageOf } from "../../errors.js";
import { ConnectionLost, clientError, isUnavailable } from "./connection-lost.js";
import { CommitInDoubt } from "./engine.js";
import { withLiterals } from "./postgres-literals.js";
import {
  answersOf,
  connectWithin,
  type PostgresAnswer,
  type PostgresClient,
  type PostgresPool,
} from "./postgres-pool.js";
import { codeOf } from "./store-error.js";

/**
 * A user's pool as Kysely uses it. From asking for a connection until it is given back no more than a certain time may go by;
 * then the connection is ended, so that a server which hangs, hangs nobody. The pool itself stays open. What is given up here the
 * server gives up too, after as long: else reads that wait for a lock would go on there, and pile up.
 */
export class PostgresDriver implements Driver {
  readonly #pool: PostgresPool;
  readonly #timeoutMs: number;

  constructor(pool: PostgresPool, timeoutMs: number) {
    this.#pool = pool;
    this.#timeoutMs = timeoutMs;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PostgresConnection> {
    const until = performance.now() + this.#timeoutMs;
    const client = await connectWithin(this.#pool, this.#timeoutMs);
    return new PostgresConnection(client, this.#timeoutMs, until - performance.now());
  }

  async beginTransaction(connection: PostgresConnection): Promise<void> {
    connection.begin();
  }

  async commitTransaction(connection: PostgresConnection): Promise<void> {
    try {
      await connection.end("COMMIT");
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      throw new CommitInDoubt("the connection was lost during COMMIT");
    }
  }

  /** A server that cannot hear it rolls back by itself, so what went wrong before is told, and not this. */
  async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    await connection.end("ROLLBACK").catch((error: unknown) => {
      connection.abandon(new ConnectionLost(messageOf(error)));
    });
  }

  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {}
}

/** A connection, from the pool and back again. */
class PostgresConnection implements DatabaseConnection {
  readonly #client: PostgresClient;
  readonly #timeoutMs: number;
  readonly #timer: NodeJS.Timeout;
  /** `begun` as soon as the server was told so. */
  #transaction: "none" | "beginning" | "begun" = "none";
  #lost: ConnectionLost | undefined;
  /** Ends the wait for the present statement. */
  #giveUp: (error: ConnectionLost) => void = () => {};
  #released = false;

  constructor(client: PostgresClient, timeoutMs: number, remainingMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    // A connection that breaks between two statements says so only here, and where nobody listens the process ends.
    client.on("error", this.#onError);
    const late = () => this.abandon(new ConnectionLost(`the database did not answer within ${timeoutMs} ms`));
    this.#timer = setTimeout(late, remainingMs);
  }

  /** Begins a transaction with the next statement, in one message. */
  begin(): void {
    this.#transaction = "beginning";
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const before = this.#before();
    const asked =
      before === undefined
        ? this.#ask<R>(sql, [...parameters])
        : this.#ask<R>([...before, withLiterals(sql, parameters)].join("; "));
    const { rows, rowCount } = await asked;
    return rowCount === null ? { rows } : { rows, numAffectedRows: BigInt(rowCount) };
  }

  /** Ends the transaction, where it has begun. */
  async end(how: "COMMIT" | "ROLLBACK"): Promise<void> {
    if (this.#transaction === "begun") await this.#ask(how);
  }

  // biome-ignore lint/correctness/useYield: the port has it, and nobody here reads in streams
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error("this connection does not stream");
  }

  /** Ends the connection, and with it the statement that is being waited for. */
  abandon(error: ConnectionLost): void {
    this.#lost ??= error;
    this.#giveUp(this.#lost);
    this.release();
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    clearTimeout(this.#timer);
    this.#client.release(this.#lost !== undefined);
    this.#client.removeListener("error", this.#onError);
  }

  /**
   * What goes to the server in one message with the next statement. Outside a transaction there are only reads: they change
   * nothing, and take their limit with them. A transaction takes limits for all of it: where this process freezes or is cut off, it
   * ends, and lets go the row for which the whole fleet waits.
   */
  #before(): readonly string[] | undefined {
    if (this.#transaction === "begun") return undefined;
    const limit = `SET LOCAL statement_timeout = ${this.#timeoutMs}`;
    if (this.#transaction === "none") return [limit];
    this.#transaction = "begun";
    const idle = `SET LOCAL idle_in_transaction_session_timeout = ${this.#timeoutMs}`;
    return ["BEGIN ISOLATION LEVEL READ COMMITTED", limit, idle];
  }

  async #ask<R>(sql: string, values?: unknown[]): Promise<PostgresAnswer<R>> {
    if (this.#lost !== undefined) throw this.#lost;
    try {
      const answer = await new Promise<PostgresAnswer<R> | PostgresAnswer<R>[]>((resolve, reject) => {
        this.#giveUp = reject;
        this.#client.query<R>(sql, values).then(resolve, reject);
      });
      return answersOf(answer).at(-1) ?? { rows: [], rowCount: null };
    } catch (error) {
      const told = clientError(error);
      if (told instanceof ConnectionLost) this.abandon(told);
      throw told;
    }
  }

  readonly #onError = (error: Error): void => {
    this.abandon(new ConnectionLost(messageOf(error), codeOf(error)));
  };
}
