import { type AuditEntry, createFlags, type FlagChange, type FlagStore, type StoredFlagsOptions } from "burgee";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { flag } from "../../src/registry/flag.js";
import type { StoredFlag } from "../../src/store/flag-store.js";
import { atWork } from "./fixtures/at-work.js";
import { errorsOf, isolated, looseRegistry, meanwhile, recorder, settled } from "./fixtures/isolated.js";
import { ManualClock } from "./fixtures/manual-clock.js";
import { profileFile } from "./fixtures/profile.js";
import { inState } from "./fixtures/stored.js";
import { storeWith, switchedStore } from "./fixtures/switched-store.js";

const MANY = 150;
const names = Array.from({ length: MANY }, (_, index) => `f${index}`);
const registry = looseRegistry({
  ...Object.fromEntries(names.map((name) => [name, flag.boolean({ default: false })])),
  child: flag.boolean({ default: true, dependsOn: ["f3"] }),
  other: flag.boolean({ default: false }),
});
const OPS = { source: "ops", at: 1_000 };

type Row = Omit<StoredFlag, "revision">;
type Set = { readonly value: unknown } | { readonly rule: unknown };

/** A row for each flag, but for those that are given. */
function rows(set: Set, except: Readonly<Record<string, Partial<Row> | undefined>> = {}): Row[] {
  return names.flatMap((name) => {
    const row = name in except ? except[name] : { override: { ...set, origin: OPS } };
    return row === undefined ? [] : { flag: name, ...row };
  });
}

/**
 * A machine on which a slice has room for two steps, however many flags there are. It looks at the clock three times a
 * slice, and so 225 times while the rows are compared, again while they are read, worked out and compared with what is in
 * force, and twice that while they are told.
 */
let work = 0;
const [COMPARED, READ, WORKED_OUT, IN_FORCE, TOLD] = [225, 450, 675, 900, 1_350];
beforeEach(() => {
  work = 0;
  vi.spyOn(performance, "now").mockImplementation(() => 4 * ++work);
});
afterEach(() => vi.restoreAllMocks());

function start(store: FlagStore, options: Partial<StoredFlagsOptions> = {}) {
  const flags = createFlags(registry, { ...isolated, store, instance: "one", ...options });
  onTestFinished(() => flags.close());
  const changes: FlagChange[] = [];
  flags.onFlagChanged("*", (change) => void changes.push(change as FlagChange));
  return { flags, changes, errors: errorsOf(flags) };
}
type Started = ReturnType<typeof start>["flags"];

/** What the flags say, each value once. */
function valuesOf(flags: Started): readonly unknown[] {
  return [...new Set(names.map((name) => flags.isEnabled(name)))];
}

/** Does each thing once, when so much work is done. */
const at = atWork(() => work);

/** Flags that have loaded one store, and begin to load another. */
async function switching(first: Row[], second: Row[], options: Partial<StoredFlagsOptions> = {}) {
  const { store, use } = switchedStore(await storeWith(first, "first"));
  const started = start(store, options);
  await started.flags.ready();
  started.changes.length = 0;
  const next = await storeWith(second, "second");
  const resynced = async () => {
    work = 0;
    const begun = new Promise<void>((resolve) => {
      started.flags.on("audit", ({ action }) => void (action === "resync" && resolve()));
    });
    use(next);
    await begun;
    // Nobody writes before all is told, and this changes nothing.
    await started.flags.resetFlag("other");
  };
  return { ...started, resynced };
}

function actions(entries: readonly AuditEntry[]) {
  return entries.map(({ action, affected }) => [action, affected.length]).reverse();
}

describe("a store with many overrides", () => {
  it("is loaded with turns of the event loop in between, and shown at once or not at all", async () => {
    const { flags, changes } = start(await storeWith(rows({ value: true }), "first"));
    const seen = new Set<string>();
    const turns = await meanwhile(flags.ready(), () => seen.add(valuesOf(flags).join()));
    // Rows compared and read; flags worked out, compared, and told: two at a time.
    expect(turns).toBeGreaterThanOrEqual((5 * MANY) / 2);
    expect([...seen]).toEqual(["false", "true"]);
    expect(changes.map(({ flag: name, sequence }) => [name, sequence])).toEqual(
      [...names.slice(0, 4), "child", ...names.slice(4)].map((name, i) => [name, i + 1]),
    );
    expect(actions(flags.localAudit.entries())).toEqual([["resync", MANY + 1]]);
    expect(flags.localAudit.verify().ok).toBe(true);
  });

  it("lets timers have their turn, and is the same as where it is loaded at once", async () => {
    const second = rows(
      { rule: { rollout: 50 } },
      { f1: { kill: OPS }, f2: undefined, f4: { override: { value: 7, origin: OPS } } },
    );
    const sliced = start(await storeWith(second, "first"));
    let rung = 0;
    const timer = setInterval(() => rung++, 1);
    await sliced.flags.ready();
    clearInterval(timer);
    expect(rung).toBeGreaterThan(3);
    vi.spyOn(performance, "now").mockReturnValue(0);
    const whole = start(await storeWith(second, "first"));
    expect(await meanwhile(whole.flags.ready(), () => {})).toBeLessThan(10);
    for (const userId of ["u1", "u2", "u3"])
      expect(sliced.flags.getAllFlags({ userId })).toEqual(whole.flags.getAllFlags({ userId }));
    const without = ({ at: _, ...change }: FlagChange) => change;
    expect(sliced.changes.map(without)).toEqual(whole.changes.map(without));
    const [a, b] = [sliced, whole].map(({ flags }) => flags.localAudit.entries().map(({ affected }) => affected));
    expect(a).toEqual(b);
  });

  it("takes only what differs after another history was put in its place", async () => {
    const { flags, changes, resynced } = await switching(
      rows({ value: true }),
      rows({ value: true }, { f7: undefined }),
    );
    await resynced();
    expect(changes.map(({ flag: name, value }) => [name, value])).toEqual([["f7", false]]);
    expect(valuesOf(flags)).toEqual([true, false]);
    // The rows are compared, and that is nearly all.
    expect(work).toBeLessThan(COMPARED + 30);
  });

  it.each([
    ["the rows are compared", COMPARED - 100],
    ["they are read", READ - 100],
    ["the flags are worked out", WORKED_OUT - 100],
    ["they are compared", IN_FORCE - 100],
    ["they are told", TOLD - 100],
  ])("loses no kill that comes while %s", async (_, when) => {
    const store = await storeWith(rows({ value: true }), "first");
    const { flags, changes, errors } = start(store);
    const kill = () => {
      for (const name of ["f0", "f140", "other", "f3"]) {
        void flags.kill(name, { local: true });
        expect(flags.evaluate(name)).toMatchObject({ value: false, source: "kill" });
      }
    };
    const inTurn = at({ [when]: kill });
    await meanwhile(flags.ready(), () => {
      inTurn();
      for (const name of flags.status().localKills) expect(flags.evaluate(name).source).toBe("kill");
    });
    expect(names.filter((name) => !flags.isEnabled(name))).toEqual(["f0", "f3", "f140"]);
    expect(flags.evaluate("child")).toMatchObject({ value: false, dependency: "f3" });
    await vi.waitUntil(() => flags.status().localKills.length === 0);
    const killed = (await store.load()).flags.filter((row) => row.kill !== undefined);
    expect(killed.map((row) => row.flag).sort()).toEqual(["f0", "f140", "f3", "other"]);
    expect(changes.map(({ sequence }) => sequence)).toEqual(changes.map((__, index) => index + 1));
    expect([flags.evaluate("other").source, flags.localAudit.verify().ok, errors]).toEqual(["kill", true, []]);
  });

  it("loses no kill that is taken back in between", async () => {
    const { flags, changes } = start(await storeWith(rows({ value: true }), "first"));
    void flags.kill("f5", { local: true });
    await meanwhile(flags.ready(), at({ [IN_FORCE - 20]: () => void flags.revive("f5") }));
    expect(valuesOf(flags)).toEqual([true]);
    expect(flags.status().localKills).toEqual([]);
    expect(changes.filter(({ flag: name }) => name === "f5").at(-1)).toMatchObject({ value: true });
  });

  it("tells what it brought before what was commanded after it", async () => {
    const { flags, changes } = start(await storeWith(rows({ value: true }), "first"));
    await meanwhile(flags.ready(), at({ [TOLD - 100]: () => void flags.kill("f3", { local: true }) }));
    expect(changes.slice(0, MANY + 1).every(({ cause }) => cause.kind !== "kill")).toBe(true);
    expect(changes[MANY + 1]).toMatchObject({ flag: "f3", cause: { kind: "kill" }, sequence: MANY + 2 });
  });

  it("is written to only when it is loaded and told", async () => {
    const { flags, changes, resynced } = await switching(rows({ value: true }), rows({ value: false }));
    const told: number[] = [];
    flags.onFlagChanged("f140", () => void flags.setFlag("other", true).then(() => told.push(changes.length)), {
      once: true,
    });
    await resynced();
    await vi.waitUntil(() => told.length > 0);
    expect(told).toEqual([MANY + 2]);
    expect(flags.isEnabled("other")).toBe(true);
  });

  it("puts nothing in force that has expired in between, and loses no time at which a rule stands otherwise", async () => {
    const clock = new ManualClock(5_000);
    const until = (expiresAt: number, value: boolean) => ({ override: { value, origin: { ...OPS, expiresAt } } });
    const later = { rule: { schedule: { from: new Date(9_000).toISOString() } }, origin: OPS };
    const { flags, changes, resynced } = await switching(
      [
        { flag: "f1", ...until(8_000, true) },
        { flag: "f2", ...until(8_000, true) },
      ],
      rows({ value: true }, { f0: until(8_000, true), f1: until(20_000, true), f5: { override: later } }),
      { clock },
    );
    const pass = at({ [IN_FORCE - 50]: () => clock.pass(10_000) });
    let over = false;
    const done = resynced().finally(() => {
      over = true;
    });
    while (!over) {
      pass();
      await settled();
    }
    await done;
    expect([flags.isEnabled("f0"), flags.isEnabled("f1"), flags.isEnabled("f5")]).toEqual([false, true, true]);
    expect(actions(flags.localAudit.entries()).map(([action]) => action)).toEqual([
      "resync",
      "expiry",
      "expiry",
      "resync",
    ]);
    expect(changes.slice(0, 2).map(({ flag: name, cause }) => [name, cause.kind])).toEqual([
      ["f1", "expiry"],
      ["f2", "expiry"],
    ]);
    clock.set(10_000);
    expect(flags.localAudit.entries()).toHaveLength(4);
  });

  it.each([0, 50, 100, 150, 200, 250, 300])(
    "goes with a reload that is in force %d turns after it began",
    async (turns) => {
      const file = profileFile("feature_flags:\n  other: off\nsegments: { pros: { plan: pro } }\n");
      const store = await storeWith(rows({ rule: { when: { $segment: "pros" } } }), "first");
      const load = store.load.bind(store);
      vi.spyOn(store, "load").mockImplementation(async () => {
        for (let turn = 0; turn < 300 - turns; turn++) await settled();
        return load();
      });
      const { flags } = start(store, { profile: file.path });
      file.write("feature_flags:\n  other: on\nsegments: { pros: { plan: gold } }\n");
      await Promise.all([flags.reload(), flags.ready()]);
      expect([flags.isEnabled("other"), flags.localAudit.verify().ok]).toEqual([true, true]);
      expect(names.filter((name) => !flags.isEnabled(name, { plan: "gold" }))).toEqual([]);
      expect(names.filter((name) => flags.isEnabled(name, { plan: "pro" }))).toEqual([]);
    },
  );

  it("forgets no kill that is let go of in between, as the store had it already", async () => {
    const first = await storeWith([{ flag: "f5", kill: OPS }], "first");
    const { store, use } = switchedStore(first);
    const { flags } = start(store);
    await flags.ready();
    const end = first.outage();
    await inState(flags, "stale");
    expect(await flags.kill("f5", { local: true })).toBe(true);
    let answer: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const write = first.write.bind(first);
    const asked = vi.spyOn(first, "write").mockImplementation((of) => write(of).finally(() => held));
    end();
    await inState(flags, "ready");
    await vi.waitUntil(() => asked.mock.calls.length > 0);
    work = 0;
    use(await storeWith(rows({ value: true }), "second"));
    const resynced = new Promise<void>((resolve) => {
      flags.on("audit", ({ action }) => void (action === "resync" && resolve()));
    });
    await meanwhile(resynced, at({ [IN_FORCE - 50]: answer }));
    expect([flags.status().localKills, valuesOf(flags)]).toEqual([[], [true]]);
  });

  it.each([COMPARED - 100, READ - 100, WORKED_OUT, IN_FORCE - 20])(
    "is without effect where the flags are closed before it is in force (%d)",
    async (when) => {
      const { logger, lines } = recorder();
      const { flags, changes, errors } = start(await storeWith(rows({ value: true }), "first"), { logger });
      lines.length = 0;
      let closed: Promise<void> | undefined;
      const ready = flags.ready().catch((error) => error.code);
      await meanwhile(
        ready,
        at({
          [when]: () => {
            closed = flags.close();
          },
        }),
      );
      await closed;
      const done = work;
      for (let turn = 0; turn < 10; turn++) await settled();
      expect(work).toBe(done);
      expect(await ready).toBe("CLOSED");
      expect([valuesOf(flags), changes, errors, lines]).toEqual([[false], [], [], []]);
      expect(flags.localAudit.entries()).toEqual([]);
    },
  );

  it("is told to the end where the flags are closed after it is in force", async () => {
    const { flags, changes } = start(await storeWith(rows({ value: true }), "first"));
    let closed: Promise<void> | undefined;
    await meanwhile(
      flags.ready(),
      at({
        [TOLD - 100]: () => {
          closed = flags.close();
        },
      }),
    );
    await closed;
    expect(changes).toHaveLength(MANY + 1);
  });

  it("is put in force where the store is lost in between, and caught up from there", async () => {
    const store = await storeWith(rows({ value: true }), "first");
    const { flags, errors } = start(store);
    const loads = vi.spyOn(store, "load");
    let end: (() => void) | undefined;
    const stale = inState(flags, "stale");
    await meanwhile(
      stale,
      at({
        [READ]: () => {
          end = store.outage();
        },
      }),
    );
    expect(valuesOf(flags)).toEqual([true]);
    expect(flags.status().store?.revision).toBe(1);
    end?.();
    await flags.ready();
    expect(loads).toHaveBeenCalledTimes(1);
    expect(errors.map(({ code }) => code)).toEqual(["STORE_UNAVAILABLE"]);
  });
});
