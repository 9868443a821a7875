import { migrationSql, postgresStore, sqliteStore } from "burgee/sql";
import Database from "libsql";
import pg from "pg";
import { expect, it } from "vitest";
import { FakePool } from "./fake-pool.js";

const refused = (message: RegExp) =>
  expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringMatching(message) });

it("an option that there is not is refused, so that nobody shares another application's flags by a slip", () => {
  const database = new Database(":memory:");
  expect(() => Reflect.apply(sqliteStore, undefined, [{ database, namespce: "shop" }])).toThrow(refused(/namespace/));
  expect(() => Reflect.apply(sqliteStore, undefined, [])).toThrow(refused(/object/));
  const pool = new FakePool();
  expect(() => Reflect.apply(postgresStore, undefined, [{ pool, pollMs: 100 }])).toThrow(refused(/pollMs/));
  expect(() => Reflect.apply(postgresStore, undefined, [])).toThrow(refused(/object/));
  database.close();
});

it("a dialect that there is not is refused, and not taken for another", () => {
  expect(() => Reflect.apply(migrationSql, undefined, ["postgresql"])).toThrow(refused(/"postgres"/));
});

it("one connection is no pool", () => {
  expect(() => Reflect.apply(postgresStore, undefined, [{ pool: new pg.Client() }])).toThrow(
    refused(/not a pg\.Client/),
  );
});
