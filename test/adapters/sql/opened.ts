import pg from "pg";
import { afterEach } from "vitest";
import { type PostgresStoreOptions, postgresStore } from "../../../src/adapters/sql/index.js";
import type { FlagStore } from "../../../src/store/flag-store.js";

/** What a test opens: closed after it, the last first. */
export class Opened {
  readonly #open: { end(): Promise<void> }[] = [];

  constructor() {
    afterEach(async () => {
      for (const opened of this.#open.splice(0).reverse()) await opened.end();
    });
  }

  add<T extends { end(): Promise<void> }>(opened: T): T {
    this.#open.push(opened);
    return opened;
  }

  pool(connectionString: string, options: pg.PoolConfig = {}): pg.Pool {
    return this.add(new pg.Pool({ connectionString, ...options }));
  }

  store(options: PostgresStoreOptions): FlagStore {
    const store = postgresStore(options);
    this.add({ end: () => store.close() });
    return store;
  }
}
