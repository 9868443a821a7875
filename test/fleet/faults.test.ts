import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { convergenceOf, expectUnharmed, LONGEST_CONVERGENCE_MS } from "./disturbed.js";
import { each, expectAgreement, type Instance, launch, launchReady, tell } from "./instances.js";
import { PostgresServer, type Stop } from "./postgres-server.js";
import { Program } from "./program.js";
import type { InstanceCalls } from "./programs/instance.js";
import type { StorePlace } from "./programs/store-place.js";
import { Relay } from "./relay.js";

let server: PostgresServer;
let database: string;
let direct: StorePlace;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server?.close());

/** A new database for each test; `through` a relay, or straight to the server. */
async function newPlace(): Promise<void> {
  database = await server.newDatabase();
  direct = { kind: "postgres", url: server.url(database) };
}

async function newRelay(): Promise<{ relay: Relay; through: StorePlace }> {
  const relay = await Relay.to(server.port);
  onTestFinished(() => relay.close());
  return { relay, through: { kind: "postgres", url: server.url(database, relay.port) } };
}

async function revision(): Promise<number> {
  const [row] = await server.query("SELECT revision FROM burgee_namespaces WHERE namespace = 'default'", database);
  return Number(row?.revision);
}

async function launchFrom(lastKnownGood: string): Promise<Instance> {
  const instance = new Program<InstanceCalls>("instance");
  await instance.ask("start", { store: direct, name: "known-good", lastKnownGood });
  return instance;
}

const allStale = (instances: readonly Instance[]) => each(instances, (instance) => instance.ask("state", "stale"));

/** Waits until every instance has tried some more commands. */
const moreTraffic = (instances: readonly Instance[], count: number) =>
  each(instances, (instance) => instance.ask("moreTraffic", count));

describe("the server", () => {
  test.each<Stop>(["fast", "immediate", "kill"])("is stopped and started: %s", async (how) => {
    await newPlace();
    await expectUnharmed({
      ...{ what: `server stopped, ${how}`, through: direct, direct, revision },
      disturb: async (instances) => {
        await server.stop(how);
        await allStale(instances);
        await moreTraffic(instances, 10);
        const started = server.startAgain();
        const recovered = await server.answers();
        await started;
        return recovered;
      },
    });
  });

  test("is away while one instance kills a flag by itself and another is started anew", async () => {
    await newPlace();
    const folder = mkdtempSync(join(tmpdir(), "burgee-known-good-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const lastKnownGood = join(folder, "flags.json");
    const [one, two] = await launchReady(2, () => direct);
    if (one === undefined || two === undefined) throw new Error("no instance was started");
    await one.ask("set", { flag: "text_0", value: "kept" });
    const early = await launchFrom(lastKnownGood);
    await early.ask("ready", 30_000);
    await early.ask("flush", undefined);

    await server.stop("fast");
    await allStale([one, two]);
    expect(await one.ask("killLocally", "smoke")).toBe(true);
    expect((await one.ask("view", undefined)).values).toMatchObject(Array(14).fill({ emergency: false }));
    expect((await one.ask("status", undefined)).localKills).toEqual(["emergency"]);
    expect((await two.ask("view", undefined)).values).toMatchObject(Array(14).fill({ emergency: true }));
    await early.kill();
    const late = await launchFrom(lastKnownGood);
    expect((await late.ask("view", undefined)).values).toMatchObject(Array(14).fill({ text_0: "kept" }));
    expect((await late.ask("set", { flag: "text_0", value: "lost" }).catch((error) => error)).code).toBe(
      "STORE_UNAVAILABLE",
    );

    const started = server.startAgain();
    const recovered = await server.answers();
    await started;
    const all = [one, two, late];
    const { ms, ownMs } = await convergenceOf(all, recovered, 2);
    for (const { values } of await each(all, (instance) => instance.ask("view", undefined)))
      expect(values).toMatchObject(Array(14).fill({ emergency: false, text_0: "kept" }));
    const { chain } = await expectAgreement(all, direct);
    expect(chain.map(({ action, flag }) => [action, flag])).toEqual([
      ["set", "text_0"],
      ["kill", "emergency"],
    ]);
    expect((await one.ask("status", undefined)).localKills).toEqual([]);
    tell("local kill and start from a file", { convergenceMs: Math.round(ms) });
    expect(ownMs).toBeLessThanOrEqual(LONGEST_CONVERGENCE_MS);
  });
});

describe("the connections", () => {
  test("are ended by the server, ten times", async () => {
    await newPlace();
    await expectUnharmed({
      ...{ what: "connections terminated, ten times", through: direct, direct, revision },
      disturb: async (instances) => {
        for (let time = 1; time <= 10; time++) {
          await server.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}' AND pid <> pg_backend_pid()`,
          );
          if (time === 10) break;
          await moreTraffic(instances, 5);
          await each(instances, (instance) => instance.ask("state", "ready"));
        }
        return Date.now();
      },
    });
  });

  test("are cut", async () => {
    await newPlace();
    const { relay, through } = await newRelay();
    await expectUnharmed({
      ...{ what: "connections cut", through, direct, revision },
      disturb: async (instances) => {
        for (let time = 1; time <= 10; time++) {
          relay.cutOnce();
          await moreTraffic(instances, 3);
        }
        relay.cut();
        await allStale(instances);
        await moreTraffic(instances, 10);
        relay.heal();
        return Date.now();
      },
    });
  });

  test("pass nothing on for a while", async () => {
    await newPlace();
    const { relay, through } = await newRelay();
    await expectUnharmed({
      ...{ what: "connections that pass nothing on", through, direct, revision },
      disturb: async (instances) => {
        relay.swallow();
        await allStale(instances);
        await moreTraffic(instances, 10);
        relay.heal();
        return Date.now();
      },
    });
  });

  test("are forgotten by the network, which tells nobody", async () => {
    await newPlace();
    const { relay, through } = await newRelay();
    await expectUnharmed({
      ...{ what: "connections forgotten", through, direct, revision },
      disturb: async (instances) => {
        relay.forget();
        const forgotten = Date.now();
        await allStale(instances);
        return forgotten;
      },
      // Silence is no sign: it is the next poll that has not been answered for so long.
      unnoticedMs: 1_000 + 5_000,
    });
  });

  test("lose notifications: the poll finds what they would have told", async () => {
    await newPlace();
    const { relay, through } = await newRelay();
    const instances = await launchReady(3, () => through);
    const [one, ...others] = instances;
    relay.dropsNotifications = true;
    const took: number[] = [];
    for (let round = 1; round <= 5; round++) {
      await one?.ask("set", { flag: "text_0", value: `round ${round}` });
      const { ms, ownMs } = await convergenceOf(others, Date.now(), round);
      took.push(Math.round(ms));
      expect(ownMs).toBeLessThanOrEqual(LONGEST_CONVERGENCE_MS);
    }
    expect(relay.swallowed).toBeGreaterThanOrEqual(5);
    await expectAgreement(instances, direct);
    const seen = await each(instances, (instance) => instance.ask("changes", undefined));
    expect(seen.map((changes) => changes.map(({ value }) => value))).toEqual(
      Array(3).fill(["round 1", "round 2", "round 3", "round 4", "round 5"]),
    );
    tell("notifications lost", { swallowed: relay.swallowed, seenAfterMs: took });
  });
});

test("an instance's clock is set back by an hour, and forward again", async () => {
  await newPlace();
  await expectUnharmed({
    ...{ what: "a clock set back", through: direct, direct, revision },
    disturb: async (instances) => {
      const [, second] = instances;
      await second?.ask("setClockBack", 3_600_000);
      await moreTraffic(instances, 20);
      await second?.ask("set", { flag: "text_0", value: "for two hours", ttlMs: 7_200_000 });
      await moreTraffic(instances, 10);
      await second?.ask("setClockBack", 0);
      await moreTraffic(instances, 20);
      return Date.now();
    },
  });
});

describe("migrations", () => {
  test.each([2, 10])("run once where %i processes start together", async (count) => {
    await newPlace();
    const instances = await launch(count, () => direct);
    await each(instances, (instance) => instance.ask("ready", 30_000));
    const rows = await server.query("SELECT version FROM burgee_migrations ORDER BY version", database);
    const versions = rows.map(({ version }) => Number(version));
    expect(versions).toEqual(versions.map((_, index) => index + 1));
    expect(versions.length).toBeGreaterThan(0);
    // One that had met another in the middle would have been refused, and would have tried again.
    for (const errors of await each(instances, (instance) => instance.ask("errors", undefined)))
      expect(errors).toEqual([]);
    for (const [index, instance] of instances.entries())
      expect(await instance.ask("set", { flag: "text_0", value: `from ${index}` })).toBe(true);
    await expectAgreement(instances, direct);
  });
});
