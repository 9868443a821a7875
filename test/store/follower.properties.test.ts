import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { inPlace } from "../../src/changes/dispatcher.js";
import { BurgeeError } from "../../src/errors.js";
import { StoreFollower } from "../../src/store/follower.js";
import { away, type Fault, FaultyStore, type Method } from "./fixtures/faulty-store.js";
import { Instance, writeOther } from "./fixtures/followed.js";
import { VirtualTime } from "./fixtures/virtual-time.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

type Step =
  | { readonly do: "other" | "own"; readonly times: number; readonly flag: string }
  | { readonly do: "cut" | "deafen" | "listen" | "restore"; readonly share: number }
  | { readonly do: "wait"; readonly ms: number };

const flag = fc.constantFrom("lamp", "fan");
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof<fc.MaybeWeightedArbitrary<Step>[]>(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom<("other" | "own")[]>("other", "own"),
        times: fc.integer({ min: 1, max: 4 }),
        flag,
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 3_000 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom<("cut" | "deafen" | "listen")[]>("cut", "deafen", "listen"),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
  ),
  { minLength: 1, maxLength: 14 },
);

/** What befalls the calls, in turn; none when all are used up. */
const faults = fc.array(fc.constantFrom("none", "none", "refuse", "lose", "slow", "slow answer", "hang"), {
  maxLength: 40,
});

type FaultName = "none" | "refuse" | "lose" | "slow" | "slow answer" | "hang";

function faultOf(name: FaultName, method: Method, time: VirtualTime): Fault {
  const fail = async () => {
    throw away();
  };
  const lose = async () => {
    throw method === "write" ? new BurgeeError("STORE_OUTCOME_UNKNOWN", "The wire was cut.") : away();
  };
  if (name === "refuse") return { before: fail };
  if (name === "lose") return { after: lose };
  if (name === "slow") return { before: () => time.sleep(40) };
  if (name === "slow answer") return { after: () => time.sleep(40) };
  if (name === "hang") return { before: () => time.sleep(7_000) };
  return {};
}

/** One run, up to the point where nothing is in the store's way any more. */
async function play(list: readonly Step[], planned: readonly FaultName[], random: number, brings: boolean) {
  const time = new VirtualTime().install();
  const store = new FaultyStore();
  store.brings = brings;
  const queue = [...planned];
  store.fault = (method) => faultOf(queue.shift() ?? "none", method, time);
  const instance = new Instance();
  const options = { pollMs: 1_000, clock: () => time.now, outside: inPlace, random: () => random };
  const follower = new StoreFollower(store, instance, options);
  const outcomes = new Map<string, string>();
  /** Own changes that were said to be committed before the instance had them. */
  const early: string[] = [];
  let restored = false;
  const submit = async (id: string, name: string) => {
    try {
      outcomes.set(id, "pending");
      outcomes.set(id, await follower.submit((head) => instance.compose(head, id, name)));
      // The store's answer takes a moment, but where it is applied the instance has it by now.
      if (!restored && !instance.ids.has(id) && follower.status.state === "ready") early.push(id);
    } catch (error) {
      outcomes.set(id, error instanceof BurgeeError ? error.code : String(error));
    }
  };
  follower.start();
  let count = 0;
  for (const step of list) {
    if ("ms" in step) await time.pass(step.ms);
    else if ("times" in step) {
      for (let times = 0; times < step.times; times++) {
        const id = `${step.do} ${count++}`;
        if (step.do === "own") void submit(id, step.flag);
        else await writeOther(store.store, id, step.flag);
      }
    } else if (step.do === "cut") store.cut();
    else if (step.do === "restore") {
      restored = true;
      await store.restore(Math.floor(step.share * (await store.store.head()).revision));
    } else store.deaf = step.do === "deafen";
  }
  queue.length = 0;
  await time.pass(60_000);
  return { time, store, instance, follower, outcomes, early };
}

async function expectFollowed({ store, instance, follower }: Awaited<ReturnType<typeof play>>): Promise<void> {
  const state = await store.store.load();
  expect(follower.status.state).toBe("ready");
  expect(follower.head).toEqual(state.head);
  expect(instance.head).toEqual(state.head);
  expect([...instance.flags.values()].sort(byName)).toEqual([...state.flags].sort(byName));
  expect(instance.wrong).toEqual([]);
}

function byName(a: { readonly flag: string }, b: { readonly flag: string }): number {
  return a.flag < b.flag ? -1 : 1;
}

it("applies every change once and in order, with one question to the store at a time, whatever fails", async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      faults,
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      fc.boolean(),
      async (list, planned, random, brings) => {
        const run = await play(list, planned, random, brings);
        await expectFollowed(run);
        expect(run.store.mostReading).toBe(1);
        expect(run.early).toEqual([]);
        const ids = (await run.store.store.audit()).map((entry) => entry.reason);
        expect(new Set(ids).size).toBe(ids.length);
        for (const [id, outcome] of run.outcomes) {
          expect(["committed", "STORE_UNAVAILABLE", "STORE_OUTCOME_UNKNOWN"]).toContain(outcome);
          if (outcome === "committed") expect(ids).toContain(id);
          if (outcome === "STORE_UNAVAILABLE") expect(ids).not.toContain(id);
        }
        await run.follower.close();
        expect(run.time.waiting).toBe(0);
      },
    ),
    { numRuns: 1_000 },
  );
});

it("ends up where the store is, also when the store is put back to an earlier point, again and again", async () => {
  const restore = fc.record({ do: fc.constant("restore" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) });
  const mixed = fc.array(fc.oneof({ weight: 1, arbitrary: restore }, { weight: 3, arbitrary: steps }), {
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(mixed, faults, fc.boolean(), async (list, planned, brings) => {
      const run = await play(list.flat(), planned, 0.5, brings);
      await expectFollowed(run);
      expect([...run.outcomes.values()]).not.toContain("pending");
      await run.follower.close();
      expect(run.time.waiting).toBe(0);
    }),
    { numRuns: 1_000 },
  );
});

it("is silent once it is closed, whatever was pending", async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      faults,
      fc.integer({ min: 0, max: 200 }),
      fc.boolean(),
      async (list, planned, moment, brings) => {
        const time = new VirtualTime().install();
        const store = new FaultyStore();
        store.brings = brings;
        const queue = [...planned];
        store.fault = (method) => faultOf(queue.shift() ?? "none", method, time);
        const instance = new Instance();
        const follower = new StoreFollower(store, instance, { pollMs: 100, clock: () => time.now, outside: inPlace });
        follower.start();
        const outcomes: string[] = [];
        const own = list.filter((step) => step.do === "own").length + 1;
        for (let index = 0; index < own; index++) {
          const submitted = follower.submit((head) => instance.compose(head, `own ${index}`));
          submitted.then(
            (outcome) => outcomes.push(outcome),
            (error: BurgeeError) => outcomes.push(error.code),
          );
          await writeOther(store.store, `other ${index}`);
        }
        await time.pass(moment);
        const { log } = instance;
        let before = 0;
        let calls = 0;
        const closed = follower.close().then(() => {
          before = log.length;
          calls = store.calls.length;
        });
        await time.pass(15_000);
        await closed;
        expect(outcomes).toHaveLength(own);
        await writeOther(store.store, "late");
        await time.pass(60_000);
        expect(log).toHaveLength(before);
        expect(store.calls).toHaveLength(calls);
        expect(store.listeners.size).toBe(0);
        expect(time.waiting).toBe(0);
      },
    ),
    { numRuns: 1_000 },
  );
});
