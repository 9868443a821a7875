import type { Kysely, Transaction } from "kysely";
import type { StoreListener, StoreSubscription } from "../../store/flag-store.js";
import type { AuditRow, Tables } from "./tables.js";

/** What differs between databases. Everything else is said once, in SQL that both understand. */
export interface SqlEngine {
  readonly name: "postgres" | "sqlite";
  readonly db: Kysely<Tables>;
  /**
   * Runs the work in a transaction that may write. What the work throws rolls back and comes out as it is. A database that is
   * busy with somebody else's transaction is asked again, without blocking the event loop.
   *
   * @throws CommitInDoubt where the work was done and it is not known whether it was committed
   */
  transaction<R>(work: (transaction: Transaction<Tables>) => Promise<R>): Promise<R>;
  /** Runs the work while no other process runs such work, for migrations; in a transaction. */
  alone<R>(work: (transaction: Transaction<Tables>) => Promise<R>): Promise<R>;
  /** What listeners are told by the statement that writes a change. Those of SQLite are told nothing: they watch the file. */
  notice?(change: AuditRow): string;
  subscribe(namespace: string, listener: StoreListener): Promise<StoreSubscription>;
  /** Whether the database could not be reached, in contrast to one that refused. */
  isUnavailable(error: unknown): boolean;
  /** Ends what the engine opened itself; the client that it was given stays open. */
  close(): Promise<void>;
}

/** The work was done, and nobody knows whether it was committed. */
export class CommitInDoubt extends Error {
  override readonly name = "CommitInDoubt";
}
