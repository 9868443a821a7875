import type Database from "libsql";
import pg from "pg";
import type { Freezer } from "./freezer.js";
import { overlaid } from "./overlaid.js";

/** A class of PostgreSQL clients whose statements the freezer follows. */
export function freezingClient(freezer: Freezer): new () => pg.Client {
  return class extends pg.Client {
    override query(...words: unknown[]): never {
      const sql = textOf(words[0]);
      freezer.before(sql);
      const asked: unknown = Reflect.apply(super.query, this, words);
      // A commit's bytes are with the kernel when `query` has returned; what it answers is not read any more.
      if (/^\s*commit/i.test(sql)) freezer.after(sql);
      else if (asked instanceof Promise) return asked.then((result) => settled(freezer, sql, result)) as never;
      return asked as never;
    }
  };
}

function settled<T>(freezer: Freezer, sql: string, result: T): T {
  freezer.after(sql);
  return result;
}

function textOf(query: unknown): string {
  if (typeof query === "string") return query;
  const { text } = Object(query) as { text?: unknown };
  return typeof text === "string" ? text : "";
}

/** Puts the freezer around a SQLite database, which does everything at once. */
export function freezingDatabase(freezer: Freezer): (database: Database.Database) => Database.Database {
  const followed = <T>(sql: string, run: () => T): T => {
    freezer.before(sql);
    return settled(freezer, sql, run());
  };
  return (database) =>
    overlaid(database, {
      exec: (sql: string) => followed(sql, () => database.exec(sql)),
      prepare: (sql: string) => {
        const statement = database.prepare(sql);
        const method = (name: "run" | "all" | "get") => ({
          [name]: (...values: unknown[]) => followed(sql, () => Reflect.apply(statement[name], statement, values)),
        });
        return overlaid(statement, { ...method("run"), ...method("all"), ...method("get") });
      },
    });
}
