import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { LONGEST_PAUSE_MS, usualWorkMs } from "./disturbed.js";
import { each, expectAgreement, expectNothingLost, launchReady, tell } from "./instances.js";
import type { StorePlace } from "./programs/store-place.js";

test("three processes share a SQLite file, and one is killed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "burgee-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const place: StorePlace = { kind: "sqlite", path: join(folder, "flags.db") };
  const instances = await launchReady(3, () => place);
  const [first, second, third] = instances;

  // Each one's change is seen by the others, without anybody writing meanwhile.
  const took: number[] = [];
  for (const [index, instance] of instances.entries()) {
    await instance.ask("set", { flag: "text_0", value: `from ${index}` });
    const committed = Date.now();
    const others = instances.filter((other) => other !== instance);
    for (const { at } of await each(others, (other) => other.ask("reach", index + 1))) took.push(at - committed);
    for (const { values } of await each(others, (other) => other.ask("view", undefined)))
      expect(values).toMatchObject(Array(14).fill({ text_0: `from ${index}` }));
  }

  await each(instances, (instance) => instance.ask("startEvaluating", undefined));
  await each(instances, (instance, index) => instance.ask("startTraffic", { name: `i${index}`, seed: index + 1 }));
  await each(instances, (instance) => instance.ask("moreTraffic", 50));
  await third?.kill();
  const left = [first, second].filter((instance) => instance !== undefined);
  await each(left, (instance) => instance.ask("moreTraffic", 50));
  const outcomes = (await each(left, (instance) => instance.ask("stopTraffic", undefined))).flat();
  const loops = await each(left, (instance) => instance.ask("stopEvaluating", undefined));

  const { chain } = await expectAgreement(left, place);
  const commands = expectNothingLost(
    chain.filter(({ reason }) => !reason?.startsWith("i2-")),
    outcomes,
  );
  expect(Object.keys(commands).filter((outcome) => outcome.startsWith("STORE_"))).toEqual([]);
  const seen = await each(left, (instance) => instance.ask("changes", undefined));
  expect(seen[1]).toEqual(seen[0]);
  tell("three processes on a SQLite file", {
    ...{
      seenAfterMs: took,
      commands,
      longestWorkMs: loops.map((loop) => loop?.longestWorkMs),
      longestPauseMs: loops.map((loop) => loop?.longestMs),
    },
  });
  for (const loop of loops) expect(loop?.thrown).toEqual([]);
  expect(usualWorkMs(loops)).toBeLessThanOrEqual(LONGEST_PAUSE_MS);
});
