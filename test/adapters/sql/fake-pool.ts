import { EventEmitter } from "node:events";
import type { PostgresAnswer, PostgresClient, PostgresPool } from "../../../src/adapters/sql/index.js";

/** What the server answers to a statement: rows, or an error that it throws. */
export type Answers = (sql: string) => readonly unknown[] | Promise<readonly unknown[]>;

/** A database in which a store finds its tables and an empty namespace. */
export const emptyDatabase: Answers = (sql) => {
  if (sql.includes('"burgee_migrations"')) return [{ version: 1 }, { version: 2 }];
  if (sql.includes('"burgee_keys"')) return [{ key: Buffer.alloc(32).toString("base64") }];
  if (sql.includes("pg_notify")) return [{ saved: ["new_checkout"] }];
  if (sql.includes('update "burgee_namespaces"')) return [{ revision: "1", head_hash: "0".repeat(64) }];
  return [];
};

/** A server's error, as `pg` throws it. */
export class ServerError extends Error {
  readonly severity = "ERROR";
  readonly code: string;
  readonly detail: string;

  constructor(code: string, message = "no", detail = "") {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

export class FakeClient extends EventEmitter implements PostgresClient {
  readonly statements: string[] = [];
  /** How it was given back: true where it was ended. */
  readonly released: boolean[] = [];
  readonly #answers: Answers;

  constructor(answers: Answers) {
    super();
    this.#answers = answers;
  }

  async query<R>(sql: string): Promise<PostgresAnswer<R>> {
    this.statements.push(sql);
    const rows = await this.#answers(sql);
    return { rows: [...rows] as R[], rowCount: rows.length };
  }

  release(destroy = false): void {
    this.released.push(destroy);
  }
}

/** A pool of one client, or of none. */
export class FakePool extends EventEmitter implements PostgresPool {
  readonly client: FakeClient;
  connecting: () => Promise<PostgresClient>;

  constructor(answers: Answers = emptyDatabase) {
    super();
    this.client = new FakeClient(answers);
    this.connecting = async () => this.client;
  }

  connect(): Promise<PostgresClient> {
    return this.connecting();
  }
}
