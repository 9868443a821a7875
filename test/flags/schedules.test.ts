import { bucketOf, createFlags, defineFlags, type FlagsOptions, flag, type RuleFor } from "burgee";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorsOf, isolated, thrownBy } from "./fixtures/isolated.js";
import { ManualClock } from "./fixtures/manual-clock.js";
import { profileFile } from "./fixtures/profile.js";

const DAY = 86_400_000;
const START = Date.UTC(2027, 0, 11);
const at = (time: number) => new Date(time).toISOString();
const WINDOW = { schedule: { from: at(START), until: at(START + DAY) } };
const STEPS = {
  steps: [
    { at: at(START), rollout: 5 },
    { at: at(START + DAY), rollout: 25 },
    { at: at(START + 2 * DAY), rollout: 100 },
  ],
};

const registry = defineFlags({
  f: flag.boolean({ default: false }),
  parent: flag.boolean({ default: false }),
  child: flag.boolean({ default: false, dependsOn: ["parent"] }),
  limit: flag.number({ default: 10 }),
  chat: flag.boolean({ default: false, requires: z.object({ TOKEN: z.string() }) }),
});
type Name = keyof typeof registry.definitions;

function start(now: number, options: FlagsOptions = {}) {
  const clock = new ManualClock(now);
  const flags = createFlags(registry, { ...isolated, clock, ...options });
  const changes: unknown[] = [];
  flags.onFlagChanged("*", ({ flag: name, previous, value, previousRule, rule, source, cause, at: when }) => {
    const from = previousRule ?? previous;
    const to = rule ?? value;
    changes.push({ flag: name, from, to, source, cause, at: when });
  });
  const audited = () => flags.getAuditLog(undefined, { source: "schedule" }).toReversed();
  return { clock, flags, changes, audited };
}

/** A profile that gives one flag a rule; a `Flags` object that reads it. */
function scheduled<N extends Name>(name: N, rule: RuleFor<typeof registry.definitions, N>, now: number, options = {}) {
  const { path } = profileFile(JSON.stringify({ feature_flags: { [name]: rule } }));
  return start(now, { profile: path, ...options });
}

const step = (name: string, from: unknown, to: unknown, time: number) => ({
  flag: name,
  from,
  to,
  source: "schedule",
  cause: { kind: "schedule" },
  at: time,
});

describe("a schedule", () => {
  it("begins at `from`, ends before `until`, and is a constant all the while", () => {
    const { clock, flags, changes, audited } = scheduled("f", WINDOW, START - 1);
    const answers = [START - 1, START, START + DAY - 1, START + DAY].map((time) => {
      clock.set(time);
      return flags.evaluate("f", { userId: "u1" });
    });
    expect(answers.map(({ value, reason }) => [value, reason])).toEqual([
      [false, "STATIC"],
      [true, "STATIC"],
      [true, "STATIC"],
      [false, "STATIC"],
    ]);
    expect(changes).toEqual([step("f", false, true, START), step("f", true, false, START + DAY)]);
    expect(audited()).toMatchObject([
      {
        action: "schedule",
        flag: "f",
        at: at(START),
        affected: [{ flag: "f", from: { value: false }, to: { value: true } }],
      },
      { action: "schedule", flag: "f", at: at(START + DAY) },
    ]);
    expect(flags.verify({ head: flags.auditHead() })).toMatchObject({ ok: true, entries: 2 });
    expect(clock.waiting).toEqual([]);
  });

  it("stands as it would at any time where the flags are created then", () => {
    for (const [now, value] of [
      [START - 1, false],
      [START, true],
      [START + DAY, false],
    ] as const) {
      const { flags, changes } = scheduled("f", WINDOW, now);
      expect(flags.isEnabled("f")).toBe(value);
      expect(changes).toEqual([]);
    }
  });

  it("takes steps one by one, each a change of the rule as it stands", () => {
    const { clock, flags, changes, audited } = scheduled("f", STEPS, START - 1);
    for (const time of [START, START + DAY, START + 2 * DAY, START + 3 * DAY]) clock.set(time);
    expect(changes).toEqual([
      step("f", false, { rollout: 5 }, START),
      step("f", { rollout: 5 }, { rollout: 25 }, START + DAY),
      step("f", { rollout: 25 }, true, START + 2 * DAY),
    ]);
    expect(audited().map(({ affected }) => affected)).toEqual([
      [{ flag: "f", from: { value: false }, to: { rule: { rollout: 5 } } }],
      [{ flag: "f", from: { rule: { rollout: 5 } }, to: { rule: { rollout: 25 } } }],
      [{ flag: "f", from: { rule: { rollout: 25 } }, to: { value: true } }],
    ]);
    expect(flags.isEnabled("f")).toBe(true);
  });

  it("is one change from old to present where the process slept through several steps", () => {
    const { clock, changes, audited } = scheduled("f", STEPS, START);
    clock.set(START + 5 * DAY);
    expect(changes).toEqual([step("f", { rollout: 5 }, true, START + 5 * DAY)]);
    expect(audited()).toHaveLength(1);
  });

  it("says nothing of a window that the process slept through", () => {
    const { clock, changes, audited } = scheduled("f", WINDOW, START - DAY);
    clock.set(START + 2 * DAY);
    expect(changes).toEqual([]);
    expect(audited()).toEqual([]);
    expect(clock.waiting).toEqual([]);
  });

  it("moves a ramp silently, and tells of its start and its end", () => {
    const linear = { linear: { from: at(START), until: at(START + DAY), start: 0, end: 50 } };
    const { clock, flags, changes, audited } = scheduled("f", linear, START - 1);
    const share = () =>
      flags.explain("f", { userId: "u1" }).steps.find(({ said }) => said === "answered")?.trace?.rollout;
    clock.set(START);
    expect(clock.waiting).toEqual([START + 8640]);
    const view = flags.snapshot({ userId: "u1" });
    const population = Array.from({ length: 1_000 }, (_, index) => ({ userId: `u${index}` }));
    const count = () => population.filter((context) => flags.isEnabled("f", context)).length;
    const counts = [0.25, 0.5, 0.75, 1].map((part) => {
      clock.set(START + part * DAY);
      return count();
    });
    const inShare = (share: number) => population.filter(({ userId }) => bucketOf(userId, "f") < share).length;
    expect(counts).toEqual([0.125, 0.25, 0.375, 0.5].map(inShare));
    clock.set(START + DAY / 2 + 1);
    expect(changes).toEqual([
      step("f", false, { linear: { from: at(START), until: at(START + DAY), start: 0, end: 50 } }, START),
      step(
        "f",
        { linear: { from: at(START), until: at(START + DAY), start: 0, end: 50 } },
        { rollout: 50 },
        START + DAY,
      ),
    ]);
    expect(audited()).toHaveLength(2);
    expect(share()).toMatchObject({ percentage: 25 });
    expect(population.some(({ userId }) => view.isEnabled("f", { userId }))).toBe(false);
  });

  it("counts the grid of a ramp from its start, whenever the process began", () => {
    const linear = { linear: { from: at(START), until: at(START + DAY) } };
    const late = scheduled("f", linear, START + 100_000);
    expect(late.clock.waiting).toEqual([START + 12 * 8640]);
    const early = scheduled("f", linear, START);
    early.clock.set(START + 100_000);
    expect(early.clock.waiting).toEqual(late.clock.waiting);
  });

  it("holds inside a list, each rule with its own", () => {
    const rules = [
      { name: "launch", schedule: { from: at(START + DAY) } },
      { name: "trial", when: { plan: "pro" }, schedule: { from: at(START), until: at(START + 2 * DAY) } },
      { name: "rest", rollout: 0 },
    ];
    const { clock, flags, changes } = scheduled("f", { rules }, START - 1);
    const names = [START - 1, START, START + DAY].map((time) => {
      clock.set(time);
      return flags.evaluate("f", { userId: "u1", plan: "pro" }).rule;
    });
    expect(names).toEqual(["rest", "trial", "launch"]);
    expect(changes).toHaveLength(2);
  });

  it("takes all flags that are due at one time together, in one entry", () => {
    const { clock, flags, changes, audited } = start(START - 1);
    flags.setRule("limit", { ...WINDOW, serve: 20 });
    flags.setRule("f", WINDOW);
    clock.set(START);
    expect(changes).toEqual([step("limit", 10, 20, START), step("f", false, true, START)]);
    expect(audited().map((entry) => [entry.flag, entry.affected.map(({ flag: name }) => name)])).toEqual([
      [undefined, ["limit", "f"]],
    ]);
  });

  it("that is due and was not rung for comes before a command, and is not told of as its work", () => {
    const clock = new ManualClock(START - 1);
    const flags = createFlags(registry, { ...isolated, clock });
    flags.setRule("parent", WINDOW);
    flags.setFlag("limit", 20);
    const told: unknown[] = [];
    flags.onFlagChanged("*", ({ flag: name, source, cause }) => void told.push([name, source, cause.kind]));
    clock.pass(START);
    flags.setFlag("limit", 30, { source: "ops", actor: "ana" });
    expect(told).toEqual([
      ["parent", "schedule", "schedule"],
      ["limit", "ops", "set"],
    ]);
    clock.set(START + 1);
    expect(told).toHaveLength(2);
  });
});

describe("the schedule of a parent", () => {
  it("takes its dependents along, and says why", () => {
    const { clock, flags, changes, audited } = scheduled("parent", WINDOW, START - 1, {
      env: { variables: { FLAG_CHILD: "on" }, files: [] },
    });
    expect(flags.evaluate("child")).toMatchObject({ value: false, source: "dependency", dependency: "parent" });
    clock.set(START);
    clock.set(START + DAY);
    const because = { source: "schedule", cause: { kind: "dependency", flag: "parent" } };
    expect(changes).toMatchObject([
      { flag: "parent", to: true },
      { flag: "child", from: false, to: true, ...because },
      { flag: "parent", to: false },
      { flag: "child", from: true, to: false, ...because },
    ]);
    expect(audited().map(({ flag: name, affected }) => [name, affected.map((one) => one.flag)])).toEqual([
      ["parent", ["parent", "child"]],
      ["parent", ["parent", "child"]],
    ]);
  });

  it("is told apart from the child's own, at the same time or not", () => {
    const { clock, flags, changes, audited } = start(START - 1);
    flags.setRule("parent", WINDOW);
    flags.setRule("child", { schedule: { from: at(START), until: at(START + DAY / 2) } });
    expect(clock.waiting).toEqual([START]);
    clock.set(START);
    clock.set(START + DAY / 2);
    clock.set(START + DAY);
    expect(changes).toMatchObject([
      { flag: "parent", to: true, cause: { kind: "schedule" } },
      { flag: "child", to: true, cause: { kind: "schedule" } },
      { flag: "child", to: false, cause: { kind: "schedule" } },
      { flag: "parent", to: false, cause: { kind: "schedule" } },
    ]);
    expect(audited().map((entry) => entry.flag)).toEqual([undefined, "child", "parent"]);
  });

  it("that ends as the child's begins turns the child on for no moment", () => {
    const { clock, flags, changes } = start(START - 1);
    flags.setRule("parent", { schedule: { until: at(START) } });
    flags.setRule("child", { rules: [{ schedule: { from: at(START) } }] });
    clock.set(START);
    expect(changes).toMatchObject([
      { flag: "parent", to: true },
      { flag: "parent", to: false },
    ]);
    expect(flags.isEnabled("child")).toBe(false);
  });

  it("does not hide a schedule of the child that passed meanwhile", () => {
    const { clock, flags, changes } = start(START - 1);
    flags.setRule("parent", { schedule: { from: at(START + DAY) } });
    const steps = [
      { at: at(START), rollout: 50 },
      { at: at(START + DAY / 2), rollout: 100 },
    ];
    flags.setRule("child", { steps });
    clock.set(START);
    clock.set(START + DAY / 2);
    expect(changes).toEqual([]);
    clock.set(START + DAY);
    expect(changes).toMatchObject([
      { flag: "parent" },
      { flag: "child", cause: { kind: "dependency", flag: "parent" } },
    ]);
  });
});

describe("beside a schedule", () => {
  it("a kill stands, and what is in force shows when it is lifted", () => {
    const { clock, flags, changes, audited } = scheduled("f", WINDOW, START - 1);
    flags.kill("f");
    expect(clock.waiting).toEqual([]);
    clock.set(START);
    expect(changes).toEqual([]);
    expect(audited()).toEqual([]);
    flags.revive("f");
    expect(changes).toMatchObject([{ flag: "f", from: false, to: true, cause: { kind: "revive" } }]);
    expect(clock.waiting).toEqual([START + DAY]);
  });

  it("an override stands, and a reset gives the schedule back", () => {
    const { clock, flags, changes } = scheduled("f", WINDOW, START - 1);
    flags.setFlag("f", false);
    expect(clock.waiting).toEqual([]);
    clock.set(START);
    expect(flags.isEnabled("f")).toBe(false);
    flags.resetFlag("f");
    expect(changes).toMatchObject([{ to: true, cause: { kind: "reset" } }]);
    clock.set(START + DAY);
    expect(flags.isEnabled("f")).toBe(false);
  });

  it("an override that expires gives way to it", () => {
    const { clock, flags, changes } = scheduled("f", WINDOW, START - 1);
    flags.setFlag("f", false, { expiresAt: START + 1_000 });
    clock.set(START + 1_000);
    expect(changes).toMatchObject([{ to: true, cause: { kind: "expiry" } }]);
    expect(clock.waiting).toEqual([START + DAY]);
  });

  it("a reload arms it anew, or takes it away", async () => {
    const clock = new ManualClock(START - 1);
    const { path, write } = profileFile(JSON.stringify({ feature_flags: { f: WINDOW } }));
    const flags = createFlags(registry, { ...isolated, profile: path, clock });
    write(JSON.stringify({ feature_flags: { f: { schedule: { from: at(START + 5 * DAY) } } } }));
    await flags.reload();
    expect(flags.getAuditLog()).toEqual([]);
    expect(clock.waiting).toEqual([START + 5 * DAY]);
    clock.set(START + DAY);
    expect(flags.isEnabled("f")).toBe(false);
    clock.set(START + 5 * DAY);
    expect(flags.isEnabled("f")).toBe(true);
    write(JSON.stringify({ feature_flags: { f: WINDOW } }));
    await flags.reload();
    expect(clock.waiting).toEqual([]);
  });

  it("a reload in between takes what is in force, and there is no second change", async () => {
    const clock = new ManualClock(START - 1);
    const { path, write } = profileFile(JSON.stringify({ feature_flags: { f: WINDOW } }));
    const flags = createFlags(registry, { ...isolated, profile: path, clock });
    clock.pass(START);
    const causes: unknown[] = [];
    flags.onFlagChanged("f", ({ cause }) => void causes.push(cause));
    write(JSON.stringify({ feature_flags: { f: WINDOW, limit: 20 } }));
    await flags.reload();
    expect(flags.isEnabled("f")).toBe(true);
    clock.set(START + 1);
    expect(causes).toEqual([{ kind: "schedule" }]);
  });

  it("a clock that is set back neither loops nor undoes anything, and the next step comes at its time", () => {
    const { clock, flags, changes } = scheduled("f", STEPS, START);
    clock.set(START - 10 * DAY);
    expect(changes).toEqual([]);
    expect(clock.waiting).toEqual([START + DAY]);
    clock.set(START + DAY);
    expect(changes).toEqual([step("f", { rollout: 5 }, { rollout: 25 }, START + DAY)]);
    // Set back, and the flag is worked out anew: it stands as it stood then.
    clock.set(START);
    flags.setFlag("f", false);
    flags.resetFlag("f");
    expect(changes.at(-1)).toMatchObject({ to: { rollout: 5 } });
    expect(clock.waiting).toEqual([START + DAY]);
  });

  it("a listener may change, kill and close; nobody is called again after close()", async () => {
    const { clock, flags, changes } = start(START - 1);
    flags.setRule("f", WINDOW);
    flags.setRule("limit", { ...WINDOW, serve: 20 });
    flags.onFlagChanged("f", () => void flags.close(), { once: true });
    clock.set(START);
    // Both were in force before anybody was told of one.
    expect(changes).toEqual([step("f", false, true, START), step("limit", 10, 20, START)]);
    await flags.close();
    expect(clock.waiting).toEqual([]);
    clock.set(START + 9 * DAY);
    expect(changes).toHaveLength(2);
    expect(flags.isEnabled("f")).toBe(true);
  });

  it("a listener may give the flag another schedule", () => {
    const { clock, flags, changes } = start(START - 1);
    flags.setRule("f", WINDOW);
    flags.onFlagChanged("f", () => flags.setRule("f", { schedule: { until: at(START + 2 * DAY) } }), { once: true });
    clock.set(START);
    expect(clock.waiting).toEqual([START + 2 * DAY]);
    clock.set(START + DAY);
    expect(flags.isEnabled("f")).toBe(true);
    expect(changes).toHaveLength(1);
  });

  it("`readOnly` flags follow it too", () => {
    const { clock, flags, changes } = scheduled("f", WINDOW, START - 1, { readOnly: true });
    clock.set(START);
    expect(flags.isEnabled("f")).toBe(true);
    expect(changes).toHaveLength(1);
  });

  it("flags without one never wake anybody", () => {
    const { clock, flags } = start(START);
    flags.setFlag("f", true);
    flags.setRollout("parent", 25);
    flags.resetAll();
    expect(clock.waiting).toEqual([]);
  });

  it("very many that are due together are all taken", () => {
    const many = Object.fromEntries(
      Array.from({ length: 250 }, (_, index) => [`f${index}`, flag.boolean({ default: false, rule: WINDOW })]),
    );
    const clock = new ManualClock(START - 1);
    const flags = createFlags(defineFlags(many), { ...isolated, clock });
    clock.set(START);
    expect(Object.values(flags.getAllFlags()).every(Boolean)).toBe(true);
    expect(flags.getAuditLog().map(({ affected }) => affected.length)).toEqual([50, 100, 100]);
  });
});

describe("what a flag requires and depends on", () => {
  const refused = 'flag "chat" requires TOKEN (missing)';

  it("is asked for all that a schedule will bring", () => {
    expect(thrownBy(() => scheduled("chat", WINDOW, START - 1)).message).toContain(refused);
    expect(thrownBy(() => scheduled("chat", STEPS, START - 1)).message).toContain(refused);
    const { flags } = start(START - 1);
    const error = thrownBy(() => flags.setRule("chat", WINDOW));
    expect([error.code, error.message]).toEqual([
      "REQUIREMENT_UNMET",
      'flag "chat" cannot be set so: it requires TOKEN (missing); set the variables and start again',
    ]);
    expect(flags.getAuditLog()).toEqual([]);
  });

  it("is not asked for what a schedule has left behind", () => {
    const { flags } = scheduled("chat", WINDOW, START + DAY);
    expect(flags.isEnabled("chat")).toBe(false);
  });

  it("is asked in a reload, which is refused", async () => {
    const { path, write } = profileFile("feature_flags: { f: on }");
    const clock = new ManualClock(START - 1);
    const flags = createFlags(registry, { ...isolated, profile: path, clock });
    write(JSON.stringify({ feature_flags: { f: true, chat: WINDOW } }));
    await expect(flags.reload()).rejects.toMatchObject({ code: "RELOAD_FAILED", problems: [{ flag: "chat" }] });
  });

  it("keeps it off when the time comes, where that is tolerated; the present answer stays what it is", () => {
    const { clock, flags, changes } = scheduled("chat", WINDOW, START - 1, { onInvalid: "warn" });
    const errors = errorsOf(flags);
    expect(flags.evaluate("chat")).toMatchObject({ value: false, reason: "STATIC", source: "profile" });
    expect(flags.explain("chat").unmetRequirements).toEqual(["TOKEN (missing)"]);
    clock.set(START);
    expect(flags.evaluate("chat")).toMatchObject({ value: false, reason: "DISABLED", source: "requirement" });
    expect(changes).toEqual([]);
    clock.set(START + DAY);
    expect(flags.evaluate("chat")).toMatchObject({ source: "profile" });
    expect(errors).toEqual([]);
  });

  it("is not asked while a parent is off for everybody: rolling back must not stop a start", () => {
    const more = defineFlags({
      parent: flag.boolean({ default: false }),
      chat: flag.boolean({
        default: false,
        dependsOn: ["parent"],
        requires: z.object({ TOKEN: z.string() }),
        rule: WINDOW,
      }),
    });
    const clock = new ManualClock(START - 1);
    const flags = createFlags(more, { ...isolated, clock });
    expect(flags.evaluate("chat")).toMatchObject({ value: false, source: "rollout" });
    clock.set(START);
    expect(flags.evaluate("chat")).toMatchObject({ value: false, source: "dependency" });
  });

  it("refuses a schedule that turns on what depends on a flag that is off for good", () => {
    const { flags } = start(START - 1);
    const message = 'flag "child" cannot be turned on: it depends on "parent", which is off';
    expect(thrownBy(() => flags.setRule("child", WINDOW)).message).toBe(message);
    flags.setRule("parent", WINDOW);
    expect(flags.setRule("child", WINDOW)).toBe(true);
    // On at once, it would be off at once: its parent is not on yet.
    expect(thrownBy(() => flags.setFlag("child", true)).message).toBe(message);
  });

  it("lets a schedule be set that never turns anything on", () => {
    const { flags } = start(START - 1);
    expect(flags.setRule("child", { ...WINDOW, serve: false })).toBe(true);
  });
});

describe("a snapshot", () => {
  it("stays as it was while steps happen", () => {
    const { clock, flags } = start(START - 1);
    flags.setRule("parent", WINDOW);
    flags.setRule("child", WINDOW);
    flags.setRule("limit", { ...STEPS, serve: 20 });
    const views = [flags.snapshot()];
    for (const time of [START, START + DAY, START + 2 * DAY]) {
      clock.set(time);
      views.push(flags.snapshot({ userId: "u1" }));
    }
    const shown = views.map((view) => [view.isEnabled("parent"), view.isEnabled("child"), view.value("limit")]);
    expect(shown).toEqual([
      [false, false, 10],
      [true, true, 10],
      [false, false, expect.any(Number)],
      [false, false, 20],
    ]);
    expect(views.map((view) => view.getAllFlags().parent)).toEqual([false, true, false, false]);
    expect(flags.getAllFlags()).toMatchObject({ parent: false, child: false, limit: 20 });
  });
});
