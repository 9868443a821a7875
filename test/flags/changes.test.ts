import { type AuditEntry, createFlags, defineFlags, type FlagChange, flag, type Resolver } from "burgee";
import { describe, expect, it } from "vitest";
import { isolated, settled, thrownBy } from "./fixtures/isolated.js";

const registry = defineFlags({
  open: flag.boolean({ default: false }),
  limit: flag.number({ default: 10 }),
  other: flag.number({ default: 0 }),
});
const AT = Date.UTC(2027, 0, 1);
const create = (more: object = {}) => createFlags(registry, { ...isolated, clock: () => AT, ...more });

describe("a change", () => {
  it("tells the whole of it: what, from what, by whom, why, when, as which", () => {
    const flags = create();
    const changes: FlagChange[] = [];
    flags.onFlagChanged("limit", (change) => changes.push(change));
    flags.setFlag("limit", 20, { source: "ops", actor: "ana", reason: "launch" });
    flags.setFlag("limit", 30);
    expect(changes).toEqual([
      {
        flag: "limit",
        previous: 10,
        value: 20,
        source: "ops",
        actor: "ana",
        reason: "launch",
        cause: { kind: "set" },
        at: AT,
        sequence: 1,
      },
      { flag: "limit", previous: 20, value: 30, source: "runtime", cause: { kind: "set" }, at: AT, sequence: 2 },
    ]);
    expect(Object.isFrozen(changes[0])).toBe(true);
  });

  it("holds a rule in place of a value where the answer depends on the context", () => {
    const flags = create();
    const changes: FlagChange[] = [];
    flags.onFlagChanged("open", (change) => changes.push(change));
    flags.setRollout("open", 25);
    flags.setRollout("open", 50);
    flags.setFlag("open", true);
    const shown = changes.map(({ previous, value, previousRule, rule }) => ({ previous, value, previousRule, rule }));
    expect(shown).toEqual([
      { previous: false, value: undefined, previousRule: undefined, rule: { rollout: 25 } },
      { previous: undefined, value: undefined, previousRule: { rollout: 25 }, rule: { rollout: 50 } },
      { previous: undefined, value: true, previousRule: { rollout: 50 }, rule: undefined },
    ]);
    expect(changes[0]).not.toHaveProperty("previousRule");
    expect(changes[2]).not.toHaveProperty("rule");
  });

  it("has neither value nor rule where a custom function decides", () => {
    let told = (_names?: readonly string[]): void => {};
    let mine: ReturnType<Resolver["prepare"]>;
    const table: Resolver = {
      name: "table",
      prepare: ({ name }) => (name === "limit" ? mine : undefined),
      onChange: (changed) => {
        told = changed;
        return () => {};
      },
    };
    const flags = create({ resolvers: [table] });
    const changes: FlagChange[] = [];
    flags.onFlagChanged("*", (change) => changes.push(change));
    const decide = () => 5;
    mine = { decide };
    told(["limit"]);
    told();
    mine = { decide: () => 5 };
    told(["limit", "no flag at all"]);
    mine = undefined;
    told();
    expect(changes.map(({ previous, value }) => [previous, value])).toEqual([
      [10, undefined],
      [undefined, undefined],
      [undefined, 10],
    ]);
    expect(changes[0]).toMatchObject({ source: "table", cause: { kind: "resolver" } });
    expect(flags.getAuditLog("limit").at(-1)).toMatchObject({
      action: "reload",
      source: "table",
      affected: [{ from: { value: 10 }, to: { custom: "table" } }],
    });
    expect(flags.getAuditLog()).toHaveLength(3);
  });

  it("is only told where the setting differs", () => {
    const flags = create();
    const changes: FlagChange[] = [];
    flags.onFlagChanged("*", (change) => changes.push(change));
    flags.setFlag("limit", 10);
    flags.resetFlag("limit");
    flags.setRule("open", { deny: ["ana"], rollout: 0 });
    expect(changes).toEqual([]);
    expect(flags.getAuditLog().map(({ affected }) => affected)).toEqual([[], [], []]);
  });
});

describe("the order of a command", () => {
  it("is commit, audit, sinks, listeners; the flag's own listeners, then those of all", () => {
    const order: string[] = [];
    const value = () => flags.value("limit");
    const write = ([entry]: readonly AuditEntry[]) => void order.push(`sink ${entry?.action} ${value()}`);
    const flags = create({ audit: { sinks: [{ name: "spy", write }] } });
    flags.on("audit", ({ action }) => {
      order.push(`audit ${action} ${value()} ${flags.auditHead().sequence}`);
    });
    flags.onFlagChanged("*", () => order.push(`all ${value()}`));
    flags.onFlagChanged("limit", () => order.push(`first ${value()}`));
    flags.onFlagChanged("limit", () => order.push(`second ${value()}`));
    flags.setFlag("limit", 20);
    order.push("returned");
    expect(order).toEqual(["sink set 20", "audit set 20 1", "first 20", "second 20", "all 20", "returned"]);
  });

  it("holds across commands that listeners give: each commits at once, and is told in its turn", () => {
    const flags = create();
    const seen: string[] = [];
    const see = (who: string) => (change: FlagChange) =>
      seen.push(`${who} ${change.flag} ${change.previous}>${change.value} #${change.sequence}`);
    flags.onFlagChanged("limit", () => flags.setFlag("other", 1), { once: true });
    flags.onFlagChanged("limit", () => seen.push(`other is ${flags.value("other")}`), { once: true });
    flags.onFlagChanged("*", see("all"));
    flags.onFlagChanged("other", see("own"));
    flags.setFlag("limit", 20);
    expect(seen).toEqual(["other is 1", "all limit 10>20 #1", "own other 0>1 #2", "all other 0>1 #2"]);
  });

  it("holds where a listener of `audit` gives the command", () => {
    const flags = create();
    const seen: string[] = [];
    flags.once("audit", () => void flags.setFlag("limit", 30));
    flags.onFlagChanged("limit", ({ previous, value, sequence }) => seen.push(`${previous}>${value} #${sequence}`));
    flags.setFlag("limit", 20);
    expect(flags.value("limit")).toBe(30);
    expect(seen).toEqual(["10>20 #1", "20>30 #2"]);
    expect(flags.getAuditLog().map(({ setting }) => setting)).toEqual([{ value: 30 }, { value: 20 }]);
    expect(flags.verify().ok).toBe(true);
  });

  it("holds where a listener of `error` gives the command, while flags are being worked out", async () => {
    let down = false;
    let tell = (_names: readonly string[]): void => {};
    const failing: Resolver = {
      name: "failing",
      prepare: () => {
        if (down) throw new Error("down");
        return { value: 20 };
      },
      onChange: (changed) => {
        tell = changed;
        return () => {};
      },
    };
    const flags = create({ resolvers: ["overrides", failing] });
    const seen: string[] = [];
    flags.once("error", () => void flags.setFlag("limit", 30));
    flags.onFlagChanged("limit", ({ previous, value, sequence }) => seen.push(`${previous}>${value} #${sequence}`));
    down = true;
    tell(["limit"]);
    expect(flags.value("limit")).toBe(10);
    await settled();
    expect(flags.value("limit")).toBe(30);
    expect(seen).toEqual(["20>10 #1", "10>30 #2"]);
  });

  it("counts without gaps, whoever listens and whatever is refused", () => {
    const flags = create();
    const sequences: number[] = [];
    flags.setFlag("limit", 11);
    flags.onFlagChanged("*", ({ sequence }) => sequences.push(sequence));
    flags.setFlag("limit", 11);
    thrownBy(() => flags.setFlag("limit", "no" as never));
    flags.kill("open");
    for (let value = 12; value < 20; value++) flags.setFlag("limit", value);
    flags.resetAll();
    expect(sequences).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});
