import type { FlagStore } from "burgee";
import { postgresStore, sqliteStore } from "burgee/sql";
import Database from "libsql";
import pg from "pg";

/** Which store a process opens. */
export type StorePlace =
  | { readonly kind: "postgres"; readonly url: string; readonly namespace?: string | undefined }
  | { readonly kind: "sqlite"; readonly path: string };

/** What may stand between a store and its database, to see what is done. */
export interface Between {
  readonly Client?: (new () => pg.Client) | undefined;
  readonly database?: ((database: Database.Database) => Database.Database) | undefined;
}

/** Opens it as an application would, with the defaults. */
export function openStore(place: StorePlace, between: Between = {}): FlagStore {
  if (place.kind === "sqlite") {
    const database = new Database(place.path);
    return sqliteStore({ database: between.database?.(database) ?? database });
  }
  const { Client } = between;
  const pool = new pg.Pool({ connectionString: place.url, ...(Client === undefined ? {} : { Client }) });
  return postgresStore({ pool, namespace: place.namespace ?? "default" });
}
