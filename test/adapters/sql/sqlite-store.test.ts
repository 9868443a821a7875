import { EventEmitter, once } from "node:events";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FlagStore, StoredAuditQuery } from "burgee";
import { type SqliteDatabase, sqliteStore } from "burgee/sql";
import Database from "libsql";
import { describe, expect, it, onTestFinished } from "vitest";
import { SqliteEngine } from "../../../src/adapters/sql/sqlite-engine.js";
import { compose, StoreWriter } from "../../../src/adapters/testing/store-writer.js";

type Opened = SqliteDatabase & { close(): void };

/** The same connection as node:sqlite would have it: other names, other errors, and parameters one by one. */
function asNodeHasIt(path: string): Opened {
  const database = new Database(path);
  const retold = <R>(work: () => R): R => {
    try {
      return work();
    } catch (error) {
      const { message, rawCode: errcode } = Object(error);
      throw Object.assign(new Error(message), { code: "ERR_SQLITE_ERROR", errcode });
    }
  };
  let isOpen = true;
  return {
    exec: (sql) => retold(() => database.exec(sql)),
    prepare: (sql) => {
      const statement = retold(() => database.prepare(sql));
      const run = (...given: readonly unknown[]) => retold(() => statement.run([...given]));
      const all = (...given: readonly unknown[]) => retold(() => statement.all([...given]));
      const none = (...given: readonly unknown[]) => [run(...given)].slice(1);
      return { all: statement.reader ? all : none, run };
    },
    open: () => {},
    close: () => {
      isOpen = false;
      database.close();
    },
    get isOpen() {
      return isOpen;
    },
    get isTransaction() {
      return database.inTransaction;
    },
  };
}

const drivers: Readonly<Record<string, (path: string) => Opened>> = {
  libsql: (path) => new Database(path),
  "node:sqlite": asNodeHasIt,
};

function scratchFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "burgee-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "flags.db");
}

function storeOn(database: SqliteDatabase, options: { namespace?: string; timeoutMs?: number; pollMs?: number } = {}) {
  const store = sqliteStore({ database, timeoutMs: 50, ...options });
  onTestFinished(() => store.close());
  return { store, writer: new StoreWriter(store) };
}

/** Subscribes; gives what is to come. */
async function told(store: FlagStore): Promise<{ readonly news: Promise<void>; readonly lost: Promise<unknown> }> {
  const events = new EventEmitter();
  const news = once(events, "news").then(() => {});
  const lost = once(events, "lost").then(([error]) => error);
  await store.subscribe({ news: () => events.emit("news"), lost: (error) => events.emit("lost", error) });
  return { news, lost };
}

describe.each(Object.entries(drivers))("sqliteStore on a connection of %s", (_, open) => {
  const openFile = (path = scratchFile()) => {
    const database = open(path);
    onTestFinished(() => database.close());
    return { path, database };
  };

  it("sets the connection so that a crash loses nothing, and nobody is held up", async () => {
    const { database } = openFile();
    await storeOn(database).store.head();
    const settings = ["journal_mode", "synchronous", "busy_timeout"].map((name) =>
      Object.values(Object(database.prepare(`PRAGMA ${name}`).all()[0])),
    );
    expect(settings).toEqual([["wal"], [2], [0]]);
  });

  it("leaves the connection open when it is closed, and finds what it wrote", async () => {
    const { database } = openFile();
    const { store, writer } = storeOn(database);
    await writer.set("checkout", true);
    await store.close();
    expect(await storeOn(database).store.head()).toEqual(writer.head);
  });

  it("takes no part in a transaction of somebody else's, and waits for its end", async () => {
    const { path, database } = openFile();
    const { store, writer } = storeOn(database, { timeoutMs: 10_000 });
    await writer.set("checkout", 1);
    database.exec("BEGIN");
    const written = writer.set("checkout", 2);
    const read = store.head();
    for (let turns = 0; turns < 50; turns++) await new Promise(setImmediate);
    expect(await storeOn(openFile(path).database).store.head()).toMatchObject({ revision: 1 });
    database.exec("ROLLBACK");
    await written;
    expect([1, 2]).toContain((await read).revision);
    expect(await store.head()).toMatchObject({ revision: 2 });
  });

  it("gives up in the end where somebody else's transaction stays open, and leaves it alone", async () => {
    const { database } = openFile();
    const { store, writer } = storeOn(database);
    await writer.set("checkout", 1);
    database.exec("BEGIN; CREATE TABLE theirs (x)");
    const refused = { code: "STORE_UNAVAILABLE", message: expect.stringContaining("open one that nobody else uses") };
    await expect(writer.set("checkout", 2)).rejects.toMatchObject(refused);
    await expect(store.load()).rejects.toMatchObject(refused);
    await expect(store.subscribe({ news: () => {}, lost: () => {} })).rejects.toMatchObject(refused);
    database.exec("COMMIT");
    expect(database.prepare("SELECT * FROM theirs").all()).toEqual([]);
    expect((await store.head()).revision).toBe(1);
  });

  it("shows nobody what is not committed, on one connection as on two", async () => {
    const { database } = openFile();
    const [{ writer }, { store }] = [storeOn(database), storeOn(database)];
    await writer.set("checkout", 1);
    const reads: Promise<unknown>[] = [];
    const refused = writer.write(() => {
      reads.push(store.head(), store.load());
      throw new Error("refused");
    });
    await expect(refused).rejects.toThrow("refused");
    const { head } = writer;
    expect(await Promise.all(reads)).toMatchObject([head, { head }]);
  });

  it("tells listeners of its own connection's commits, and finds those of others", async () => {
    const { path, database } = openFile();
    const { store, writer } = storeOn(database, { pollMs: 2 ** 30 });
    const own = await told(store);
    await writer.set("checkout", 1);
    await own.news;
    const patient = await told(storeOn(openFile(path).database, { pollMs: 1 }).store);
    await writer.set("checkout", 2);
    await patient.news;
  });

  it("says that the subscription is lost where the connection was closed", async () => {
    const database = open(scratchFile());
    const { store } = storeOn(database, { pollMs: 1 });
    const { lost } = await told(store);
    database.close();
    const away = { code: "STORE_UNAVAILABLE", message: expect.stringContaining("closed by whoever opened it") };
    expect(await lost).toMatchObject(away);
    await expect(store.head()).rejects.toMatchObject(away);
    await expect(store.subscribe({ news: () => {}, lost: () => {} })).rejects.toMatchObject(away);
  });

  it.each(["replaced", "removed"])("is lost where its file was %s, and commits nothing to it", async (what) => {
    const { path, database } = openFile();
    const { store, writer } = storeOn(database, { pollMs: 1 });
    await writer.set("checkout", 1);
    database.exec(`VACUUM INTO '${path}.backup'`);
    const { lost } = await told(store);
    for (const rest of ["", "-wal", "-shm"]) rmSync(`${path}${rest}`, { force: true });
    if (what === "replaced") renameSync(`${path}.backup`, path);
    const away = { code: "STORE_UNAVAILABLE", message: expect.stringContaining("the file was replaced or removed") };
    expect(await lost).toMatchObject(away);
    await expect(writer.set("checkout", 2)).rejects.toMatchObject(away);
    await expect(store.load()).rejects.toMatchObject(away);
    if (what === "replaced") expect(await storeOn(openFile(path).database).store.head()).toEqual(writer.head);
  });

  it("says that the connection was closed where that happens in the middle of a command", async () => {
    const { path } = openFile();
    const database = open(path);
    const { writer } = storeOn(database);
    await writer.set("checkout", 1);
    const closed = writer.write((history) => {
      database.close();
      return compose(history, { flag: "checkout", value: 2 });
    });
    await expect(closed).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.stringContaining("closed by whoever opened it"),
    });
    expect(await storeOn(openFile(path).database).store.head()).toMatchObject({ revision: 1 });
  });

  it("says that the schema is missing where the file may not be written", async () => {
    const { database } = openFile();
    database.exec("PRAGMA journal_mode = WAL; PRAGMA query_only = ON");
    const { store } = storeOn(database);
    await expect(store.head()).rejects.toMatchObject({ code: "STORE_SCHEMA" });
  });

  it("is not disturbed by a listener that throws", async () => {
    const { store, writer } = storeOn(openFile().database);
    await store.subscribe({
      news: () => {
        throw new Error("a listener's");
      },
      lost: () => {},
    });
    const { news } = await told(store);
    await writer.set("checkout", 1);
    await news;
  });

  it("refuses a file that is no database", async () => {
    const path = scratchFile();
    writeFileSync(path, "flags: []\n".repeat(1_000));
    const { store } = storeOn(openFile(path).database);
    const refused = { code: "STORE_FAILED", message: expect.stringContaining("file is not a database") };
    await expect(store.load()).rejects.toMatchObject(refused);
    await expect(store.head()).rejects.toMatchObject(refused);
  });

  it("cannot reach a file that another program keeps for itself", async () => {
    const { path, database } = openFile();
    const { writer } = storeOn(database);
    database.exec("PRAGMA journal_mode = DELETE; CREATE TABLE theirs (x); BEGIN EXCLUSIVE");
    const { store } = storeOn(openFile(path).database);
    await expect(store.head()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    database.exec("COMMIT");
    await writer.set("checkout", 1);
    expect(await store.head()).toEqual(writer.head);
  });

  it("refuses to write where the file is full or read-only, reads on, and loses nothing", async () => {
    const { database } = openFile();
    const { store, writer } = storeOn(database);
    await writer.set("checkout", 1);
    const secret = "s3cret".repeat(100_000);
    database.exec(`PRAGMA max_page_count = ${pagesOf(database) + 1}`);
    const full = await writer.set("checkout", secret).catch((error: unknown) => error);
    expect(full).toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("is full") });
    expect(Object(full).message).not.toContain("s3cret");
    expect(await store.head()).toEqual(writer.head);
    database.exec("PRAGMA max_page_count = 100000; PRAGMA query_only = ON");
    const readOnly = { code: "STORE_FAILED", message: expect.stringContaining("readonly") };
    await expect(writer.set("checkout", 2)).rejects.toMatchObject(readOnly);
    expect(await store.head()).toEqual(writer.head);
    database.exec("PRAGMA query_only = OFF");
    await writer.set("checkout", secret);
    expect(await store.head()).toEqual(writer.head);
  });

  it("asks whether it was committed where the disk failed while it was", async () => {
    const { database } = openFile();
    const { store, writer } = storeOn(database);
    await writer.set("checkout", 1);
    const failing = failAtCommit(database);
    const { writer: unlucky } = storeOn(failing.database);
    await unlucky.catchUp();
    failing.next("before");
    await expect(unlucky.set("checkout", 2)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await store.head()).toEqual(writer.head);
    failing.next("after");
    await unlucky.set("checkout", 3);
    expect(await store.head()).toEqual(unlucky.head);
  });

  it("gives Kysely what it may ask for, save a stream of rows", async () => {
    const { database } = openFile();
    const { store } = storeOn(database);
    await store.head();
    const engine = new SqliteEngine({ database, pollMs: 100, timeoutMs: 1_000 });
    const tables = await engine.db.introspection.getTables();
    expect(tables.map(({ name }) => name)).toContain("burgee_flags");
    const reading = engine.db.transaction().setAccessMode("read only");
    expect(await reading.execute((db) => db.selectFrom("burgee_flags").selectAll().execute())).toEqual([]);
    const stream = engine.db.selectFrom("burgee_flags").selectAll().stream();
    await expect(stream.next()).rejects.toThrow("not streamed");
    await engine.db.destroy();
    expect((await store.head()).revision).toBe(0);
  });
});

describe("the audit log of many entries in SQLite", () => {
  const FIRST = Date.UTC(2026, 0, 1);
  const asked: string[] = [];

  /** 5,000 entries a second apart, of 100 flags. */
  async function fullLog() {
    const database = new Database(":memory:");
    onTestFinished(() => void database.close());
    const spied: SqliteDatabase = {
      exec: (sql) => database.exec(sql),
      prepare: (sql) => {
        asked.push(sql);
        return database.prepare(sql);
      },
    };
    const { store } = storeOn(spied);
    await store.head();
    const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)";
    const hash = "b".repeat(64);
    const entry = `'{"sequence":' || i || ',"action":"set","affected":[],"source":"api","at":"2026-01-01T00:00:00Z","hash":"${hash}","previousHash":"${hash}"}'`;
    database.exec(
      `${numbers} INSERT INTO burgee_audit SELECT 'default', i, '', ${FIRST} + i * 1000, 'actor' || (i % 20), 'api', ${entry}, '[]' FROM n`,
    );
    database.exec(`${numbers} INSERT INTO burgee_audit_flags SELECT 'default', 'flag_' || (i % 100), i FROM n`);
    return { database, store };
  }

  it.each<[string, StoredAuditQuery, string]>([
    ["a flag", { flag: "flag_7" }, "burgee_audit_flags_1"],
    ["a flag, an actor and a time", { flag: "flag_7", actor: "actor7", since: FIRST }, "burgee_audit_flags_1"],
    ["an actor", { actor: "actor7" }, "burgee_audit_actor"],
    ["an actor since long ago", { actor: "actor7", since: FIRST }, "burgee_audit_actor"],
    ["a source since long ago", { source: "api", since: FIRST }, "burgee_audit_source"],
    ["all since long ago", { since: FIRST }, "burgee_audit_1"],
    ["a page of an export", { since: FIRST, after: 100, order: "oldest" }, "burgee_audit_1"],
    ["an actor within minutes", { actor: "actor7", since: FIRST, until: FIRST + 200_000 }, "burgee_audit_at"],
    ["all since lately", { since: FIRST + 4_900_000 }, "burgee_audit_at"],
  ])("is asked for %s by the index that fits, and never sorted whole", async (_, query, index) => {
    const { database, store } = await fullLog();
    const found = await store.audit({ ...query, limit: 10 });
    expect(found).toHaveLength(10);
    const sql = asked.filter((text) => text.includes('"burgee_audit"')).at(-1) ?? "";
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(Array.from(sql.matchAll(/\?/g), () => 1));
    const steps = plan.map((step) => String(Object(step).detail));
    expect(steps[0]).toContain(`${index} `);
    expect(steps.some((step) => step.includes("TEMP B-TREE"))).toBe(index === "burgee_audit_at");
  });
});

describe("sqliteStore", () => {
  it.each([
    ["database", {}],
    ["database", undefined],
    ["database", { prepare: () => {} }],
  ])("refuses what is no connection: %s", (option, database) => {
    const options = { database: database as SqliteDatabase };
    expect(() => sqliteStore(options)).toThrow(`option ${option} must be`);
  });

  it.each(["pollMs", "timeoutMs"])("refuses a %s that is no time", (option) => {
    const database = new Database(":memory:");
    for (const ms of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, "100"])
      expect(() => sqliteStore({ database, [option]: ms })).toThrow(
        `option ${option} must be a number of milliseconds`,
      );
    database.close();
  });
});

function pagesOf(database: SqliteDatabase): number {
  return Number(Object.values(Object(database.prepare("PRAGMA page_count").all()[0]))[0]);
}

/** The connection, but the disk fails at its next commit: before it was done, or just after. */
function failAtCommit(database: SqliteDatabase) {
  let when: "before" | "after" | undefined;
  const failing: SqliteDatabase = {
    prepare: (sql) => database.prepare(sql),
    exec: (sql) => {
      const failsNow = sql === "COMMIT" ? when : undefined;
      if (failsNow !== "before") database.exec(sql);
      if (failsNow === undefined) return;
      when = undefined;
      throw Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_FSYNC" });
    },
  };
  const next = (moment: "before" | "after") => {
    when = moment;
  };
  return { database: failing, next };
}
