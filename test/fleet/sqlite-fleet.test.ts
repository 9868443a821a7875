import { join } from "node:path";
import { expect, test } from "vitest";
import { each, expectAgreement, expectNothingLost, launchReady, tell } from "./instances.js";
import { folderInMemory, startBystanders } from "./pauses.js";
import type { StorePlace } from "./programs/store-place.js";

test("three processes share a SQLite file, and one is killed", async () => {
  const place: StorePlace = { kind: "sqlite", path: join(folderInMemory(), "flags.db") };
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

  const bystanders = await startBystanders();
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
  const pauses = await bystanders.expectNeverPaused(loops);
  tell("three processes on a SQLite file", { seenAfterMs: took, commands, ...pauses });
});
