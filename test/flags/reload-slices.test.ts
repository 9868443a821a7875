import { once } from "node:events";
import * as threads from "node:worker_threads";
import type { FlagChange, FlagsOptions } from "burgee";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { flag } from "../../src/registry/flag.js";
import { atWork } from "./fixtures/at-work.js";
import {
  type BooleanFlags,
  errorsOf,
  looseFlags,
  meanwhile,
  recorder,
  rejectionOf,
  settled,
} from "./fixtures/isolated.js";
import { ManualClock } from "./fixtures/manual-clock.js";
import { profileFile } from "./fixtures/profile.js";

const MANY = 150;
const names = Array.from({ length: MANY }, (_, index) => `f${index}`);
const definitions = Object.fromEntries(names.map((name) => [name, flag.boolean({ default: false })]));

function profile(value: unknown, more = ""): string {
  return `feature_flags:\n${names.map((name) => `  ${name}: ${value}\n`).join("")}${more}`;
}

/** What the flags say, each value once. */
function valuesOf(flags: BooleanFlags): readonly unknown[] {
  return [...new Set(names.map((name) => flags.isEnabled(name)))];
}

function start(options: FlagsOptions = {}, text = profile("off"), more: Readonly<Record<string, unknown>> = {}) {
  const file = profileFile(text);
  const flags = looseFlags({ ...definitions, ...more }, { profile: file.path, ...options });
  const changes: FlagChange[] = [];
  flags.onFlagChanged("*", (change) => void changes.push(change));
  return { flags, ...file, changes, errors: errorsOf(flags) };
}

/** Does each thing once, when so much work is done: 225 for each step of all flags, see below. */
const at = atWork(() => work);

/** Starts threads in place of ours. */
function threadsAre(construct: (url: URL, options: threads.WorkerOptions) => threads.Worker): void {
  const Worker = new Proxy(threads.Worker, { construct: (_, [url, options]) => construct(url, options) });
  vi.spyOn(process, "getBuiltinModule").mockReturnValue({ ...threads, Worker } as never);
}

/**
 * A machine on which a slice has room for two steps: no slice may do more, however many flags there are. It looks at
 * the clock three times a slice, and so 225 times while the entries are read, again while the flags are worked out,
 * compared, looked through for groups that are missing, and told.
 */
let work = 0;
const [WORKED_OUT, COMPARED, LOOKED_THROUGH] = [450, 675, 900];
beforeEach(() => {
  work = 0;
  vi.spyOn(performance, "now").mockImplementation(() => 4 * ++work);
});
afterEach(() => vi.restoreAllMocks());

describe("a reload of many flags", () => {
  it("lets the event loop turn between slices, and shows all of it or nothing", async () => {
    const { flags, write, changes } = start();
    const seen = new Set<string>();
    let told = 0;
    flags.on("reload", ({ changed }) => {
      told = changed.length;
      expect(changes).toHaveLength(MANY);
    });
    write(profile("on"));
    const turns = await meanwhile(flags.reload(), () => seen.add(valuesOf(flags).join()));
    // Entries, flags, comparisons and changes, two at a time.
    expect(turns).toBeGreaterThanOrEqual((4 * MANY) / 2);
    expect([...seen]).toEqual(["false", "true"]);
    expect(told).toBe(MANY);
    expect(changes.map(({ flag: name, sequence }) => [name, sequence])).toEqual(names.map((name, i) => [name, i + 1]));
    expect(flags.getAuditLog()[0]?.affected.map(({ flag: name }) => name)).toEqual(names);
    expect(flags.verify().ok).toBe(true);
  });

  it("is not seen by commands that come in between, which hold all the same", async () => {
    const { flags, write, changes } = start();
    write(profile("on"));
    const before: unknown[] = [];
    const turns = await meanwhile(
      flags.reload(),
      at({
        200: () => flags.setFlag("f0", true),
        [WORKED_OUT - 100]: () => {
          flags.setRollout("f1", 50);
          flags.kill("f2");
          flags.resetFlag("f0");
          flags.setFlag("f140", false);
          before.push(valuesOf(flags), flags.evaluate("f0").value, flags.evaluate("f2").source);
        },
        [COMPARED - 100]: () => flags.resetFlag("f1"),
        [LOOKED_THROUGH - 100]: () => flags.kill("f9"),
      }),
    );
    expect(turns).toBeGreaterThan(200);
    expect(before).toEqual([[false], false, "kill"]);
    const off = names.filter((name) => !flags.isEnabled(name));
    expect(off).toEqual(["f2", "f9", "f140"]);
    expect(changes.filter(({ flag: name }) => name === "f0").map(({ value, source }) => [value, source])).toEqual([
      [true, "runtime"],
      [false, "runtime"],
      [true, "reload"],
    ]);
    const actions = ["reload", "kill", "reset", "set", "reset", "kill", "set", "set"];
    expect(flags.getAuditLog().map(({ action }) => action)).toEqual(actions);
    expect(flags.verify().ok).toBe(true);
  });

  it("takes dependents along, where their parent was changed in between", async () => {
    const child = flag.boolean({ default: true, dependsOn: ["f3"] });
    const { flags, write, changes } = start({}, profile("on"), { child });
    write(profile("on", "  child: 50%\n"));
    await meanwhile(flags.reload(), at({ [COMPARED]: () => flags.setFlag("f3", false) }));
    expect(flags.evaluate("child", { userId: "u" })).toMatchObject({ value: false, source: "dependency" });
    flags.resetFlag("f3");
    expect(changes.filter(({ flag: name }) => name === "child").at(-1)?.rule).toMatchObject({ rollout: 50 });
  });

  it("works a flag that was changed in between out with what its parent will be", async () => {
    const child = flag.boolean({ default: false, dependsOn: ["f3"] });
    const { flags, write } = start({}, profile("on"), { child });
    write(profile("off"));
    await meanwhile(flags.reload(), at({ [COMPARED]: () => flags.setFlag("child", true) }));
    expect(flags.evaluate("child")).toMatchObject({ value: false, source: "dependency", dependency: "f3" });
    flags.setFlag("f3", true);
    expect(flags.isEnabled("child")).toBe(true);
  });

  it("loses no time at which a rule stands otherwise", async () => {
    const clock = new ManualClock(0);
    const soon = flag.boolean({ default: false, rule: { schedule: { from: new Date(1_000).toISOString() } } });
    const { flags, write, changes } = start({ clock }, profile("off"), {
      soon,
      later: flag.boolean({ default: false }),
    });
    write(profile("on", `  later: { schedule: { from: "${new Date(1_500).toISOString()}" } }\n`));
    await meanwhile(flags.reload(), at({ [COMPARED]: () => clock.pass(2_000) }));
    expect(flags.isEnabled("soon")).toBe(true);
    expect(flags.isEnabled("later")).toBe(true);
    const told = () => flags.getAuditLog().map(({ action, affected }) => [action, affected.length]);
    const entries = [
      ["reload", MANY + 1],
      ["schedule", 1],
    ];
    expect(told()).toEqual(entries);
    clock.set(2_000);
    expect(told()).toEqual(entries);
    const kinds = changes.filter(({ flag: name }) => !names.includes(name)).map(({ cause }) => cause.kind);
    expect(kinds).toEqual(["schedule", "reload"]);
  });

  it("takes many times that come in between in slices, and what depends on them along", async () => {
    const clock = new ManualClock(0);
    const child = flag.boolean({ default: true, dependsOn: ["f3"] });
    const last = flag.boolean({ default: false });
    const { flags, write, changes } = start({ clock }, profile("off"), { child, last });
    const from = (time: number) => `{ schedule: { from: "${new Date(time).toISOString()}" } }`;
    write(profile(from(1_000), `  last: ${from(2_000)}\n`));
    const turns = await meanwhile(
      flags.reload(),
      at({ [COMPARED]: () => clock.pass(1_000), [LOOKED_THROUGH + 400]: () => clock.pass(2_000) }),
    );
    expect(valuesOf(flags)).toEqual([true]);
    expect([flags.isEnabled("child"), flags.isEnabled("last")]).toEqual([true, true]);
    expect(flags.getAuditLog().map(({ action, affected }) => [action, affected.length])).toEqual([
      ["reload", MANY + 2],
    ]);
    expect(new Set(changes.map(({ cause }) => cause.kind))).toEqual(new Set(["reload", "dependency"]));
    // Worked out and compared twice, beside what every reload does, two at a time.
    expect(turns).toBeGreaterThanOrEqual((7 * MANY) / 2);
  });

  it("is refused for a rule that was set in between and names what the profile takes away", async () => {
    const { flags, write } = start({}, profile("off", "segments: { pros: { plan: pro } }\n"));
    write(profile("on"));
    const reload = flags.reload();
    const refused = rejectionOf(reload);
    await meanwhile(reload, at({ [COMPARED]: () => flags.setRule("f5", { when: { $segment: "pros" } }) }));
    expect((await refused).problems).toEqual([
      expect.objectContaining({ code: "INVALID_RULE", flag: "f5", message: expect.stringContaining("pros") }),
    ]);
    expect(flags.isEnabled("f1")).toBe(false);
    expect(flags.isEnabled("f5", { plan: "pro" })).toBe(true);
    flags.resetFlag("f5");
    await flags.reload();
    expect(valuesOf(flags)).toEqual([true]);
  });

  it("leaves what was refused before alone, unless it is said again", async () => {
    const wants = flag.boolean({ default: false, rule: { when: { $segment: "pros" } } });
    const { flags, write } = start({}, profile("off", "segments: { pros: { plan: pro } }\n"), { wants });
    write(profile("on"));
    const { problems } = await rejectionOf(flags.reload());
    expect(problems.map(({ flag: name }) => name)).toEqual(["wants"]);
    expect(valuesOf(flags)).toEqual([false]);
  });

  it("by the watch ends without effect where the flags are closed in between", async () => {
    const clock = new ManualClock(0);
    const { path, write } = profileFile(profile("off"));
    const flags = looseFlags(definitions, { clock, profile: { path, watch: { settleMs: 1 } } });
    const errors = errorsOf(flags);
    const reloads: unknown[] = [];
    flags.on("reload", (event) => void reloads.push(event));
    await flags.ready();
    const begun = vi.spyOn(clock, "now");
    write(profile("on"));
    // It is asked for the time when the flags begin to be worked out.
    while (begun.mock.calls.length === 0) await settled();
    await flags.close();
    expect(valuesOf(flags)).toEqual([false]);
    expect(reloads).toEqual([]);
    expect(errors).toEqual([]);
  });
});

describe("what a large reload has put in force", () => {
  it("is told in slices, in order, before what somebody commands meanwhile", async () => {
    const { flags, write, changes } = start();
    write(profile("on"));
    let told = 0;
    const turns = await meanwhile(flags.reload(), () => {
      if (changes.length > 0 && told === 0) {
        told = changes.length;
        expect(valuesOf(flags)).toEqual([true]);
        flags.setFlag("f3", false);
        expect(changes).toHaveLength(MANY + 1);
      }
    });
    expect(turns).toBeGreaterThan(told);
    expect(told).toBeLessThanOrEqual(2);
    expect(changes.map(({ sequence }) => sequence)).toEqual(changes.map((_, index) => index + 1));
    expect(changes.at(-1)).toMatchObject({ flag: "f3", previous: true, value: false, source: "runtime" });
  });

  it("is told before what a listener commands", async () => {
    const { flags, write, changes, errors } = start();
    flags.onFlagChanged("f2", () => void flags.kill("f4"), { once: true });
    write(profile("on"));
    await flags.reload();
    expect(errors).toEqual([]);
    expect(changes).toHaveLength(MANY + 1);
    expect(changes.map(({ sequence }) => sequence)).toEqual(changes.map((_, index) => index + 1));
    expect(changes.at(-1)).toMatchObject({ flag: "f4", value: false, cause: { kind: "kill" } });
  });

  it("is told at once where it is little", async () => {
    const { flags, write, changes } = start();
    write(profile("off").replace("f5: off", "f5: on"));
    const reloads: unknown[] = [];
    flags.on("reload", ({ changed }) => void reloads.push(changed));
    await meanwhile(flags.reload(), () => expect(flags.isEnabled("f5")).toBe(changes.length === 1));
    expect(reloads).toEqual([["f5"]]);
  });

  it("is told to the log, with what is tolerated", async () => {
    const { logger, lines } = recorder();
    const { flags, write } = start({ logger, unknown: "warn" });
    write(profile("on", names.map((name) => `  x${name}: 1\n`).join("")));
    lines.length = 0;
    await flags.reload();
    expect(lines.filter(({ level }) => level === "warn")).toHaveLength(MANY);
    expect(lines.filter(({ level }) => level === "info").map(({ message }) => message)).toEqual(
      names.map((name) => `flag "${name}" changed`),
    );
  });
});

describe("a large profile", () => {
  const remarks = "# a long remark\n".repeat(1_100);

  it("is read by one thread for each reload, and a small one by none", async () => {
    let started = 0;
    threadsAre((url, options) => {
      started++;
      return new threads.Worker(url, options);
    });
    const { flags, write } = start();
    write(profile("on"));
    await flags.reload();
    expect(started).toBe(0);
    write(profile("off", remarks));
    await flags.reload();
    expect(valuesOf(flags)).toEqual([false]);
    await flags.reload();
    expect(started).toBe(1);
    write(profile("maybe", remarks));
    expect((await rejectionOf(flags.reload())).problems).toHaveLength(MANY);
    expect(started).toBe(2);
  });

  it("is read on the main thread where no other can be started, with one warning", async () => {
    threadsAre(() => {
      throw new Error("no permission");
    });
    const { logger, lines } = recorder();
    const { flags, write, path } = start({ logger });
    lines.length = 0;
    for (const value of ["on", "off"]) {
      write(profile(value, remarks));
      await flags.reload();
      expect(valuesOf(flags)).toEqual([value === "on"]);
    }
    const warnings = lines.filter(({ level }) => level === "warn").map(({ message }) => message);
    expect(warnings).toEqual([expect.stringMatching(/ is read on the main thread.*no permission/)]);
    expect(warnings[0]).toContain(path);
  });

  it("leaves the last good values in force where its thread dies", async () => {
    const text = `const { parentPort } = require("node:worker_threads");
      parentPort.on("message", () => { throw new Error("out of memory"); });
      parentPort.postMessage("ready");`;
    threadsAre((_, options) => {
      const worker = new threads.Worker(text, { ...options, eval: true });
      // What it says and how it ends come by different ways: it dies when it is known to be ready.
      return worker.once("message", () => worker.postMessage("die"));
    });
    const { flags, write, errors } = start();
    write(profile("on", remarks));
    const error = await rejectionOf(flags.reload());
    expect(error).toMatchObject({ code: "RELOAD_FAILED", message: expect.stringContaining("out of memory") });
    expect(errors).toEqual([error]);
    expect(valuesOf(flags)).toEqual([false]);
  });

  it("is given up where the flags are closed while the watch reads it: its thread ends", async () => {
    const ended: Promise<unknown>[] = [];
    const forever = "require('worker_threads').parentPort.on('message', () => {})";
    threadsAre((_, options) => {
      const worker = new threads.Worker(forever, { ...options, eval: true });
      ended.push(once(worker, "exit"));
      return worker;
    });
    const { path, write } = profileFile(profile("off"));
    const flags = looseFlags(definitions, { profile: { path, watch: { settleMs: 1 } } });
    await flags.ready();
    write(profile("on", remarks));
    await vi.waitFor(() => expect(ended).toHaveLength(1));
    await flags.close();
    await Promise.all(ended);
    expect(valuesOf(flags)).toEqual([false]);
  });
});
