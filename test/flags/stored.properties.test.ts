import { createFlags, defineFlags, type FlagChange, flag, MemoryStore } from "burgee";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isolated, settled } from "./fixtures/isolated.js";

const registry = defineFlags({
  parent: flag.boolean({ default: false }),
  child: flag.boolean({ default: false, dependsOn: ["parent"] }),
  number: flag.number({ default: 0 }),
  model: flag.experiment({ a: 50, b: 50 }, { default: "a" }),
});
const NAMES = ["parent", "child", "number", "model"] as const;
const INSTANCES = 3;

const instance = fc.nat({ max: INSTANCES - 1 });
const name = fc.constantFrom(...NAMES);
const step = fc.oneof(
  fc.record({
    do: fc.constant("value" as const),
    instance,
    name: fc.constantFrom("parent" as const, "child" as const),
    value: fc.boolean(),
  }),
  fc.record({ do: fc.constant("number" as const), instance, value: fc.nat({ max: 3 }) }),
  fc.record({ do: fc.constant("rule" as const), instance, value: fc.nat({ max: 100 }) }),
  fc.record({
    do: fc.constantFrom("reset" as const, "kill" as const, "revive" as const, "expecting" as const),
    instance,
    name,
  }),
  fc.record({ do: fc.constantFrom("resetAll" as const, "wait" as const), instance }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function flagsOn(store: MemoryStore, index: number) {
  return createFlags(registry, { ...isolated, store, instance: `i${index}`, clock: () => 1_000_000 });
}
type Flags = ReturnType<typeof flagsOn>;

/** Gives a command; those that are refused are as good as any. */
async function give(flags: Flags, command: Step): Promise<unknown> {
  switch (command.do) {
    case "value":
      return flags.setFlag(command.name, command.value);
    case "number":
      return flags.setFlag("number", command.value);
    case "rule":
      return flags.setRollout("parent", command.value);
    case "reset":
      return flags.resetFlag(command.name);
    case "kill":
      return flags.kill(command.name);
    case "revive":
      return flags.revive(command.name);
    case "expecting":
      return flags.kill(command.name, { expectedRevision: flags.revision(command.name) });
    case "resetAll":
      return flags.resetAll();
    case "wait":
      return settled();
  }
}

/** What everybody must agree on. */
function stateOf(flags: Flags): unknown {
  const users = ["u1", "u2", "u3", "u4"].map((userId) => flags.getAllFlags({ userId }));
  return { users, revisions: NAMES.map((one) => flags.revision(one)), revision: flags.status().store?.revision };
}

describe("whatever is commanded by whom and when", () => {
  test("every instance ends with the same state, told in the same changes, and the log holds", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const store = new MemoryStore();
        const instances = Array.from({ length: INSTANCES }, (_, index) => flagsOn(store, index));
        await Promise.all(instances.map((flags) => flags.ready()));
        const heard = instances.map((flags) => {
          const changes: FlagChange[] = [];
          flags.onFlagChanged("*", (change) => void changes.push(change as FlagChange));
          return changes;
        });
        const given: Promise<unknown>[] = [];
        for (const command of steps) {
          const work = give(instances[command.instance] as Flags, command);
          given.push(work.catch(() => undefined));
          if (command.do === "wait") await work;
        }
        await Promise.all(given);
        const { revision } = await store.head();
        while (instances.some((flags) => flags.status().store?.revision !== revision)) await settled();
        await settled();
        const late = flagsOn(store, INSTANCES);
        await late.ready();
        const [first, ...others] = instances.map(stateOf);
        for (const other of [...others, stateOf(late)]) expect(other).toEqual(first);
        expect(heard[1]).toEqual(heard[0]);
        expect(heard[2]).toEqual(heard[0]);
        const entries = await store.audit({ order: "oldest" });
        // What an entry says that it did is what everybody was told.
        const told = (heard[0] ?? []).map(({ revision: of, flag: changed }) => [of, changed]);
        expect(entries.flatMap(({ sequence, affected }) => affected.map((one) => [sequence, one.flag]))).toEqual(told);
        expect(await late.verify()).toMatchObject({ ok: true, entries: revision });
        await Promise.all([...instances, late].map((flags) => flags.close()));
      }),
      { numRuns: 1_000 },
    );
  });

  test("every instance ends with the same state, with kills that did not wait for the store", async () => {
    const here = fc.record({ do: fc.constant("here" as const), instance, name });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(step, here), { maxLength: 25 }), async (steps) => {
        const store = new MemoryStore();
        const instances = Array.from({ length: INSTANCES }, (_, index) => flagsOn(store, index));
        await Promise.all(instances.map((flags) => flags.ready()));
        const given: Promise<unknown>[] = [];
        for (const command of steps) {
          const flags = instances[command.instance] as Flags;
          const work = command.do === "here" ? flags.kill(command.name, { local: true }) : give(flags, command);
          given.push(work.catch(() => undefined));
          if (command.do === "here") expect(flags.evaluate(command.name).source).toMatch(/^(kill|dependency)$/);
          if (command.do === "wait") await work;
        }
        await Promise.all(given);
        while (instances.some((flags) => flags.status().localKills.length > 0)) await settled();
        const { revision } = await store.head();
        while (instances.some((flags) => flags.status().store?.revision !== revision)) await settled();
        const [first, ...others] = instances.map(stateOf);
        for (const other of others) expect(other).toEqual(first);
        expect(await instances[0]?.verify()).toMatchObject({ ok: true, entries: revision });
        await Promise.all(instances.map((flags) => flags.close()));
      }),
      { numRuns: 1_000 },
    );
  });
});
