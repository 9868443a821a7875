import type { FlagUsage } from "burgee";
import { type SqliteDatabase, sqliteStore } from "burgee/sql";
import Database from "libsql";
import { describe, expect, it, onTestFinished } from "vitest";

const HOUR = 3_600_000;
const usage: readonly FlagUsage[] = Array.from({ length: 1_800 }, (_, index) => ({
  hour: HOUR,
  flag: `f${index}`,
  variant: "true",
  evaluations: index,
  errors: 0,
}));

/** A store on a database whose statements that count go through `run`. */
async function counting(run: <R>(statement: () => R) => R) {
  const database = new Database(":memory:");
  onTestFinished(() => void database.close());
  const watched: SqliteDatabase = {
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      const statement = database.prepare(sql);
      if (!sql.startsWith('insert into "burgee_usage"')) return statement;
      return { reader: statement.reader, all: (of) => statement.all(of), run: (of) => run(() => statement.run(of)) };
    },
    get inTransaction() {
      return database.inTransaction;
    },
    get open() {
      return database.open;
    },
  };
  const store = sqliteStore({ database: watched });
  onTestFinished(() => store.close());
  await store.head();
  return store;
}

describe("very many rows of usage", () => {
  it("are counted with a turn of the event loop for others between two statements", async () => {
    let turn = 0;
    const turns: number[] = [];
    const store = await counting((run) => {
      turns.push(turn);
      return run();
    });
    let over = false;
    const recorded = store.recordUsage(usage).finally(() => {
      over = true;
    });
    for (; !over; turn++) await new Promise(setImmediate);
    await recorded;
    expect(turns.length).toBeGreaterThan(2);
    expect(new Set(turns).size).toBe(turns.length);
    expect(await store.usage({ flag: "f1799" })).toEqual([usage.at(-1)]);
  });

  it("are counted all or none, so that whoever gives them again counts nothing twice", async () => {
    let left = 2;
    const store = await counting((run) => {
      if (left-- === 0) throw new Error("the disk is full");
      return run();
    });
    await expect(store.recordUsage(usage)).rejects.toMatchObject({ code: "STORE_FAILED" });
    expect(await store.usage()).toEqual([]);
    await store.recordUsage(usage);
    expect((await store.usage()).toSorted((a, b) => a.evaluations - b.evaluations)).toEqual(usage);
  });
});
