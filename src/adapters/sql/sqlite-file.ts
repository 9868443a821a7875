import type { SqliteDatabase } from "./sqlite-database.js";
import { SqliteAway } from "./sqlite-error.js";

/**
 * The file behind a connection. A connection goes on with the file that it opened, though its name leads to another one meanwhile,
 * as after a backup was put in its place: what is committed then is in no file that anybody will open again.
 */
export class SqliteFile {
  readonly #path: string;
  readonly #identity: string | undefined;

  /** The file as its name leads to it now. A database in memory has no file, and a driver may have files of another kind. */
  constructor(database: SqliteDatabase) {
    const attached = database.prepare("PRAGMA database_list").all();
    const main = attached.map((row) => Object(row)).find(({ name }) => name === "main");
    this.#path = typeof main?.file === "string" ? main.file : "";
    this.#identity = this.#path === "" ? undefined : identityOf(this.#path);
  }

  /** @throws SqliteAway where the name leads to another file, or to none */
  check(): void {
    if (this.#identity === undefined || identityOf(this.#path) === this.#identity) return;
    throw new SqliteAway("the file was replaced or removed; open it again, and make a store of the new connection");
  }
}

/** The same for two names of one file, and another one for another file. */
function identityOf(path: string): string | undefined {
  const stats = process.getBuiltinModule("node:fs").statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}
