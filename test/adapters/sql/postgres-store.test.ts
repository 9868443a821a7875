import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import fc from "fast-check";
import type pg from "pg";
import { expect, test } from "vitest";
import type { PostgresStoreOptions } from "../../../src/adapters/sql/index.js";
import { withLiterals } from "../../../src/adapters/sql/postgres-literals.js";
import { verifyAuditEntries } from "../../../src/changes/hash-chain.js";
import { BurgeeError } from "../../../src/errors.js";
import type { FlagStore } from "../../../src/store/flag-store.js";
import { describePostgres } from "../../fixtures/postgres.js";
import { START, set, setting } from "./commands.js";
import { Opened } from "./opened.js";

/** Texts of any characters, with those that end a literal in many places. */
const text = fc.string({ unit: fc.oneof(fc.constantFrom("'", "\\", "\0", "$1", "E'", "--", ";"), fc.string()) });

await describePostgres(
  "the store in PostgreSQL",
  (server) => {
    const opened = new Opened();

    async function newPool(options?: pg.PoolConfig): Promise<pg.Pool> {
      return opened.pool(server.url(await server.database()), options);
    }

    async function newStore(options: Partial<PostgresStoreOptions> = {}): Promise<FlagStore> {
      return opened.store({ pool: await newPool(), ...options });
    }

    test("what is written is loaded, and told to whoever knows an earlier head", async () => {
      const store = await newStore();
      expect(await store.load()).toEqual({ head: START, flags: [] });
      const written = await set(store, { value: "Ω\u0000" });
      const { entry, flags } = setting(START, { value: "Ω\u0000" });
      expect(written).toEqual({ outcome: "committed", change: { entry, flags } });
      const head = { revision: 1, hash: entry.hash };
      expect(await store.load()).toEqual({ head, flags });
      expect(await store.changesSince(START, 10)).toEqual({ outcome: "changes", changes: [{ entry, flags }] });
      expect((await store.health()).head).toEqual(head);
    });

    test("a subscription gives the head too", async () => {
      const store = await newStore();
      const subscription = await store.subscribe({ news: () => {}, lost: () => {} });
      expect(await subscription.head?.()).toEqual(START);
      await set(store);
      expect(await subscription.head?.()).toEqual(await store.head());
      await subscription.close();
      await expect(subscription.head?.()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    });

    test("a flag's row of another revision than expected rolls all back, and is named", async () => {
      const store = await newStore();
      await set(store);
      for (const expected of [0, 2]) {
        const error = await set(store, { expected }).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(BurgeeError);
        expect(error).toMatchObject({ code: "STORE_FAILED", flag: "new_checkout" });
      }
      await expect(set(store, { flag: "never_touched", expected: 1 })).rejects.toMatchObject({ flag: "never_touched" });
      expect(await store.head()).toMatchObject({ revision: 1 });
      expect(await store.audit()).toHaveLength(1);
      expect(await set(store, { expected: 1 })).toMatchObject({ outcome: "committed" });
    });

    test("a change of many flags is one change, and one that touches none is a change too", async () => {
      const store = await newStore();
      const names = Array.from({ length: 2_000 }, (_, index) => `flag_${index}`).sort();
      const first = setting(START);
      const [template] = first.flags;
      const flags = names.map((flag) => ({ ...template, flag, revision: 1 }));
      const expected = Object.fromEntries(names.map((flag) => [flag, 0]));
      await store.write({ since: START, compose: () => ({ entry: first.entry, flags, expected }) });
      const head = { revision: 1, hash: first.entry.hash };
      expect(await store.load()).toEqual({ head, flags });
      const second = { ...setting(head), flags: [], expected: {} };
      expect(await store.write({ since: head, compose: () => second })).toMatchObject({ outcome: "committed" });
      expect(await store.load()).toEqual({ head: { revision: 2, hash: second.entry.hash }, flags });
    });

    test("a change that does not follow the last one is refused", async () => {
      const store = await newStore();
      await set(store);
      const since = await store.head();
      for (const wrong of [START, { revision: 1, hash: "1".repeat(64) }]) {
        const written = store.write({ since, compose: () => setting(wrong, { flag: "other" }) });
        await expect(written).rejects.toMatchObject({ code: "STORE_FAILED" });
      }
      expect(await store.head()).toEqual(since);
    });

    test("listeners hear of what was committed, once for each change, and of nothing that was not", async () => {
      const pool = await newPool();
      const store = opened.store({ pool });
      const other = opened.store({ pool, namespace: "another application" });
      const seen: number[] = [];
      let heard = () => {};
      const subscription = await store.subscribe({
        news: async () => {
          const { revision } = await store.head();
          seen.push(revision);
          heard();
        },
        lost: () => seen.push(-1),
      });
      const news = new Promise<void>((resolve) => {
        heard = resolve;
      });
      await set(other);
      await expect(set(store, { expected: 5 })).rejects.toMatchObject({ code: "STORE_FAILED" });
      await expect(
        store.write({
          since: START,
          compose: () => {
            throw new Error("no");
          },
        }),
      ).rejects.toThrow("no");
      await set(store);
      await news;
      await subscription.close();
      await set(store, { expected: 1 });
      await subscription.close();
      expect(seen).toEqual([1]);
    });

    test("a listener that throws ends neither the process nor the subscription", async () => {
      const store = await newStore();
      const told: unknown[] = [];
      const second = new Promise<void>((resolve) => {
        const throwing = (what: unknown) => {
          told.push(what);
          if (told.length === 2) resolve();
          throw new Error("a listener's own");
        };
        const listening = store.subscribe({ news: () => throwing("news"), lost: throwing });
        void listening.then(() => set(store)).then(() => set(store, { expected: 1 }));
      });
      await second;
      await store.close();
      expect(told).toEqual(["news", "news", expect.objectContaining({ code: "CLOSED" })]);
    });

    test("any number of stores listens on one connection of a pool, and a pool of two serves them", async () => {
      const database = await server.database();
      const pool = opened.pool(server.url(database), { max: 2 });
      const stores = ["one", "two", "three"].map((namespace) => opened.store({ pool, namespace, timeoutMs: 2_000 }));
      const told: unknown[] = [];
      const heard = new EventEmitter();
      const subscriptions = await Promise.all(
        stores.map((store) =>
          store.subscribe({
            news: () => void heard.emit("news", told.push(store.namespace)),
            lost: () => void heard.emit("lost", told.push(`${store.namespace} is lost`)),
          }),
        ),
      );
      expect(pool.totalCount).toBe(2);
      for (const store of stores) {
        const news = once(heard, "news");
        await set(store);
        await news;
      }
      expect(told.splice(0)).toEqual(["one", "two", "three"]);
      await subscriptions[0]?.close();
      const [one, two] = stores;
      if (one === undefined || two === undefined) throw new Error("there are three");
      const news = once(heard, "news");
      await set(one, { expected: 1 });
      await set(two, { expected: 1 });
      await news;
      expect(told.splice(0)).toEqual(["two"]);
      const lost = new Promise<void>((resolve) => heard.on("lost", (count: number) => count === 2 && resolve()));
      await server.disconnect(database);
      await lost;
      expect(told.splice(0).sort()).toEqual(["three is lost", "two is lost"]);
      // The pool has heard of it too, of each connection.
      await expect.poll(() => pool.totalCount).toBe(0);
      const again = await two.subscribe({ news: () => void heard.emit("news"), lost: () => {} });
      await Promise.all([once(heard, "news"), set(two, { expected: 2 })]);
      await again.close();
      await expect.poll(() => pool.totalCount).toBe(1);
    });

    test("namespaces are apart, whatever they are called", async () => {
      const pool = await newPool();
      const names = ["shop", "Shop", "'; DROP TABLE burgee_flags; --", "ünï\u2028cödé", "x".repeat(200)];
      const stores = names.map((namespace) => opened.store({ pool, namespace, timeoutMs: 10_000 }));
      for (const [index, store] of stores.entries()) await set(store, { value: index, at: index });
      for (const [index, store] of stores.entries()) {
        const { flags } = await store.load();
        expect(flags).toMatchObject([{ flag: "new_checkout", revision: 1, override: { value: index } }]);
      }
      expect(await stores[0]?.prune({ before: 10, limit: 10 })).toBe(1);
      expect(await stores[1]?.audit()).toHaveLength(1);
    });

    test("actors are found again, though no index takes them as they are", async () => {
      const store = await newStore();
      const long = randomBytes(4_000).toString("base64");
      const actors = ["a\u0000b", long, `${long}!`, "Jürgen \ud800"];
      for (const [index, actor] of actors.entries()) await set(store, { actor, source: actor, expected: index });
      for (const actor of actors) {
        expect((await store.audit({ actor })).map((entry) => entry.actor)).toEqual([actor]);
        expect((await store.audit({ source: actor })).map((entry) => entry.source)).toEqual([actor]);
      }
      expect(verifyAuditEntries(await store.audit({ order: "oldest" }))).toMatchObject({ ok: true, entries: 4 });
    });

    test("two that forget at once forget each entry once, and the rest can be verified", async () => {
      const pool = await newPool();
      const stores = [opened.store({ pool }), opened.store({ pool })];
      const [store] = stores;
      if (store === undefined) throw new Error("there are two");
      for (let index = 0; index < 12; index++)
        await set(store, { expected: index, at: index === 5 ? 900 : 100 + index });
      const forgotten = await Promise.all(stores.map((each) => each.prune({ before: 500, limit: 3 })));
      forgotten.push(await store.prune({ before: 500, limit: 100 }), await store.prune({ before: 500, limit: 100 }));
      // Entry 6 is newer than the limit, by its clock: it is kept, and so is all that follows.
      expect(forgotten.reduce((sum, count) => sum + count)).toBe(5);
      const { revision: sequence, hash } = await store.checkpoint();
      expect(sequence).toBe(5);
      const entries = await store.audit({ order: "oldest" });
      expect(verifyAuditEntries(entries, { after: { sequence, hash } })).toMatchObject({ ok: true, entries: 7 });
      expect(await store.audit({ flag: "new_checkout" })).toHaveLength(7);
      expect(await store.changesSince(START, 10)).toEqual({ outcome: "diverged" });
      await pool.query("UPDATE burgee_namespaces SET checkpoint_revision = 12");
      expect(await store.prune({ before: 1_000, limit: 3 })).toBe(0);
    });

    test("instances that add to the same counts at once lose none", async () => {
      const pool = await newPool();
      const hour = 3_600_000;
      const variants = ["", "a", "b\u0000", "c"];
      const usage = variants.map((variant) => ({ hour, flag: "x", variant, evaluations: 2, errors: 1 }));
      const stores = [opened.store({ pool }), opened.store({ pool })];
      const adding = Array.from({ length: 20 }, (_, turn) =>
        stores.map((store, index) => store.recordUsage((turn + index) % 2 === 0 ? usage : usage.toReversed())),
      );
      await Promise.all(adding.flat());
      const counted = await stores[0]?.usage({ flag: "x", since: hour, until: hour + 1 });
      expect(counted).toEqual(
        ["", "a", "b\uFFFD", "c"].map((variant) => ({ hour, flag: "x", variant, evaluations: 80, errors: 40 })),
      );
      await stores[0]?.recordUsage([]);
      await stores[0]?.recordUsage([{ hour: 72 * hour, flag: "x", variant: "", evaluations: 1, errors: 0 }]);
      await stores[0]?.prune({ before: 0, usageBefore: 72 * hour, limit: 100 });
      expect(await stores[0]?.usage()).toMatchObject([{ hour: 72 * hour }]);
    });

    test("a flag's row that nobody can understand hides no other flag, and sets nothing that could be taken for a value", async () => {
      const database = await server.database();
      const store = opened.store({ pool: opened.pool(server.url(database)) });
      await set(store);
      await set(store, { flag: "whole", value: 7 });
      for (const text of ["[1", "7", "null", ""]) {
        const damage = "UPDATE burgee_flags SET override = $1, killed = $1 WHERE flag = 'new_checkout'";
        await server.query(damage, [text], database);
        const { flags } = await store.load();
        expect(flags[0]).toEqual({ flag: "new_checkout", revision: 1, override: {}, kill: {} });
        expect(flags[1]).toMatchObject({ flag: "whole", revision: 2, override: { value: 7 } });
      }
    });

    test("a change that nobody can understand has to be loaded, and its entry is an error in the log", async () => {
      const database = await server.database();
      const store = opened.store({ pool: opened.pool(server.url(database)) });
      await set(store);
      const column = async (name: string, text: string) => {
        await server.query(`UPDATE burgee_audit SET ${name} = $1`, [text], database);
      };
      const [{ flags }, entry] = [await store.load(), (await store.audit())[0]];
      for (const text of ["[7]", "{}", "[1"]) {
        await column("flags", text);
        expect(await store.changesSince(START, 1)).toEqual({ outcome: "diverged" });
        expect(await store.write({ since: START, compose: () => setting(START) })).toEqual({ outcome: "diverged" });
        expect(await store.audit()).toEqual([entry]);
      }
      await column("flags", JSON.stringify(flags));
      expect(await store.changesSince(START, 1)).toMatchObject({ outcome: "changes" });
      for (const text of ["{}", "[1"]) {
        await column("entry", text);
        expect(await store.changesSince(START, 1)).toEqual({ outcome: "diverged" });
        await expect(store.audit()).rejects.toMatchObject({ code: "STORE_FAILED" });
      }
      expect((await store.load()).flags).toEqual(flags);
    });

    test("texts are asked for as they are, whatever the server takes a backslash for", async () => {
      const pool = await newPool({ max: 1 });
      for (const conforming of ["on", "off"]) {
        await pool.query(`SET standard_conforming_strings = ${conforming}`);
        const echoes = fc.asyncProperty(fc.array(text), fc.maxSafeInteger(), async (texts, number) => {
          const list = texts.map((_, index) => `$${index + 2}::text`);
          const sql = `SELECT $1 AS number, ARRAY[${list.join(",")}]::text[] AS texts`;
          const { rows } = await pool.query(withLiterals(sql, [number, ...texts]));
          const stored = texts.map((one) => Buffer.from(one.replaceAll("\0", "\uFFFD")).toString());
          expect({ ...rows[0], number: Number(rows[0].number) }).toEqual({ number, texts: stored });
        });
        await fc.assert(echoes, { numRuns: 1_000 });
      }
      for (const value of [null, undefined, 1.5, Number.NaN, true, {}])
        expect(() => withLiterals("SELECT $1", [value])).toThrow(TypeError);
    });

    test("a history with a hole, or another one, is not the writer's", async () => {
      const database = await server.database();
      const store = opened.store({ pool: opened.pool(server.url(database)) });
      for (let index = 0; index < 4; index++) await set(store, { expected: index });
      const head = await store.head();
      const compose = () => setting(head);
      const strange = { revision: 2, hash: "2".repeat(64) };
      for (const since of [strange, { ...head, hash: strange.hash }, { ...head, revision: 9 }]) {
        expect(await store.changesSince(since, 10)).toEqual({ outcome: "diverged" });
        expect(await store.write({ since, compose })).toEqual({ outcome: "diverged" });
      }
      expect(await store.head()).toEqual(head);
      await server.query("DELETE FROM burgee_audit WHERE revision = 3", [], database);
      expect(await store.changesSince(START, 10)).toEqual({ outcome: "diverged" });
      expect(await store.changesSince(START, 2)).toMatchObject({ outcome: "changes" });
      await server.query("DELETE FROM burgee_namespaces", [], database);
      expect(await store.changesSince(head, 10)).toEqual({ outcome: "diverged" });
      expect(await store.head()).toEqual(START);
    });

    test("a closed store tells its listeners, and answers nothing; the pool goes on", async () => {
      const pool = await newPool();
      const store = opened.store({ pool });
      const told: unknown[] = [];
      opened.store({ pool });
      await store.subscribe({ news: () => {}, lost: (error) => told.push(error) });
      const subscribing = store.subscribe({ news: () => {}, lost: (error) => told.push(error) });
      await Promise.all([store.close(), store.close(), expect(subscribing).rejects.toMatchObject({ code: "CLOSED" })]);
      expect(told).toMatchObject([{ code: "CLOSED" }]);
      await expect(store.load()).rejects.toMatchObject({ code: "CLOSED" });
      await expect(store.subscribe({ news: () => {}, lost: () => {} })).rejects.toMatchObject({ code: "CLOSED" });
      expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
      // An idle connection that breaks while the pool is being ended would end the process.
      expect(pool.listenerCount("error")).toBe(1);
    });
  },
  { settings: { fsync: "off" } },
);
