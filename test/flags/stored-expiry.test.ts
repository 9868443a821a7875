import { createFlags } from "burgee";
import { describe, expect, onTestFinished, test } from "vitest";
import { flag } from "../../src/registry/flag.js";
import { isolated, looseRegistry, rejectionOf } from "./fixtures/isolated.js";
import { ManualClock } from "./fixtures/manual-clock.js";
import { storeWith } from "./fixtures/switched-store.js";

const names = Array.from({ length: 249 }, (_, index) => `f${index}`);
const registry = looseRegistry({
  ...Object.fromEntries(names.map((name) => [name, flag.boolean({ default: false })])),
  parent: flag.boolean({ default: false }),
  child: flag.boolean({ default: false, dependsOn: ["parent"] }),
});

/** Flags that are on until 8,000 by the clock, the parent being the last to be lifted. The clock rings for nobody. */
async function expiring() {
  const clock = new ManualClock(5_000);
  const override = { value: true, origin: { source: "ops", at: 1_000, expiresAt: 8_000 } };
  const store = await storeWith(
    [...names, "parent"].map((name) => ({ flag: name, override })),
    "expiring",
  );
  const flags = createFlags(registry, { ...isolated, store, clock });
  onTestFinished(() => flags.close());
  await flags.ready();
  const on = () => [...names, "parent"].filter((name) => flags.isEnabled(name));
  return { flags, clock, on };
}

describe("a command at the time when very many overrides have expired", () => {
  test("is refused where a parent is one of them, however many there are", async () => {
    const { flags, clock, on } = await expiring();
    expect(on()).toHaveLength(250);
    clock.pass(8_000);
    const before = await flags.auditHead();
    const refused = await rejectionOf(flags.setFlag("child", true));
    expect([refused.code, refused.flag]).toEqual(["DEPENDENCY_UNMET", "child"]);
    expect([on(), await flags.auditHead()]).toEqual([[], before]);
    expect(flags.localAudit.entries({ source: "expiry" })).toHaveLength(250);
  });

  test("is not taken for their cause, and finds nothing left to reset", async () => {
    const { flags, clock, on } = await expiring();
    clock.pass(8_000);
    expect([await flags.resetFlag("parent"), await flags.resetAll(), on()]).toEqual([false, 0, []]);
    expect(flags.localAudit.entries({ source: "expiry" })).toHaveLength(250);
    expect(await flags.setFlag("parent", true)).toBe(true);
    expect(await flags.setFlag("child", true)).toBe(true);
    expect(flags.isEnabled("child")).toBe(true);
  });
});
