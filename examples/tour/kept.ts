import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type FlagStore, MemoryStore } from "burgee";

/** Where what one toggles is kept. */
export interface Kept {
  readonly store: FlagStore;
  /** For people: a path, or that it is forgotten. */
  readonly place: string;
  /** Why it is not kept, where it is not. */
  readonly notice: string | undefined;
  close(): Promise<void>;
}

/** An SQLite store, and how to close the database under it. */
export type OpenSqlite = (file: string, namespace: string) => Promise<Pick<Kept, "store" | "close">>;

/**
 * Opens an SQLite file in the folder, with a namespace for each environment. Where that is not possible it says why, and what
 * one toggles is kept in memory: a tour that does not start shows nothing.
 */
export async function openKept(folder: string, namespace: string, open: OpenSqlite = openSqlite): Promise<Kept> {
  const file = join(folder, "tour.db");
  try {
    mkdirSync(folder, { recursive: true });
    return { ...(await open(file, namespace)), place: file, notice: undefined };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      store: new MemoryStore({ namespace }),
      place: "memory, until the tour ends",
      notice: `SQLite cannot be used, so what you toggle is forgotten when the tour ends: ${why}`,
      close: () => Promise.resolve(),
    };
  }
}

/** libsql brings its engine along for each system; where it has none, importing it fails. */
async function openSqlite(file: string, namespace: string): Promise<Pick<Kept, "store" | "close">> {
  const [{ sqliteStore }, { default: Database }] = await Promise.all([import("burgee/sql"), import("libsql")]);
  const database = new Database(file);
  const store = sqliteStore({ database, namespace });
  const close = async () => {
    await store.close();
    database.close();
  };
  return { store, close };
}
