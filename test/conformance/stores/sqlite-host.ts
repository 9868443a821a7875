import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SqliteDatabase } from "../../../src/adapters/sql/sqlite-database.js";
import { sqliteStore } from "../../../src/adapters/sql/sqlite-store.js";
import type { StoreHost } from "../../../src/adapters/testing/store-host.js";

/** A connection as every driver has it. */
export type OpenDatabase = (path: string) => SqliteDatabase & { close(): unknown };

/** A file of its own; each store has a connection of its own, as each process has. */
export function sqliteFile(openDatabase: OpenDatabase): StoreHost {
  const folder = mkdtempSync(join(tmpdir(), "burgee-sqlite-"));
  const databases: ReturnType<OpenDatabase>[] = [];
  return {
    store: (namespace) => {
      const database = openDatabase(join(folder, "flags.db"));
      databases.push(database);
      return sqliteStore({ database, namespace, pollMs: 10 });
    },
    close: () => {
      for (const database of databases) database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A database in memory: all stores share its one connection. */
export function sqliteMemory(openDatabase: OpenDatabase): StoreHost {
  const database = openDatabase(":memory:");
  return {
    store: (namespace) => sqliteStore({ database, namespace, pollMs: 10 }),
    close: () => void database.close(),
  };
}
