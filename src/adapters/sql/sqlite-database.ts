/**
 * A SQLite connection, as far as it is used. `Database` of libsql 0.5 and of better-sqlite3 12 fits, and so does
 * `DatabaseSync` of node:sqlite.
 */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
  /** Of libsql and better-sqlite3: whether a transaction is open. */
  readonly inTransaction?: boolean | undefined;
  /** The same, of node:sqlite. */
  readonly isTransaction?: boolean | undefined;
  /** Of libsql and better-sqlite3: false once it was closed. (Of node:sqlite a method, which is never called.) */
  readonly open?: unknown;
  /** Of node:sqlite: false once it was closed. */
  readonly isOpen?: boolean | undefined;
}

/** A prepared statement. */
export interface SqliteStatement {
  /** Of libsql and better-sqlite3, which take parameters as an array: whether it gives rows. Absent in node:sqlite, which takes them one by one. */
  readonly reader?: boolean | undefined;
  all(...parameters: readonly unknown[]): unknown[];
  run(...parameters: readonly unknown[]): { readonly changes: number | bigint };
}

export function isClosed(database: SqliteDatabase): boolean {
  return database.open === false || database.isOpen === false;
}

/** Whether somebody has a transaction open. Never asked of a closed one: libsql then ends the process. */
export function isInTransaction(database: SqliteDatabase): boolean {
  return database.inTransaction === true || database.isTransaction === true;
}

/** What a statement gave: `rows` of those that give any, else how many rows it changed. */
export interface SqliteAnswer {
  readonly rows: readonly unknown[];
  readonly changes?: bigint | undefined;
}

/** Prepares and runs a statement. `gives` says whether it gives rows, for drivers that do not know it. */
export function runStatement(
  database: SqliteDatabase,
  sql: string,
  parameters: readonly unknown[],
  gives: boolean,
): SqliteAnswer {
  const statement = database.prepare(sql);
  const given = statement.reader === undefined ? parameters : [parameters];
  if (statement.reader ?? gives) return { rows: statement.all(...given) };
  return { rows: [], changes: BigInt(statement.run(...given).changes) };
}
