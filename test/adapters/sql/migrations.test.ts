import Database from "libsql";
import { describe, expect, test } from "vitest";
import { migrationSql, sqliteStore } from "../../../src/adapters/sql/index.js";
import { describePostgres } from "../../fixtures/postgres.js";
import { set } from "./commands.js";
import { Opened } from "./opened.js";

await describePostgres(
  "migrations of PostgreSQL",
  (server) => {
    const opened = new Opened();
    const applied = (database: string) => server.query("SELECT version, name FROM burgee_migrations", [], database);

    /** Columns and indexes, as PostgreSQL tells them. */
    async function schemaOf(database: string): Promise<unknown> {
      const columns = `SELECT table_name, column_name, data_type, is_nullable, collation_name, ordinal_position
      FROM information_schema.columns WHERE table_name LIKE 'burgee%' ORDER BY table_name, ordinal_position`;
      const indexes = "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'burgee%' ORDER BY indexname";
      return [await server.query(columns, [], database), await server.query(indexes, [], database)];
    }

    test("ten instances that start at once make the tables once", async () => {
      const database = await server.database();
      const stores = Array.from({ length: 10 }, () => opened.store({ pool: opened.pool(server.url(database)) }));
      const loaded = await Promise.all(stores.map((store) => store.load()));
      expect(loaded.every(({ head }) => head.revision === 0)).toBe(true);
      expect(await applied(database)).toEqual([
        { version: 1, name: "overrides, audit and usage" },
        { version: 2, name: "keys of notifications" },
      ]);
    });

    test("the printed SQL makes the same tables, and may be applied again", async () => {
      const [byHand, byStore] = [await server.database(), await server.database()];
      const store = opened.store({ pool: opened.pool(server.url(byHand)), migrate: false });
      const error = await store.load().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "STORE_SCHEMA" });
      expect(String(error)).toMatch(/lacks burgee's migration 1 .*migrate: false.*migrationSql\("postgres"\)/);
      await server.query(migrationSql("postgres"), [], byHand);
      await server.query(migrationSql("postgres"), [], byHand);
      expect(await set(store)).toMatchObject({ outcome: "committed" });
      await opened.store({ pool: opened.pool(server.url(byStore)) }).load();
      expect(await schemaOf(byHand)).toEqual(await schemaOf(byStore));
      expect(await applied(byHand)).toEqual(await applied(byStore));
    });

    test("a newer schema is fine, and tables that go away are made anew", async () => {
      const database = await server.database();
      const store = opened.store({ pool: opened.pool(server.url(database)) });
      await store.load();
      await server.query("INSERT INTO burgee_migrations VALUES (99, 'of a later version', 0)", [], database);
      expect(await opened.store({ pool: opened.pool(server.url(database)), migrate: false }).load()).toBeDefined();
      for (const { name } of await server.query(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_name LIKE 'burgee%'",
        [],
        database,
      ))
        await server.query(`DROP TABLE ${name}`, [], database);
      await expect(set(store)).rejects.toMatchObject({ code: "STORE_SCHEMA" });
      expect(await set(store)).toMatchObject({ outcome: "committed" });
    });

    test("a role that may not make tables is told so, and can work with tables that are there", async () => {
      const database = await server.database();
      await server.query("CREATE ROLE app LOGIN PASSWORD 'app'", [], database);
      const url = new URL(server.url(database));
      [url.username, url.password] = ["app", "app"];
      const store = opened.store({ pool: opened.pool(url.href) });
      await expect(store.load()).rejects.toMatchObject({
        code: "STORE_SCHEMA",
        message: expect.stringContaining("role may not create tables"),
      });
      await server.query(migrationSql("postgres"), [], database);
      const rights = "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app";
      await server.query(`GRANT ${rights}`, [], database);
      expect(await set(store)).toMatchObject({ outcome: "committed" });
    });
  },
  { settings: { fsync: "off" } },
);

describe("migrations of SQLite", () => {
  test("the printed SQL makes the same tables, and may be applied again", async () => {
    const [byHand, byStore] = [new Database(":memory:"), new Database(":memory:")];
    const schemaOf = (database: typeof byHand) =>
      database.prepare("SELECT name, sql FROM sqlite_master WHERE name LIKE 'burgee%' ORDER BY name").all();
    byHand.exec(migrationSql("sqlite"));
    byHand.exec(migrationSql("sqlite"));
    const stores = [sqliteStore({ database: byHand, migrate: false }), sqliteStore({ database: byStore })];
    for (const store of stores) expect(await set(store)).toMatchObject({ outcome: "committed" });
    expect(schemaOf(byHand)).toEqual(schemaOf(byStore));
    const [note] = byHand.prepare("SELECT version, applied_at FROM burgee_migrations").all() as Record<
      string,
      number
    >[];
    expect(note?.version).toBe(1);
    expect(Math.abs(Date.now() - Number(note?.applied_at))).toBeLessThan(600_000);
    for (const store of stores) await store.close();
    for (const database of [byHand, byStore]) database.close();
  });
});
