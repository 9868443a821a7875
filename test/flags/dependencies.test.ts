import { createFlags, defineFlags, type FlagChange, flag } from "burgee";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { isolated, looseFlags, recorder, thrownBy, withVariables } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

/** grandparent ← parent ← child, all on by their defaults. */
const family = {
  grandparent: flag.boolean({ default: true }),
  parent: flag.boolean({ default: true, dependsOn: ["grandparent"] }),
  child: flag.boolean({ default: true, dependsOn: ["parent"] }),
  stranger: flag.boolean({ default: true }),
};

function changesOf(flags: ReturnType<typeof looseFlags>): FlagChange[] {
  const changes: FlagChange[] = [];
  flags.onFlagChanged("*", (change) => changes.push(change));
  return changes;
}

const told = (changes: readonly FlagChange[]) => changes.map((change) => [change.flag, change.value, change.cause]);

describe("turning a parent off", () => {
  it.each([
    { by: "kill", act: "kill", undo: "revive", undone: "revive" },
    { by: "set", act: "setFlag", undo: "resetFlag", undone: "reset" },
  ] as const)("by $by takes its dependents along, and brings them back", ({ by, act, undo, undone }) => {
    const flags = looseFlags(family);
    const changes = changesOf(flags);
    if (act === "kill") flags.kill("grandparent");
    else flags.setFlag("grandparent", false);
    const because = { kind: "dependency", flag: "grandparent" };
    expect(told(changes)).toEqual([
      ["grandparent", false, { kind: by }],
      ["parent", false, because],
      ["child", false, because],
    ]);
    expect(flags.evaluate("child")).toMatchObject({
      value: false,
      reason: "DISABLED",
      source: "dependency",
      dependency: "grandparent",
    });
    expect(flags.isEnabled("stranger")).toBe(true);
    changes.length = 0;
    flags[undo]("grandparent");
    expect(told(changes)).toEqual([
      ["grandparent", true, { kind: undone }],
      ["parent", true, because],
      ["child", true, because],
    ]);
    expect(flags.isEnabled("child")).toBe(true);
  });

  it("tells of a dependent's answer that comes to depend on the context, without a value", () => {
    const flags = looseFlags(family);
    const changes = changesOf(flags);
    flags.setRule("grandparent", { allow: ["ana"] });
    expect(changes.map(({ flag: name }) => name)).toEqual(["grandparent", "parent", "child"]);
    for (const change of changes) {
      expect(change).toHaveProperty("value", undefined);
      expect(change.previous).toBe(true);
    }
    changes.length = 0;
    flags.setFlag("grandparent", true);
    for (const change of changes) {
      expect(change).toHaveProperty("previous", undefined);
      expect(change.value).toBe(true);
    }
    expect(changes).toHaveLength(3);
  });

  it("says nothing of a dependent that is off by itself, and leaves its own reason", () => {
    const flags = looseFlags({ ...family, child: flag.boolean({ default: false, dependsOn: ["parent"] }) });
    const changes = changesOf(flags);
    flags.kill("parent");
    expect(changes.map((change) => change.flag)).toEqual(["parent"]);
    expect(flags.evaluate("child")).toMatchObject({ reason: "DEFAULT", source: "default" });
    flags.kill("child");
    expect(flags.evaluate("child")).toMatchObject({ source: "kill" });
  });

  it("takes flags of every kind to their off", () => {
    const flags = looseFlags({
      parent: flag.boolean({ default: true }),
      limit: flag.number({ default: 5, off: 0, dependsOn: ["parent"] }),
      mode: flag.oneOf(["a", "b"], { default: "a", dependsOn: ["parent"] }),
    });
    const value = (name: string): unknown => flags.value(name);
    flags.setFlag("mode", "b" as never);
    expect([value("limit"), value("mode")]).toEqual([5, "b"]);
    flags.kill("parent");
    expect([value("limit"), value("mode")]).toEqual([0, "a"]);
    expect(flags.evaluate("mode")).toMatchObject({ variant: "a", source: "dependency" });
  });

  it("knows the off of a json flag by its content", () => {
    const flags = looseFlags({
      parent: flag.boolean({ default: false }),
      sizes: flag.json(z.object({ max: z.number() }), { default: { max: 1 }, dependsOn: ["parent"] }),
    });
    expect(flags.setFlag("sizes", { max: 1 } as never)).toBe(true);
    expect(flags.evaluate("sizes")).toMatchObject({ source: "overrides" });
    expect(thrownBy(() => flags.setFlag("sizes", { max: 2 } as never)).code).toBe("DEPENDENCY_UNMET");
  });

  it("does not reach through a parent that a kill leaves on", () => {
    const flags = looseFlags({ ...family, grandparent: flag.boolean({ default: true, safe: true }) });
    flags.kill("grandparent");
    expect(flags.isEnabled("child")).toBe(true);
  });
});

describe("turning a dependent on", () => {
  it("is refused while ancestors are constantly off, and names every one of them", () => {
    const flags = looseFlags({
      a: flag.boolean({ default: false }),
      b: flag.boolean({ default: true, dependsOn: ["a"] }),
      c: flag.boolean({ default: true }),
      d: flag.boolean({ default: false, dependsOn: ["b", "c"] }),
    });
    flags.kill("c");
    const error = thrownBy(() => flags.setFlag("d", true));
    expect(error).toMatchObject({ code: "DEPENDENCY_UNMET", flag: "d" });
    expect(error.message).toBe('flag "d" cannot be turned on: it depends on "a", "c", which are off');
    expect(flags.evaluate("d").source).toBe("default");
    expect(flags.getAuditLog("d")).toEqual([]);
    flags.revive("c");
    expect(thrownBy(() => flags.setRollout("d", 10)).message).toContain('depends on "a", which is off');
  });

  it("is never refused to off, which needs nobody", () => {
    const flags = looseFlags({
      a: flag.boolean({ default: false }),
      b: flag.boolean({ default: true, dependsOn: ["a"] }),
    });
    expect(flags.setFlag("b", false)).toBe(true);
    expect(flags.setRollout("b", 0)).toBe(true);
    expect(flags.setRule("b", { allow: [] })).toBe(true);
  });

  it("is not refused by an ancestor that is on for some", () => {
    const flags = looseFlags({
      a: flag.boolean({ default: false, rule: { allow: ["ana"] } }),
      b: flag.boolean({ default: false, dependsOn: ["a"] }),
    });
    flags.setFlag("b", true);
    expect(flags.isEnabled("b", { userId: "ana" })).toBe(true);
    expect(flags.evaluate("b", { userId: "ben" })).toMatchObject({ source: "dependency", dependency: "a" });
  });
});

describe("a dependent that stands on while its parent is off", () => {
  const start = (variables: Record<string, string>, log = recorder()) => {
    const flags = looseFlags(
      { a: flag.boolean({ default: false }), b: flag.boolean({ default: false, dependsOn: ["a"] }) },
      { ...withVariables(variables), logger: log.logger },
    );
    return { flags, warnings: () => log.lines.filter(({ level }) => level === "warn").map(({ message }) => message) };
  };

  it("does not stop the start: it is off, with one warning", () => {
    const { flags, warnings } = start({ FLAG_B: "true" });
    expect(flags.isEnabled("b")).toBe(false);
    expect(warnings()).toEqual(['flag "b" is off because "a" is']);
  });

  it("is warned about once when a parent goes off, and again only when it goes off anew", () => {
    const { flags, warnings } = start({ FLAG_B: "true" });
    flags.setFlag("a", true);
    expect(flags.isEnabled("b")).toBe(true);
    flags.kill("a");
    flags.resetFlag("a");
    expect(warnings()).toHaveLength(2);
    expect(flags.isEnabled("b")).toBe(false);
  });
});

describe("a deep diamond", () => {
  it("asks each ancestor once, not once for each path", () => {
    const asked: string[] = [];
    const definitions: Record<string, unknown> = {
      l0: flag.boolean({ default: true }),
      r0: flag.boolean({ default: true }),
    };
    for (let level = 1; level < 20; level++) {
      for (const side of ["l", "r"]) {
        const dependsOn = [`l${level - 1}`, `r${level - 1}`];
        definitions[`${side}${level}`] = flag.boolean({ default: true, dependsOn });
      }
    }
    const flags = looseFlags(definitions, {
      resolvers: [
        {
          name: "spy",
          prepare: ({ name }) => ({
            decide: () => {
              asked.push(name);
              return true;
            },
          }),
        },
      ],
    });
    asked.length = 0;
    expect(flags.isEnabled("l19")).toBe(true);
    expect(asked).toHaveLength(39);
    expect(new Set(asked).size).toBe(39);
  });
});

describe("a flag behind ancestors that are on for some", () => {
  const registry = defineFlags({
    first: flag.boolean({ default: true }),
    second: flag.boolean({ default: true }),
    child: flag.boolean({ default: true, dependsOn: ["first", "second"] }),
  });

  it("changes when another ancestor decides, and the audit log says which", () => {
    const flags = createFlags(registry, isolated);
    const changed: string[] = [];
    flags.onFlagChanged("*", (change) => changed.push(change.flag));
    flags.setRollout("first", 25);
    expect(changed).toEqual(["first", "child"]);
    expect(flags.getAuditLog("child")[0]?.affected[1]).toEqual({
      flag: "child",
      from: { value: true },
      to: { value: true, ancestors: { first: { rule: { rollout: 25 } } } },
    });
    flags.setRule("second", { rollout: 25 });
    expect(flags.getAuditLog("child")[0]?.affected[1]?.to).toEqual({
      value: true,
      ancestors: { first: { rule: { rollout: 25 } }, second: { rule: { rollout: 25 } } },
    });
  });

  it("changes when one rule moves from one ancestor to another in a single reload", async () => {
    const { path, write } = profileFile("feature_flags: { first: 25% }\n");
    const flags = createFlags(registry, { ...isolated, profile: { path } });
    const changed: string[] = [];
    flags.onFlagChanged("*", (change) => changed.push(change.flag));
    write("feature_flags: { second: 25% }\n");
    await flags.reload();
    expect(changed).toEqual(["first", "second", "child"]);
  });
});
