import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { postgresStore } from "../../../src/adapters/sql/index.js";
import { emptyDatabase, FakeClient, FakePool, ServerError } from "./fake-pool.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A subscription, and what it was told. */
async function subscribed(answers = emptyDatabase) {
  const pool = new FakePool(answers);
  const store = postgresStore({ pool });
  await store.head();
  const listening = new FakeClient(answers);
  // The key is asked for first.
  const clients = [pool.client];
  pool.connecting = async () => clients.pop() ?? listening;
  const told: unknown[] = [];
  const listener = { news: () => told.push("news"), lost: (error: unknown) => told.push(error) };
  const opening = store.subscribe(listener);
  return { listening, told, opening };
}

test("only the namespace's own channel is news", async () => {
  const { listening, told, opening } = await subscribed();
  await opening;
  const [listen] = listening.statements;
  const channel = listen?.replace("LISTEN ", "");
  expect(channel).toMatch(/^burgee_[0-9a-f]{40}$/);
  listening.emit("notification", { channel: "another" });
  expect(told).toEqual([]);
  listening.emit("notification", { channel, payload: "7" });
  expect(told).toEqual(["news"]);
});

test("a connection that carries nothing is tried, and lost where it does not answer", async () => {
  const { listening, told, opening } = await subscribed((sql) =>
    sql.startsWith("SELECT 1") && listening.statements.length > 3 ? new Promise(() => {}) : emptyDatabase(sql),
  );
  await opening;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(listening.statements.slice(1)).toEqual(["SELECT 1", "SELECT 1"]);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(35_000);
  expect(told).toMatchObject([{ code: "STORE_UNAVAILABLE" }]);
  expect(listening.released).toEqual([true]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(listening.statements).toHaveLength(4);
});

test("the head is asked where notifications come from, and nobody hears of them any more where that does not answer", async () => {
  let isDead = false;
  const { listening, told, opening } = await subscribed((sql) => {
    if (!sql.includes('"burgee_namespaces"')) return emptyDatabase(sql);
    return isDead ? new Promise(() => {}) : [{ revision: "7", head_hash: "a".repeat(64) }];
  });
  const subscription = await opening;
  expect(await subscription.head?.()).toEqual({ revision: 7, hash: "a".repeat(64) });
  expect(listening.statements.at(-1)).toMatch(/^SET LOCAL statement_timeout = 5000; select .* E'default'/);
  isDead = true;
  const asking = expect(subscription.head?.()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  await vi.advanceTimersByTimeAsync(5_000);
  await asking;
  expect(told).toMatchObject([{ code: "STORE_UNAVAILABLE" }]);
});

test("a loss is told once, whatever the client says after it", async () => {
  const { listening, told, opening } = await subscribed();
  const subscription = await opening;
  listening.emit("end");
  listening.emit("error", new Error("again"));
  listening.emit("notification", { channel: listening.statements[0]?.replace("LISTEN ", "") });
  await subscription.close();
  expect(told).toMatchObject([{ code: "STORE_UNAVAILABLE" }]);
  expect(listening.released).toEqual([true]);
});

test("one that is closed is told nothing more", async () => {
  const { listening, told, opening } = await subscribed();
  await (await opening).close();
  listening.emit("error", new Error("late"));
  listening.emit("end");
  expect(told).toEqual([]);
  expect(listening.released).toEqual([true]);
});

test("a connection that ends while it begins to listen is no subscription", async () => {
  const { told, opening } = await subscribed((sql) => {
    if (sql.startsWith("LISTEN")) queueMicrotask(() => ending());
    return emptyDatabase(sql);
  }).then((made) => {
    ending = () => made.listening.emit("end");
    return made;
  });
  await expect(opening).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  expect(told).toHaveLength(1);
});

let ending = () => false;

test("a refused LISTEN gives the connection up", async () => {
  const { listening, opening } = await subscribed((sql) => {
    if (sql.startsWith("LISTEN")) throw new ServerError("42501");
    return emptyDatabase(sql);
  });
  await expect(opening).rejects.toMatchObject({ code: "STORE_FAILED" });
  expect(listening.released).toEqual([true]);
});

test("a connection that the pool gives too late goes back to it", async () => {
  const pool = new FakePool();
  let give = (_client: FakeClient) => {};
  pool.connecting = () =>
    new Promise((resolve) => {
      give = resolve;
    });
  const asking = expect(postgresStore({ pool, timeoutMs: 100 }).head()).rejects.toThrow(
    "gave no connection within 100 ms",
  );
  await vi.advanceTimersByTimeAsync(100);
  await asking;
  give(pool.client);
  await vi.advanceTimersByTimeAsync(0);
  expect(pool.client.released).toEqual([false]);
});
