import pg from "pg";
import { expect, test } from "vitest";
import { channelOf } from "../../../src/adapters/sql/postgres-channel.js";
import { changeIn, noticeOf } from "../../../src/adapters/sql/postgres-notice.js";
import { Seal } from "../../../src/adapters/sql/seal.js";
import type { FlagStore, StoredChange } from "../../../src/store/flag-store.js";
import { describePostgres } from "../../fixtures/postgres.js";
import { set, setting } from "./commands.js";
import { Opened } from "./opened.js";

await describePostgres(
  "notifications of PostgreSQL",
  (server) => {
    const opened = new Opened();
    const newStore = (url: string) => opened.store({ pool: opened.pool(url) });

    /** A database with the tables, and a role that may use them but for the keys. */
    async function databaseWithRole(): Promise<{ database: string; url: string }> {
      const database = await server.database();
      await newStore(server.url(database)).load();
      const role = `role_${database}`;
      await server.query(`CREATE ROLE ${role} LOGIN PASSWORD 'app'`, [], database);
      await server.query(
        `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`,
        [],
        database,
      );
      await server.query(`REVOKE ALL ON burgee_keys FROM ${role}`, [], database);
      const url = new URL(server.url(database));
      [url.username, url.password] = [role, "app"];
      return { database, url: url.href };
    }

    /** Subscribes, and gives what each news brought, in order. */
    async function heardBy(store: FlagStore) {
      const news: (StoredChange | undefined)[] = [];
      let wake = () => {};
      await store.subscribe({
        news: (change) => {
          news.push(change);
          wake();
        },
        lost: () => {},
      });
      const next = async () => {
        if (news.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        return news.shift();
      };
      return { next };
    }

    /** The payloads that anybody who may connect hears on a namespace's channel. */
    async function strangerAt(url: string) {
      const client = opened.add(new pg.Client(url));
      await client.connect();
      await client.query(`LISTEN ${channelOf("default")}`);
      const payloads: string[] = [];
      client.on("notification", ({ payload = "" }) => payloads.push(payload));
      return { client, payloads };
    }

    test("bring the change to every instance, sealed by one key, whoever makes it", async () => {
      const url = server.url(await server.database());
      const stores = Array.from({ length: 5 }, () => newStore(url));
      const ears = await Promise.all(stores.map(heardBy));
      for (const [index, store] of stores.entries()) {
        const written = await set(store, { flag: `flag_${index}`, value: `Ω ${index}` });
        for (const { next } of ears) expect({ outcome: "committed", change: await next() }).toEqual(written);
      }
    });

    test("show nobody else what changed", async () => {
      const { database, url } = await databaseWithRole();
      const { payloads, client } = await strangerAt(url);
      const { next } = await heardBy(newStore(server.url(database)));
      const store = newStore(server.url(database));
      await heardBy(store);
      await set(store, { value: "a secret", actor: "ada@example.com" });
      expect(await next()).toBeDefined();
      await client.query("SELECT 1");
      expect(payloads).toHaveLength(1);
      const [, sealed = ""] = payloads[0]?.split(" ") ?? [];
      expect(`${payloads[0]}${Buffer.from(sealed, "base64").toString("latin1")}`).not.toMatch(/secret|ada|checkout/);
      await expect(client.query("SELECT key FROM burgee_keys")).rejects.toMatchObject({ code: "42501" });
    });

    test("that somebody made without the key bring nothing, and are asked about", async () => {
      const { database, url } = await databaseWithRole();
      const { next } = await heardBy(newStore(server.url(database)));
      const { client } = await strangerAt(url);
      const { entry, flags } = setting({ revision: 0, hash: "0".repeat(64) }, { value: "forged" });
      const texts = { entry: JSON.stringify(entry), flags: JSON.stringify(flags) };
      const row = { namespace: "default", revision: 1, hash: entry.hash, at: 0, actor: null, source: "api", ...texts };
      const ownSeal = Seal.of(Seal.newKey());
      const forged = noticeOf(row, ownSeal);
      expect(changeIn(forged, ownSeal)).toEqual({ entry, flags });
      for (const payload of [
        forged,
        `1 ${Buffer.from(JSON.stringify([entry.hash, texts])).toString("base64")}`,
        "1 ",
        "",
      ]) {
        await client.query("SELECT pg_notify($1, $2)", [channelOf("default"), payload]);
        expect(await next()).toBeUndefined();
      }
    });

    test("tell a role that may not read the key that there is something, and it can write too", async () => {
      const { database, url } = await databaseWithRole();
      const [store, without] = [newStore(server.url(database)), newStore(url)];
      const [ear, deprived] = await Promise.all([heardBy(store), heardBy(without)]);
      const written = await set(store);
      expect(await deprived.next()).toBeUndefined();
      expect({ outcome: "committed", change: await ear.next() }).toEqual(written);
      expect(await without.changesSince({ revision: 0, hash: "0".repeat(64) }, 10)).toMatchObject({
        changes: [{ entry: { sequence: 1 } }],
      });
      expect(await set(without, { flag: "other" })).toMatchObject({ outcome: "committed" });
      expect(await ear.next()).toBeUndefined();
    });

    test("tell a connection that may not write too, where there is no key yet", async () => {
      const { database, url } = await databaseWithRole();
      await server.query(`GRANT SELECT, INSERT ON burgee_keys TO role_${database}`, [], database);
      const reading = opened.store({ pool: opened.pool(url, { options: "-c default_transaction_read_only=on" }) });
      const { next } = await heardBy(reading);
      await set(newStore(server.url(database)));
      expect(await next()).toBeUndefined();
      expect(await reading.load()).toMatchObject({ head: { revision: 1 } });
    });

    test("with another key than before are asked about, until the instance subscribes anew", async () => {
      const database = await server.database();
      const [store, other] = [newStore(server.url(database)), newStore(server.url(database))];
      const ear = await heardBy(other);
      await server.query("UPDATE burgee_keys SET key = $1", [Seal.newKey()], database);
      await heardBy(store);
      await set(store);
      expect(await ear.next()).toBeUndefined();
      const again = await heardBy(other);
      await set(store, { flag: "other" });
      expect(await again.next()).toMatchObject({ entry: { sequence: 2 } });
    });

    test("say the revision alone of a change that is too long, or of a store that does not listen", async () => {
      const url = server.url(await server.database());
      const [store, silent] = [newStore(url), newStore(url)];
      const { payloads, client } = await strangerAt(url);
      await heardBy(store);
      await set(store, { value: "x".repeat(8_000) });
      await set(silent, { flag: "other" });
      await client.query("SELECT 1");
      expect(payloads).toEqual(["1", "2"]);
    });
  },
  { settings: { fsync: "off" } },
);
