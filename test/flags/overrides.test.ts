import { createFlags, defineFlags, flag, type Resolver } from "burgee";
import { describe, expect, it } from "vitest";
import { isolated, looseFlags, recorder, rejectionOf, thrownBy, withVariables } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

const registry = defineFlags({
  open: flag.boolean({ default: false }),
  half: flag.boolean({ default: false, rule: { rollout: 50 } }),
  limit: flag.number({ default: 10 }),
  model: flag.experiment({ a: 50, b: 50 }, { default: "a" }),
});
const create = () => createFlags(registry, isolated);

describe("setting and resetting", () => {
  it("gives whether the override changed; the same again is nothing", () => {
    const flags = create();
    const changes: unknown[] = [];
    flags.onFlagChanged("*", (change) => changes.push(change));
    expect(flags.setFlag("open", true)).toBe(true);
    expect(flags.setFlag("open", true, { actor: "ana", reason: "again" })).toBe(false);
    expect(flags.setRule("half", { rollout: 25, deny: [1] })).toBe(true);
    expect(flags.setRule("half", { deny: ["1"], rollout: "25%" })).toBe(false);
    expect(flags.setRollout("half", "30 %" as never)).toBe(true);
    expect(flags.setRollout("half", 30)).toBe(false);
    expect(changes).toHaveLength(3);
    expect(flags.getAuditLog()).toHaveLength(3);
  });

  it("tells a value from a rule that gives it to everybody", () => {
    const flags = create();
    flags.setFlag("open", true);
    expect(flags.setRollout("open", 100)).toBe(true);
    expect(flags.setFlag("open", true)).toBe(true);
  });

  it("removes the override, and writes nothing in its place", () => {
    const flags = create();
    expect(flags.resetFlag("half")).toBe(false);
    const before = flags.evaluate("half", { userId: "u1" });
    flags.setFlag("half", !before.value);
    expect(flags.isEnabled("half", { userId: "u1" })).toBe(!before.value);
    expect(flags.resetFlag("half")).toBe(true);
    expect(flags.evaluate("half", { userId: "u1" })).toEqual(before);
    expect(flags.resetFlag("half")).toBe(false);
    expect(flags.getAuditLog("half").map(({ action }) => action)).toEqual(["reset", "set"]);
  });

  it("removes all of them at once, in one command, and leaves kills alone", () => {
    const flags = create();
    expect(flags.resetAll()).toBe(0);
    flags.setFlag("open", true);
    flags.setFlag("limit", 11);
    flags.kill("model");
    expect(flags.resetAll({ actor: "ana" })).toBe(2);
    expect(flags.getAllFlags()).toMatchObject({ open: false, limit: 10 });
    expect(flags.evaluate("model").source).toBe("kill");
    const [entry] = flags.getAuditLog();
    expect(entry).toMatchObject({ action: "reset", actor: "ana", affected: [{ flag: "open" }, { flag: "limit" }] });
    expect(entry).not.toHaveProperty("flag");
    expect(flags.resetAll()).toBe(0);
  });

  it("spreads an experiment anew", () => {
    const flags = create();
    flags.setRule("model", { weights: { b: 1 } });
    expect(flags.resolveVariant("model", { userId: "u1" })).toBe("b");
    flags.setRollout("model", 0);
    expect(flags.resolveVariant("model", { userId: "u1" })).toBe("a");
  });

  it("keeps nothing of the caller's object", () => {
    const flags = create();
    const rule = { allow: ["ana"] };
    flags.setRule("open", rule);
    rule.allow.push("ben");
    expect(flags.isEnabled("open", { userId: "ben" })).toBe(false);
    expect(Object.isFrozen(rule)).toBe(false);
  });
});

describe("kill and revive", () => {
  it("is ahead of everything, pins included, and gives whether it did anything", () => {
    const flags = createFlags(registry, withVariables({ FLAG_OPEN: "on" }));
    expect(flags.kill("open", { actor: "ana", reason: "incident 12" })).toBe(true);
    expect(flags.kill("open")).toBe(false);
    expect(flags.evaluate("open")).toEqual({ value: false, reason: "DISABLED", source: "kill" });
    expect(flags.revive("open")).toBe(true);
    expect(flags.revive("open")).toBe(false);
    expect(flags.isEnabled("open")).toBe(true);
    expect(flags.getAuditLog("open").map(({ action, reason }) => [action, reason])).toEqual([
      ["revive", undefined],
      ["kill", "incident 12"],
    ]);
  });

  it("hides what is set meanwhile, which an entry without effect records", () => {
    const flags = create();
    flags.kill("open");
    expect(flags.setFlag("open", true)).toBe(true);
    expect(flags.isEnabled("open")).toBe(false);
    expect(flags.getAuditLog("open", { limit: 1 })).toMatchObject([
      { action: "set", setting: { value: true }, affected: [] },
    ]);
    flags.revive("open");
    expect(flags.isEnabled("open")).toBe(true);
  });

  it("leaves a flag on whose safe state that is, and says so", () => {
    const { logger, lines } = recorder();
    const flags = looseFlags({ headers: flag.boolean({ default: true, safe: true }) }, { logger });
    flags.setFlag("headers", false);
    expect(flags.kill("headers")).toBe(true);
    expect(flags.evaluate("headers")).toMatchObject({ value: true, source: "kill" });
    expect(lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
      'flag "headers" goes on by a kill: that is its safe state',
    ]);
    expect(flags.getAuditLog("headers")[0]?.warnings).toEqual([
      'flag "headers" goes on by a kill: that is its safe state',
    ]);
  });
});

describe("a write that is refused", () => {
  const places = { variables: { FLAG_OPEN: "off" }, files: [] };

  it("names the variable that pins the flag", () => {
    const flags = createFlags(registry, { ...isolated, env: places });
    for (const act of [() => flags.setFlag("open", true), () => flags.setRollout("open", 5)]) {
      expect(thrownBy(act)).toMatchObject({
        code: "FLAG_PINNED",
        flag: "open",
        message:
          'flag "open" is pinned by env (FLAG_OPEN), which goes before overrides; change it there, or use kill("open") in an emergency',
      });
    }
    expect(flags.getAuditLog()).toEqual([]);
  });

  it("names file, line and column of a locked entry", () => {
    const { path } = profileFile("feature_flags:\n  limit: 5\n  open: { rollout: 5, locked: true }\n");
    const flags = createFlags(registry, { ...isolated, profile: path });
    expect(thrownBy(() => flags.setFlag("open", true)).message).toContain(`locked by the profile (${path}:3:3)`);
    expect(flags.setFlag("limit", 6)).toBe(true);
  });

  it("names a resolver that always answers, and the definition where its rule stands ahead", () => {
    const mine: Resolver = { name: "mine", prepare: ({ name }) => (name === "open" ? { value: true } : undefined) };
    const flags = createFlags(registry, { ...isolated, resolvers: [mine, "rollout", "overrides"] });
    expect(thrownBy(() => flags.setFlag("open", false)).message).toContain("is pinned by mine, which");
    expect(thrownBy(() => flags.setFlag("half", false)).message).toContain("is pinned by rollout (definition), which");
    expect(flags.setFlag("limit", 1)).toBe(true);
  });

  it("says that the chain has no overrides", () => {
    const flags = createFlags(registry, { ...isolated, resolvers: ["env", "profile", "rollout"] });
    expect(thrownBy(() => flags.setFlag("open", true))).toMatchObject({
      code: "NO_OVERRIDES",
      message: 'flag "open" cannot be set: the chain has no "overrides" step; add it to `resolvers`',
    });
    expect(flags.resetFlag("open")).toBe(false);
    expect(flags.kill("open")).toBe(true);
  });

  it("says READ_ONLY to every write and reload, and goes on answering", async () => {
    const flags = createFlags(registry, { ...isolated, readOnly: true });
    const writes = {
      set: () => flags.setFlag("open", true),
      rule: () => flags.setRule("open", { rollout: 5 }),
      rollout: () => flags.setRollout("open", 5),
      reset: () => flags.resetFlag("open"),
      resetAll: () => flags.resetAll(),
      kill: () => flags.kill("open"),
      revive: () => flags.revive("open"),
      clear: () => flags.clearAuditLog(),
    };
    for (const write of Object.values(writes)) {
      expect(thrownBy(write)).toMatchObject({ code: "READ_ONLY" });
      expect(thrownBy(write).message).toContain("leave out `readOnly: true` to");
    }
    expect((await rejectionOf(flags.reload())).code).toBe("READ_ONLY");
    expect(flags.isEnabled("open")).toBe(false);
    await flags.close();
    for (const write of Object.values(writes)) expect(thrownBy(write).code).toBe("CLOSED");
    expect((await rejectionOf(flags.reload())).code).toBe("CLOSED");
  });

  it("says FLAG_NOT_FOUND for a name that is none, with the nearest", () => {
    const flags = looseFlags({ open: flag.boolean({ default: false }) });
    const acts = [
      () => flags.setFlag("opne", true),
      () => flags.setRule("opne", {}),
      () => flags.resetFlag("opne"),
      () => flags.kill("opne"),
      () => flags.revive("opne"),
      () => flags.explain("opne"),
      () => flags.onFlagChanged("opne", () => {}),
      () => flags.getAuditLog("opne"),
    ];
    for (const act of acts) {
      expect(thrownBy(act)).toMatchObject({
        code: "FLAG_NOT_FOUND",
        message: 'unknown flag "opne"; did you mean "open"?',
      });
    }
  });

  it("says INVALID_VALUE and INVALID_RULE, and why", () => {
    const flags = create();
    expect(thrownBy(() => flags.setFlag("open", "yes" as never))).toMatchObject({
      code: "INVALID_VALUE",
      flag: "open",
      message:
        'flag "open" cannot be set: "yes" is not a boolean; give true or false (a share of the users is a rule: { rollout: 25 })',
    });
    expect(thrownBy(() => flags.setFlag("limit", Number.NaN)).message).toContain("NaN is not a number");
    expect(thrownBy(() => flags.setRule("open", { rolout: 5, deny: 3 } as never))).toMatchObject({
      code: "INVALID_RULE",
      flag: "open",
      message:
        'flag "open" was given a rule it cannot use: a rule has no `rolout`; did you mean "rollout"?; `deny` must be a list of units, each a text or a number',
    });
    expect(thrownBy(() => flags.setRollout("open", 101)).code).toBe("INVALID_RULE");
    expect(thrownBy(() => flags.setRollout("limit" as never, 5)).message).toContain("needs `serve`");
    expect(flags.getAuditLog()).toEqual([]);
  });
});

describe("a frozen flag", () => {
  it("can be turned on, with a warning and a word in the audit log", () => {
    const { logger, lines } = recorder();
    const flags = looseFlags({ old: flag.boolean({ default: false, status: "frozen" }) }, { logger });
    const warnings = () => lines.filter(({ level }) => level === "warn").map(({ message }) => message);
    flags.setFlag("old", false);
    expect(warnings()).toEqual([]);
    flags.setFlag("old", true);
    expect(warnings()).toEqual(['flag "old" is frozen, and is turned on all the same']);
    expect(flags.getAuditLog("old").map((entry) => entry.warnings)).toEqual([
      ['flag "old" is frozen, and is turned on all the same'],
      undefined,
    ]);
  });
});

describe("setting a killed flag", () => {
  it("takes hold when it is revived, warns until then, and says so in the log", () => {
    const { logger, lines } = recorder();
    const flags = createFlags(registry, { ...isolated, logger });
    flags.kill("open");
    lines.length = 0;
    expect(flags.setFlag("open", true)).toBe(true);
    expect(flags.isEnabled("open")).toBe(false);
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ["warn", 'flag "open" is killed: this shows when it is revived'],
    ]);
    expect(flags.getAuditLog({ limit: 1 })).toMatchObject([
      { action: "set", affected: [], warnings: ['flag "open" is killed: this shows when it is revived'] },
    ]);
    flags.revive("open");
    expect(flags.isEnabled("open")).toBe(true);
  });
});
