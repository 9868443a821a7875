import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { convergenceOf, LONGEST_CONVERGENCE_MS } from "./disturbed.js";
import { each, expectAgreement, type Instance, launchReady, tell } from "./instances.js";
import { startBystanders } from "./pauses.js";
import { PostgresServer } from "./postgres-server.js";
import type { StorePlace } from "./programs/store-place.js";
import { Relay } from "./relay.js";

let server: PostgresServer;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "burgee-backup-"));
  server = await PostgresServer.start();
});
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("an old backup is restored: everybody takes what it says, and goes on from there", async () => {
  const database = await server.newDatabase();
  const relay = await Relay.to(server.port);
  onTestFinished(() => relay.close());
  const direct: StorePlace = { kind: "postgres", url: server.url(database) };
  const bystanders = await startBystanders();
  const instances = await launchReady(3, () => ({ kind: "postgres", url: server.url(database, relay.port) }));
  await each(instances, (instance) => instance.ask("startEvaluating", undefined));
  const setTimes = async (flag: "text_0" | "text_1", from: number, to: number, by: Instance | undefined) => {
    for (let round = from; round <= to; round++) await by?.ask("set", { flag, value: `round ${round}` });
  };
  const allSay = async (texts: { text_0: string; text_1: string }) => {
    for (const { values } of await each(instances, (instance) => instance.ask("view", undefined)))
      expect(values).toMatchObject(Array(14).fill(texts));
  };
  const backup = join(folder, "backup");
  const restored = async () => {
    relay.cut();
    await each(instances, (instance) => instance.ask("state", "stale"));
    await server.stop("fast");
    server.restore(backup);
    await server.startAgain();
  };
  const healed = () => {
    relay.heal();
    return Date.now();
  };

  await setTimes("text_0", 1, 5, instances[0]);
  await each(instances, (instance) => instance.ask("reach", 5));
  await server.stop("fast");
  server.copyTo(backup);
  await server.startAgain();
  await each(instances, (instance) => instance.ask("state", "ready"));
  await setTimes("text_0", 6, 15, instances[1]);
  await each(instances, (instance) => instance.ask("reach", 15));
  await allSay({ text_0: "round 15", text_1: "hello" });

  // The store is at revision 5 again, and the instances at 15.
  await restored();
  const first = await convergenceOf(instances, healed(), 5);
  await allSay({ text_0: "round 5", text_1: "hello" });
  await setTimes("text_1", 6, 15, instances[2]);
  await each(instances, (instance) => instance.ask("reach", 15));
  await allSay({ text_0: "round 5", text_1: "round 15" });

  // The store comes to revision 15 once more by other commands: the number is the instances' own, and the hash is not.
  await restored();
  const [other] = await launchReady(1, () => direct);
  await setTimes("text_0", 106, 115, other);
  const second = await convergenceOf(instances, healed(), 15);
  await allSay({ text_0: "round 115", text_1: "hello" });

  // The first that an instance does after a restore is a command.
  await restored();
  const healing = healed();
  const set = await each(instances, async (instance, index) => {
    await instance.ask("state", "ready");
    return instance.ask("set", { flag: "text_1", value: `after ${index}` });
  });
  expect(set).toEqual([true, true, true]);
  const third = await convergenceOf(instances, healing, 8);

  const { chain } = await expectAgreement(instances, direct);
  expect(chain).toHaveLength(8);
  // Whoever is the last to come back after the third time finds another's command there, and both in one.
  for (const changes of await each(instances, (instance) => instance.ask("changes", undefined))) {
    const resynced = changes.filter(({ cause }) => cause === "resync").map(({ flag, value }) => `${flag} ${value}`);
    expect(resynced.slice(0, 3)).toEqual(["text_0 round 5", "text_0 round 115", "text_1 hello"]);
    expect(resynced.slice(3).filter((change) => !change.startsWith("text_1 after"))).toEqual(["text_0 round 5"]);
  }
  const loops = await each(instances, (instance) => instance.ask("stopEvaluating", undefined));
  const pauses = await bystanders.expectNeverPaused(loops);
  tell("restored backups", { convergenceMs: [first.ms, second.ms, third.ms].map(Math.round), ...pauses });
  for (const { ownMs } of [first, second, third]) expect(ownMs).toBeLessThanOrEqual(LONGEST_CONVERGENCE_MS);
});
