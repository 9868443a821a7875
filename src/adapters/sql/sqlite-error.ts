/** The primary result codes that matter here. https://sqlite.org/rescode.html */
const names: ReadonlyMap<number, string> = new Map([
  [5, "SQLITE_BUSY"],
  [6, "SQLITE_LOCKED"],
  [8, "SQLITE_READONLY"],
  [10, "SQLITE_IOERR"],
  [14, "SQLITE_CANTOPEN"],
  [15, "SQLITE_PROTOCOL"],
]);

/** The connection cannot be used now, for a reason that SQLite knows nothing of. */
export class SqliteAway extends Error {
  override readonly name = "SqliteAway";
}

/** Somebody else has a transaction open on the very connection: what is done now would become a part of it. */
export class SqliteOccupied extends SqliteAway {}

/** Whether another connection holds a lock, or somebody else has a transaction open on this one: it may be gone in a moment. */
export function isBusy(error: unknown): boolean {
  return error instanceof SqliteOccupied || /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(sqliteCodeOf(error));
}

/** Whether the disk failed, so that it is not known what will be found on it. */
export function isDiskError(error: unknown): boolean {
  return sqliteCodeOf(error).startsWith("SQLITE_IOERR");
}

/** Whether the file could not be reached, in contrast to a database that refuses: one that is full, read-only or no database. */
export function isAway(error: unknown): boolean {
  if (error instanceof SqliteAway || isBusy(error) || isDiskError(error)) return true;
  return sqliteCodeOf(error).startsWith("SQLITE_CANTOPEN");
}

/** The name of the result code. node:sqlite gives the number, in `errcode`; its low byte is the primary code. */
export function sqliteCodeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("errcode" in error && typeof error.errcode === "number") return names.get(error.errcode & 0xff) ?? "";
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
