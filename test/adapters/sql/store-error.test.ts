import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { postgresStore } from "../../../src/adapters/sql/index.js";
import { BurgeeError } from "../../../src/errors.js";
import { START, set, setting } from "./commands.js";
import { type Answers, emptyDatabase, FakePool, ServerError } from "./fake-pool.js";

const deaf = { news: () => {}, lost: () => {} };

/** A database that throws at certain statements, for a number of times. */
function failing(statement: RegExp, error: unknown, times = Number.POSITIVE_INFINITY): Answers {
  let left = times;
  return (sql) => {
    if (!statement.test(sql) || left-- <= 0) return emptyDatabase(sql);
    throw error;
  };
}

async function errorOf(call: Promise<unknown>): Promise<BurgeeError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof BurgeeError) return error;
  throw new Error(`no error of burgee's: ${String(error)}`);
}

describe("what the database says becomes an error of burgee's", () => {
  test.each([
    ["08006", "STORE_UNAVAILABLE"],
    ["57P01", "STORE_UNAVAILABLE"],
    ["57P03", "STORE_UNAVAILABLE"],
    ["57014", "STORE_UNAVAILABLE"],
    ["53300", "STORE_UNAVAILABLE"],
    ["55P03", "STORE_UNAVAILABLE"],
    ["25006", "STORE_UNAVAILABLE"],
    ["53100", "STORE_FAILED"],
    ["28P01", "STORE_FAILED"],
    ["3D000", "STORE_FAILED"],
    ["XX001", "STORE_FAILED"],
    ["42P01", "STORE_SCHEMA"],
    ["42703", "STORE_SCHEMA"],
    ["3F000", "STORE_SCHEMA"],
  ])("%s is %s", async (sqlState, code) => {
    const store = postgresStore({ pool: new FakePool(failing(/burgee_namespaces/, new ServerError(sqlState))) });
    for (const call of [store.head(), set(store)]) expect(await errorOf(call)).toMatchObject({ code });
    const listening = postgresStore({ pool: new FakePool(failing(/^LISTEN/, new ServerError(sqlState))) });
    expect(await errorOf(listening.subscribe(deaf))).toMatchObject({ code });
  });

  test.each(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "ETIMEDOUT", "EPIPE", undefined])(
    "%s is STORE_UNAVAILABLE",
    async (code) => {
      const pool = new FakePool();
      pool.connecting = () => Promise.reject(Object.assign(new Error("no way"), { code }));
      const error = await errorOf(postgresStore({ pool }).head());
      expect(error).toMatchObject({ code: "STORE_UNAVAILABLE" });
      expect(error.message).toContain("no way");
      if (code !== undefined) expect(error.message).toContain(code);
    },
  );

  test("a search_path that leads nowhere is told as that", async () => {
    const store = postgresStore({ pool: new FakePool(failing(/burgee_namespaces/, new ServerError("3F000"))) });
    expect((await errorOf(store.head())).message).toContain("See that the search_path of the connection leads to");
  });

  test("an error without a message is told by its code", async () => {
    const pool = new FakePool();
    pool.connecting = () => Promise.reject(Object.assign(new AggregateError([]), { code: "ECONNREFUSED" }));
    expect((await errorOf(postgresStore({ pool }).head())).message).toContain("it gave the error ECONNREFUSED");
  });

  test("no error holds an address with a password, or a value", async () => {
    const secret = "hunter2";
    const address = `postgresql://app:${secret}@db.example/shop`;
    const invalid = Object.assign(new TypeError(`Invalid URL ${address}`), { code: "ERR_INVALID_URL", input: address });
    const pool = new FakePool();
    pool.connecting = () => {
      throw invalid;
    };
    const errors = [
      await errorOf(postgresStore({ pool }).head()),
      await errorOf(postgresStore({ pool }).subscribe(deaf)),
    ];
    for (const error of [
      new ServerError("23505", `duplicate ${secret}`, `Key (${secret})`),
      new ServerError("22P02", `invalid input syntax: "${secret}"`),
      new ServerError("P0001", `a trigger says ${secret}`),
      new ServerError("53100", "disk full", `row ${secret}`),
    ]) {
      const store = postgresStore({ pool: new FakePool(failing(/burgee_namespaces/, error)) });
      errors.push(await errorOf(store.head()), await errorOf(set(store)));
    }
    for (const error of errors) expect(inspect(error, { depth: 9 })).not.toContain(secret);
    expect(errors).toHaveLength(10);
  });

  test("a slip of burgee's own keeps its stack", async () => {
    const store = postgresStore({ pool: new FakePool((sql) => (sql.startsWith("insert") ? [] : emptyDatabase(sql))) });
    const usage = { hour: 0, flag: "x", variant: "", evaluations: 1, errors: 0 };
    const slip = Object.defineProperty({ ...usage }, "flag", { enumerable: true, get: () => Number.NaN });
    const error = await errorOf(store.recordUsage([slip]));
    expect(error).toMatchObject({ code: "STORE_FAILED" });
    expect(error.cause).toBeInstanceOf(TypeError);
  });
});

describe("transactions", () => {
  test("a command asks three times, and holds its namespace for two of them", async () => {
    const pool = new FakePool();
    const store = postgresStore({ pool });
    await store.head();
    const before = pool.client.statements.length;
    await store.write({ since: START, compose: () => setting(START) });
    const words = pool.client.statements.slice(before).map((sql) => sql.trim().split(/\s/)[0]?.toUpperCase());
    expect(words).toEqual(["BEGIN", "WITH", "COMMIT"]);
    expect(pool.client.released.at(-1)).toBe(false);
  });

  test("tables whose COMMIT is in doubt are looked for by the next call", async () => {
    let asked = 0;
    const answers = failing(/^COMMIT$/, new Error("Connection terminated"), 1);
    const fresh: Answers = (sql) => (sql.includes('"burgee_migrations"') && asked++ < 2 ? [] : answers(sql));
    const store = postgresStore({ pool: new FakePool(fresh) });
    expect(await errorOf(set(store))).toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await store.write({ since: START, compose: () => setting(START) })).toMatchObject({ outcome: "committed" });
  });

  test.each(["40001", "40P01"])("one that was given up for another's sake (%s) is tried again", async (code) => {
    const store = postgresStore({ pool: new FakePool(failing(/^COMMIT$/, new ServerError(code), 4)) });
    let composed = 0;
    const compose = () => {
      composed++;
      return setting(START);
    };
    expect(await store.write({ since: START, compose })).toMatchObject({ outcome: "committed" });
    expect(composed).toBe(5);
  });

  test("not for ever", async () => {
    const pool = new FakePool(failing(/pg_notify/, new ServerError("40001")));
    expect(await errorOf(set(postgresStore({ pool })))).toMatchObject({ code: "STORE_FAILED" });
    expect(pool.client.statements.filter((sql) => sql.includes("pg_notify"))).toHaveLength(5);
  });

  test("what compose throws comes out as it is, whatever it looks like", async () => {
    const store = postgresStore({ pool: new FakePool() });
    for (const thrown of [new ServerError("40001"), new ServerError("08006"), "no", undefined]) {
      const compose = () => {
        throw thrown;
      };
      const written = store.write({ since: START, compose });
      expect(
        await written.then(
          () => "written",
          (error: unknown) => ({ error }),
        ),
      ).toEqual({ error: thrown });
    }
  });

  test("a refused COMMIT is a refusal, and the connection is used again", async () => {
    const pool = new FakePool(failing(/^COMMIT$/, new ServerError("53100", "could not extend file"), 2));
    const store = postgresStore({ pool });
    const committing = store.write({ since: START, compose: () => setting(START) });
    expect((await errorOf(committing)).message).toContain("could not extend file (53100)");
  });

  test("a transaction whose first message was refused leaves nothing open in the pool", async () => {
    const pool = new FakePool(failing(/^BEGIN/, new ServerError("22023")));
    expect(await errorOf(set(postgresStore({ pool })))).toMatchObject({ code: "STORE_FAILED" });
    expect(pool.client.statements.at(-1)).toBe("ROLLBACK");
    expect(pool.client.released.at(-1)).toBe(false);
  });

  test("a rollback that nobody hears hides nothing, and ends the connection", async () => {
    const pool = new FakePool(failing(/^ROLLBACK$/, new Error("Connection terminated")));
    const store = postgresStore({ pool });
    const compose = () => {
      throw new RangeError("mine");
    };
    await expect(store.write({ since: START, compose })).rejects.toThrow(RangeError);
    expect(pool.client.released.at(-1)).toBe(true);
    expect(pool.client.listenerCount("error")).toBe(0);
  });
});

describe("options", () => {
  test.each(["", "x".repeat(201), "a\0b", "\ud800", 7])("the namespace %j is refused", (namespace) => {
    const options = { pool: new FakePool(), namespace: namespace as string };
    expect(() => postgresStore(options)).toThrow(/namespace must be a text of 1 to 200 characters/);
  });

  test("what is no pool, and a time that is none, is refused", () => {
    expect(() => postgresStore({ pool: {} as FakePool })).toThrow(/must be a pg\.Pool/);
    expect(() => postgresStore({ pool: undefined as unknown as FakePool })).toThrow(/must be a pg\.Pool/);
    expect(() => postgresStore({ pool: new FakePool(), timeoutMs: 0 })).toThrow(/timeoutMs/);
  });
});
