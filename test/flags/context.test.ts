import { createFlags, defineFlags, flag } from "burgee";
import { describe, expect, it } from "vitest";
import { isolated, thrownBy } from "./fixtures/isolated.js";

const registry = defineFlags({
  ana: flag.boolean({ default: false, rule: { allow: ["ana"] } }),
  eu: flag.boolean({ default: false, rule: { allow: ["eu"], by: "region" } }),
  limit: flag.number({ default: 10 }),
  parent: flag.boolean({ default: true }),
  child: flag.boolean({ default: true, dependsOn: ["parent"] }),
});
const create = (more: object = {}) => createFlags(registry, { ...isolated, ...more });

describe("runWithContext", () => {
  it("gives its context to every evaluation below it that has none, and its result back", () => {
    const flags = create();
    expect(flags.isEnabled("ana")).toBe(false);
    const result = flags.runWithContext({ userId: "ana" }, () => {
      expect(flags.isEnabled("ana")).toBe(true);
      expect(flags.evaluate("ana").reason).toBe("TARGETING_MATCH");
      expect(flags.getAllFlags().ana).toBe(true);
      expect(flags.snapshot().isEnabled("ana")).toBe(true);
      expect(flags.explain("ana").resolution.value).toBe(true);
      expect(flags.requireEnabled("ana")).toBeUndefined();
      return 7;
    });
    expect(result).toBe(7);
    expect(flags.isEnabled("ana")).toBe(false);
  });

  it("reaches through promises and timers, each call tree with its own", async () => {
    const flags = create();
    const ask = (userId: string) =>
      flags.runWithContext({ userId }, async () => {
        await Promise.resolve();
        await new Promise((resolve) => setImmediate(resolve));
        return flags.isEnabled("ana");
      });
    expect(await Promise.all([ask("ana"), ask("ben"), ask("ana")])).toEqual([true, false, true]);
  });

  it("replaces what is around it, and never merges", () => {
    const flags = create();
    flags.runWithContext({ userId: "ana", region: "eu" }, () => {
      flags.runWithContext({ region: "eu" }, () => {
        expect([flags.isEnabled("ana"), flags.isEnabled("eu")]).toEqual([false, true]);
      });
      expect([flags.isEnabled("ana"), flags.isEnabled("eu")]).toEqual([true, true]);
      expect(flags.isEnabled("ana", {})).toBe(false);
      expect(flags.isEnabled("eu", { userId: "ana" })).toBe(false);
    });
  });

  it("keeps the base attributes below it, unless it has its own", () => {
    const flags = create({ context: { region: "eu" } });
    flags.runWithContext({ userId: "ana" }, () => {
      expect([flags.isEnabled("ana"), flags.isEnabled("eu")]).toEqual([true, true]);
    });
    flags.runWithContext({ region: "us" }, () => expect(flags.isEnabled("eu")).toBe(false));
  });

  it("takes the context as it is at the call, and passes on what is thrown", () => {
    const flags = create();
    const context = { userId: "ana" };
    flags.runWithContext(context, () => {
      context.userId = "ben";
      expect(flags.isEnabled("ana")).toBe(true);
    });
    const fail = () => {
      throw new Error("mine");
    };
    expect(() => flags.runWithContext({}, fail)).toThrow("mine");
  });

  it("belongs to its own flags: others know nothing of it", () => {
    const flags = create();
    const others = create();
    flags.runWithContext({ userId: "ana" }, () => {
      expect([flags.isEnabled("ana"), others.isEnabled("ana")]).toEqual([true, false]);
      others.runWithContext({ userId: "ben" }, () => expect(flags.isEnabled("ana")).toBe(true));
    });
  });
});

describe("a snapshot", () => {
  it("does not see what changes after it", () => {
    const flags = create();
    const before = flags.snapshot({ userId: "ana" });
    flags.setFlag("limit", 20);
    flags.setFlag("ana", false);
    flags.kill("parent");
    const after = flags.snapshot({ userId: "ana" });
    flags.revive("parent");
    expect(before.getAllFlags()).toEqual({ ana: true, eu: false, limit: 10, parent: true, child: true });
    expect(after.getAllFlags()).toEqual({ ana: false, eu: false, limit: 20, parent: false, child: false });
    expect([before.value("limit"), after.value("limit"), flags.value("limit")]).toEqual([10, 20, 20]);
    expect([before.isEnabled("child"), after.isEnabled("child"), flags.isEnabled("child")]).toEqual([
      true,
      false,
      true,
    ]);
    expect(after.evaluate("child")).toMatchObject({ source: "dependency", dependency: "parent" });
  });

  it("keeps its own copy of the context, which nobody can change", () => {
    const flags = create();
    const context = { userId: "ana" };
    const snapshot = flags.snapshot(context);
    context.userId = "ben";
    expect(snapshot.isEnabled("ana")).toBe(true);
    expect(snapshot.context).toEqual({ userId: "ana" });
    expect(Object.isFrozen(snapshot.context)).toBe(true);
    expect(Object.isFrozen(snapshot)).toBe(true);
    expect(Object.isFrozen(context)).toBe(false);
  });

  it("taken twice between changes is the same view twice", () => {
    const flags = create();
    flags.setFlag("limit", 20);
    const both = [flags.snapshot({ userId: "ana" }), flags.snapshot({ userId: "ben" })];
    flags.setFlag("limit", 30);
    expect(both.map((snapshot) => [snapshot.value("limit"), snapshot.isEnabled("ana")])).toEqual([
      [20, true],
      [20, false],
    ]);
  });

  it("answers for another context where a call gives one, and not for the ambient one", () => {
    const flags = create();
    const snapshot = flags.snapshot({ userId: "ana" });
    expect(snapshot.isEnabled("ana", { userId: "ben" })).toBe(false);
    expect(snapshot.getAllFlags({}).ana).toBe(false);
    flags.runWithContext({ userId: "ben" }, () => expect(snapshot.isEnabled("ana")).toBe(true));
  });

  it("has the base context where there is no other", () => {
    expect(create({ context: { region: "eu" } }).snapshot().context).toEqual({ region: "eu" });
    expect(
      create({ context: { region: "eu" } })
        .snapshot({ userId: "ana" })
        .isEnabled("eu"),
    ).toBe(true);
  });

  it("answers every kind of question, wrong ones too", () => {
    const model = defineFlags({ model: flag.experiment({ a: 1, b: 1 }, { default: "a" }) });
    const snapshot = createFlags(model, isolated).snapshot({ userId: "u1" });
    expect(snapshot.resolveVariant("model")).toBe(snapshot.value("model"));
    expect(snapshot.isEnabled("model" as never)).toBe(false);
    expect(snapshot.value("nope" as never)).toBeUndefined();
    expect(snapshot.registry).toBe(model);
    const before = create().snapshot({ userId: "ana" });
    expect(before.requireEnabled("ana")).toBeUndefined();
    expect(thrownBy(() => before.requireEnabled("ana", { userId: "ben" })).code).toBe("FLAG_DISABLED");
  });
});
