import { type AuditEntry, createFlags, type FlagChange, type StoredFlagsOptions } from "burgee";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { flag } from "../../src/registry/flag.js";
import { isolated, looseRegistry, settled } from "./fixtures/isolated.js";
import { ManualClock } from "./fixtures/manual-clock.js";
import { storeWith, switchedStore } from "./fixtures/switched-store.js";

const registry = looseRegistry({
  parent: flag.boolean({ default: false }),
  child: flag.boolean({ default: true, dependsOn: ["parent"] }),
  grandchild: flag.boolean({ default: true, dependsOn: ["child"] }),
  single: flag.boolean({ default: false }),
  barrier: flag.boolean({ default: false }),
  scheduled: flag.boolean({ default: false, rule: { schedule: { from: new Date(2_000).toISOString() } } }),
});
const NAMES = registry.names.filter((name) => name !== "barrier");
const USERS = ["u1", "u2", "u3", "u4"];

const expiresAt = fc.constantFrom(undefined, 500, 1_500, 2_500, 9_000);
const rule = fc.constantFrom(
  { rollout: 50 },
  { rollout: 0 },
  { schedule: { from: new Date(1_500).toISOString() } },
  { schedule: { until: new Date(2_500).toISOString() } },
  { rollout: "what" },
);
const override = fc
  .tuple(fc.oneof(fc.record({ value: fc.boolean() }), fc.record({ rule })), expiresAt)
  .map(([set, at]) => ({ ...set, origin: { source: "ops", at: 0, ...(at !== undefined && { expiresAt: at }) } }));
const row = fc.record({
  flag: fc.constantFrom(...NAMES, "unknown"),
  override: fc.option(override, { nil: undefined }),
  kill: fc.option(fc.constant({ source: "ops", at: 0 }), { nil: undefined, freq: 3 }),
});
const rows = fc.uniqueArray(row, { selector: (one) => one.flag });

/** What comes in between: when, counted in turns of the event loop, and what. */
const event = fc.tuple(
  fc.nat({ max: 70 }),
  fc.oneof(
    fc.record({ do: fc.constant("kill" as const), name: fc.constantFrom(...NAMES) }),
    fc.record({ do: fc.constantFrom("late" as const, "tick" as const), now: fc.constantFrom(1_600, 2_100, 2_600) }),
    fc.record({
      do: fc.constant("resolver" as const),
      name: fc.constantFrom(...NAMES),
      value: fc.constantFrom(true, false, undefined),
    }),
    fc.record({ do: fc.constant("reload" as const), value: fc.constantFrom(true, false, undefined) }),
  ),
);
type Event = typeof event extends fc.Arbitrary<readonly [number, infer E]> ? E : never;

/** A resolver ahead of the overrides, whose data a test changes. */
function remote() {
  const said = new Map<string, boolean | undefined>();
  let prepared: boolean | undefined;
  let tell: (names: readonly string[]) => void = () => {};
  return {
    step: {
      name: "remote",
      prepare: ({ name }: { readonly name: string }) => {
        const value = name === "single" ? (said.get(name) ?? prepared) : said.get(name);
        return value === undefined ? undefined : { value };
      },
      onChange: (changed: (names?: readonly string[]) => void) => {
        tell = changed;
        return () => {};
      },
      reload: () => {},
    },
    say(name: string, value: boolean | undefined) {
      said.set(name, value);
      tell([name]);
    },
    prepare(value: boolean | undefined) {
      prepared = value;
    },
  };
}

type Row = Parameters<typeof storeWith>[0][number];

/** Flags on a first store, in place of which they load a second one when they are let go. */
async function begin(first: readonly Row[], second: readonly Row[]) {
  const clock = new ManualClock(1_000);
  const { step, say, prepare } = remote();
  let letGo: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const { store, use } = switchedStore(await storeWith(first, "first"));
  const next = await storeWith(second, "second");
  const load = next.load.bind(next);
  next.load = async () => {
    await held;
    return load();
  };
  const options: StoredFlagsOptions = { ...isolated, store, clock, instance: "one", resolvers: [step, "overrides"] };
  const flags = createFlags(registry, options);
  const changes: FlagChange[] = [];
  flags.onFlagChanged("*", (change) => void changes.push(change as FlagChange));
  await flags.ready();
  const work: Promise<unknown>[] = [];
  const carryOut = (one: Event) => {
    if (one.do === "kill") work.push(flags.kill(one.name, { local: true }));
    else if (one.do === "resolver") say(one.name, one.value);
    else if (one.do === "reload") {
      prepare(one.value);
      work.push(flags.reload());
    } else if (one.now > clock.now()) {
      if (one.do === "late") clock.pass(one.now);
      else clock.set(one.now);
    }
  };
  /** When everything is loaded and told: this changes nothing, and is not written before. */
  const loaded = async () => {
    use(next);
    await flags.resetFlag("barrier");
  };
  const end = async () => {
    await Promise.all(work);
    while (flags.status().localKills.length > 0) await settled();
    clock.set(clock.now());
    await settled();
    const answers = USERS.map((userId) => NAMES.map((name) => flags.evaluate(name, { userId })));
    await flags.close();
    return answers.map((of) => of.map(({ value, source, reason }) => ({ value, source, reason })));
  };
  return { flags, changes, letGo, carryOut, loaded, end };
}

/** The machine takes so many milliseconds from one look at its clock to the next. */
function machineTakes(ms: number): void {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += ms;
    return now;
  });
}

/** From what to what each flag went, by the log: each entry goes on from the one before. */
function expectUnbroken(entries: readonly AuditEntry[]): void {
  const now = new Map<string, unknown>();
  for (const { flag: name, from, to } of entries.flatMap(({ affected }) => affected)) {
    if (now.has(name)) expect(from).toEqual(now.get(name));
    now.set(name, to);
  }
}

afterEach(() => vi.restoreAllMocks());

test("whatever comes in between, a store that is taken in slices is in force as one that is taken at once", async () => {
  await fc.assert(
    fc.asyncProperty(rows, rows, fc.array(event, { maxLength: 8 }), async (first, second, events) => {
      const before = first.map(({ kill: _, ...row }) => row);
      const plan = events.toSorted(([a], [b]) => a - b);

      machineTakes(0);
      const once = await begin(before, second);
      const loading = once.loaded();
      for (const [, one] of plan) once.carryOut(one);
      for (let turn = 0; turn < 10; turn++) await settled();
      once.letGo();
      await loading;
      const expected = await once.end();

      machineTakes(100);
      const sliced = await begin(before, second);
      sliced.letGo();
      let over = false;
      const done = sliced.loaded().finally(() => {
        over = true;
      });
      const waiting = [...plan];
      for (let turn = 0; !over || waiting.length > 0; turn++) {
        for (let [next] = waiting; next !== undefined && next[0] <= turn; [next] = waiting) {
          waiting.shift();
          sliced.carryOut(next[1]);
        }
        for (const name of sliced.flags.status().localKills)
          expect(sliced.flags.evaluate(name, { userId: "u1" }).source).toMatch(/^(kill|dependency)$/);
        await settled();
      }
      await done;
      expect(await sliced.end()).toEqual(expected);
      const { changes, flags } = sliced;
      expect(changes.map(({ sequence }) => sequence)).toEqual(changes.map((_, index) => index + 1));
      expectUnbroken(flags.localAudit.entries().toReversed());
      expect(flags.localAudit.verify().ok).toBe(true);
      for (const { flag: name, value } of new Map(changes.map((change) => [change.flag, change])).values())
        if (value !== undefined) expect([name, flags.isEnabled(name)]).toEqual([name, value]);
    }),
    { numRuns: 1_000 },
  );
});
