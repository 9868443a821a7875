import { clientError, within } from "./connection-lost.js";

/** What burgee needs of a `pg.Pool`. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
  on(event: "error", listener: (error: Error) => void): unknown;
  listeners(event: "error"): readonly unknown[];
  /** `max` tells how many connections it may open, where it is known. */
  readonly options?: { readonly max?: number | undefined } | undefined;
}

/** What burgee needs of a connection that a `pg.Pool` gives. */
export interface PostgresClient {
  /** Of several statements in one text `pg` gives an answer for each. */
  query<R>(sql: string, values?: unknown[]): Promise<PostgresAnswer<R> | PostgresAnswer<R>[]>;
  on(
    event: "notification",
    listener: (message: { readonly channel: string; readonly payload?: string | undefined }) => void,
  ): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
  /** Gives the connection back; with `true` it is ended instead. */
  release(destroy?: boolean): void;
}

export interface PostgresAnswer<R> {
  readonly rowCount: number | null;
  readonly rows: R[];
}

/** The answers to a text of statements, one for each. */
export function answersOf<R>(answer: PostgresAnswer<R> | PostgresAnswer<R>[]): readonly PostgresAnswer<R>[] {
  return Array.isArray(answer) ? answer : [answer];
}

/** Takes a connection from the pool, within a time. One that comes too late is given back. */
export async function connectWithin(pool: PostgresPool, timeoutMs: number): Promise<PostgresClient> {
  let isLate = false;
  const connect = async () => {
    const client = await pool.connect();
    if (isLate) client.release();
    return client;
  };
  try {
    return await within(connect(), timeoutMs, "the pool gave no connection");
  } catch (error) {
    isLate = true;
    throw clientError(error);
  }
}
