import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { expect, test } from "vitest";
import { postgresStore } from "../../../src/adapters/sql/index.js";
import type { FlagStore } from "../../../src/store/flag-store.js";
import { describePostgres } from "../../fixtures/postgres.js";
import { set } from "./commands.js";
import { CuttingProxy } from "./cutting-proxy.js";
import { Opened } from "./opened.js";

const SHORT_MS = 400;
/** A whole message: "BEGIN ISOLATION LEVEL READ COMMITTED" is none. */
const COMMIT = "COMMIT\0";

await describePostgres(
  "faults of PostgreSQL",
  (server) => {
    const opened = new Opened();

    /** A store whose way to the database can be broken, beside one whose cannot. */
    async function broken(timeoutMs = 5_000) {
      const database = await server.database();
      const proxy = opened.add(await CuttingProxy.open(server.port));
      const through = new URL(server.url(database));
      through.port = String(proxy.port);
      const pool = opened.pool(through.href);
      const store = opened.store({ pool, timeoutMs });
      const sound = opened.store({ pool: opened.pool(server.url(database)) });
      // Tables are made, and a connection waits in the pool.
      await store.head();
      return { database, proxy, pool, store, sound };
    }

    /** Resolves when a session of the database waits for a lock. */
    async function untilWaiting(database: string): Promise<void> {
      const sql = "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'";
      while ((await server.query(sql, [database])).length === 0) await pause(10);
    }

    const actors = async (store: FlagStore) => (await store.audit({ order: "oldest" })).map(({ actor }) => actor);

    test("cut before COMMIT arrives: nothing was committed, and the writer is told so", async () => {
      const { proxy, store, sound } = await broken();
      const cut = proxy.break(COMMIT, "cut before");
      await expect(set(store, { actor: "anna" })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      await cut;
      expect(await actors(sound)).toEqual([]);
      expect(await set(store, { actor: "ben" })).toMatchObject({ outcome: "committed" });
      expect(await actors(sound)).toEqual(["ben"]);
    });

    test("cut after COMMIT arrived: it was committed, and the writer is told so", async () => {
      const { proxy, store, sound } = await broken();
      void proxy.break(COMMIT, "cut after");
      expect(await set(store, { actor: "anna" })).toMatchObject({ outcome: "committed" });
      expect(await actors(sound)).toEqual(["anna"]);
      expect(await set(store, { actor: "ben", expected: 1 })).toMatchObject({ outcome: "committed" });
    });

    test("COMMIT arrives long after the writer was cut: it is waited for, in a new namespace too", async () => {
      const { database, proxy, store, sound } = await broken();
      for (const [expected, actor] of ["anna", "ben"].entries()) {
        void proxy.break(COMMIT, "cut client");
        const writing = set(store, { actor, expected });
        await untilWaiting(database);
        proxy.deliver();
        expect(await writing).toMatchObject({ outcome: "committed" });
      }
      expect(await actors(sound)).toEqual(["anna", "ben"]);
    });

    test("nobody can be asked afterwards: the outcome is unknown, and the writer is told what to look for", async () => {
      const { proxy, store, sound } = await broken(SHORT_MS);
      void proxy.break(COMMIT, "cut after").then(() => proxy.refuse());
      const error = await set(store).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "STORE_OUTCOME_UNKNOWN" });
      const { hash } = await sound.head();
      expect(String(error)).toContain(`revision 1 with the hash ${hash}`);
    });

    test("cut before anything was to be committed: nothing was, and nobody asks", async () => {
      const { proxy, store, sound } = await broken();
      for (const text of ["BEGIN", "UPDATE", "pg_notify"]) {
        void proxy.break(text, "cut before");
        await expect(set(store)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      }
      expect(await sound.head()).toMatchObject({ revision: 0 });
    });

    test("a count whose commit is in doubt is not said to be lost", async () => {
      const { proxy, store } = await broken();
      void proxy.break(COMMIT, "cut after");
      const usage = [{ hour: 0, flag: "x", variant: "", evaluations: 1, errors: 0 }];
      await expect(store.recordUsage(usage)).rejects.toMatchObject({ code: "STORE_OUTCOME_UNKNOWN" });
      expect(await store.usage()).toEqual(usage);
    });

    test("a connection that hangs hangs nobody, and is not used again", async () => {
      const { proxy, pool, store } = await broken(SHORT_MS);
      for (const call of [() => store.head(), () => store.load(), () => set(store), () => store.subscribe(deaf)]) {
        void proxy.break(call.toString().includes("subscribe") ? "LISTEN" : "burgee_", "hang");
        await expect(call()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      }
      expect(await store.head()).toMatchObject({ revision: 0 });
      expect(pool.totalCount).toBe(1);
    });

    test("reads that were given up here are given up at the server too", async () => {
      const { database, store } = await broken(SHORT_MS);
      const waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'";
      const owner = opened.pool(server.url(database));
      const locking = await owner.connect();
      await locking.query("BEGIN; LOCK TABLE burgee_namespaces, burgee_audit, burgee_usage IN ACCESS EXCLUSIVE MODE");
      const reads = [() => store.head(), () => store.load(), () => store.audit(), () => store.usage()];
      await Promise.all(reads.map((read) => expect(read()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" })));
      await expect.poll(() => server.query(waiting, [database]), { timeout: 5_000 }).toEqual([]);
      await locking.query("ROLLBACK");
      locking.release();
      expect(await store.head()).toMatchObject({ revision: 0 });
    });

    test("a writer that freezes with the namespace in its hand is thrown out by the server", async () => {
      const { proxy, store, sound } = await broken(SHORT_MS);
      void proxy.break("pg_notify", "hang");
      const frozen = expect(set(store, { actor: "anna" })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      await frozen;
      expect(await set(sound, { actor: "ben" })).toMatchObject({ outcome: "committed" });
      expect(await actors(sound)).toEqual(["ben"]);
    });

    test("a pool that has no connection to give is waited for a while", async () => {
      const pool = opened.pool(server.url(await server.database()), { max: 2 });
      const store = opened.store({ pool, timeoutMs: SHORT_MS });
      const taken = [await pool.connect(), await pool.connect()];
      const error = await store.head().catch((thrown: unknown) => thrown);
      expect(String(error)).toContain(`the pool gave no connection within ${SHORT_MS} ms`);
      for (const client of taken) client.release();
      expect(await store.head()).toMatchObject({ revision: 0 });
      expect(pool.idleCount).toBe(2);
    });

    test("a subscription whose connection the server ends is lost, once, and another can be had", async () => {
      const database = await server.database();
      const pool = opened.pool(server.url(database));
      const store = opened.store({ pool });
      const told: unknown[] = [];
      await new Promise<void>((resolve) => {
        const lost = (error: unknown) => {
          told.push(error);
          resolve();
        };
        void store.subscribe({ news: () => {}, lost }).then(() => server.disconnect(database));
      });
      expect(told).toMatchObject([{ code: "STORE_UNAVAILABLE" }]);
      await new Promise<void>((resolve) => {
        void store.subscribe({ news: () => resolve(), lost: (error) => told.push(error) }).then(() => set(store));
      });
      expect(told).toHaveLength(1);
      expect(pool.totalCount).toBe(2);
    });

    test("a server that stops is away, and is used again when it is back", async () => {
      const database = await server.database();
      const store = opened.store({ pool: opened.pool(server.url(database)) });
      await set(store, { actor: "anna" });
      await server.stop({ mode: "immediate" });
      for (const call of [() => store.head(), () => set(store), () => store.subscribe(deaf)]) {
        await expect(call()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      }
      await server.resume();
      expect(await actors(store)).toEqual(["anna"]);
      expect(await set(store, { actor: "ben", expected: 1 })).toMatchObject({ outcome: "committed" });
    });

    test("an ended pool is a store that cannot be reached", async () => {
      const pool = new pg.Pool({ connectionString: server.url(await server.database()) });
      const store = opened.store({ pool });
      await store.head();
      await pool.end();
      await expect(store.head()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    });

    test("a pool of one connection has none to listen with", () => {
      const pool = opened.pool(server.url(), { max: 1 });
      expect(() => postgresStore({ pool })).toThrow(/at least 2 connections.*its max is 1/);
    });
  },
  { settings: { fsync: "off" } },
);

const deaf = { news: () => {}, lost: () => {} };
