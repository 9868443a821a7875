import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { each, launchReady } from "./instances.js";
import { folderInMemory, longestPause, startBystanders } from "./pauses.js";
import type { StorePlace } from "./programs/store-place.js";

/** Much more than an instance may pause: a processor that stands still meanwhile cannot hide it. */
const OCCUPIED_MS = 200;

describe("a pause of one instance among three", () => {
  test.each(["work", "wait"] as const)("is found: a synchronous %s", async (how) => {
    const place: StorePlace = { kind: "sqlite", path: join(folderInMemory(), "flags.db") };
    const bystanders = await startBystanders();
    const instances = await launchReady(3, () => place);
    await each(instances, (instance) => instance.ask("startEvaluating", undefined));
    await each(instances, (instance) => instance.ask("evaluated", 110));
    await instances[1]?.ask("occupy", { how, ms: OCCUPIED_MS });
    const loops = await each(instances, (instance) => instance.ask("stopEvaluating", undefined));
    await expect(bystanders.expectNeverPaused(loops)).rejects.toThrow("the pauses");
    const [first, , third] = loops;
    await bystanders.expectNeverPaused([first, third]);
  });
});

describe("the time for which a processor stood still is no pause", () => {
  const pause = { from: 1_000, to: 1_100, ms: 90 };

  test("where nothing stood still, all of it counts", () => {
    expect(longestPause([], [[]])).toBe(0);
    expect(longestPause([pause, { from: 0, to: 20, ms: 20 }], [])).toBe(90);
    expect(longestPause([pause], [[{ from: 900, to: 1_000, ms: 100 }], [{ from: 1_100, to: 1_200, ms: 100 }]])).toBe(
      90,
    );
  });

  test("only what both have in common is left out", () => {
    expect(longestPause([pause], [[{ from: 1_020, to: 1_080, ms: 50 }]])).toBe(40);
    expect(longestPause([pause], [[{ from: 900, to: 1_030, ms: 120 }]])).toBe(60);
    expect(longestPause([pause], [[{ from: 1_090, to: 1_200, ms: 110 }]])).toBe(80);
  });

  test("one processor's standstills add up, and two processors' do not", () => {
    const early = { from: 1_010, to: 1_030, ms: 20 };
    const late = { from: 1_050, to: 1_080, ms: 30 };
    expect(longestPause([pause], [[early, late]])).toBe(40);
    expect(longestPause([pause], [[early], [late]])).toBe(60);
  });

  test("the one that is left the longest is told", () => {
    const excused = [{ from: 1_000, to: 1_100, ms: 90 }];
    expect(longestPause([pause, { from: 2_000, to: 2_030, ms: 30 }], [excused])).toBe(30);
  });
});
