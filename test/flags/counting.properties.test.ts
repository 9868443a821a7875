import { BurgeeError, type Context, createFlags, defineFlags, type EvaluationCount, flag } from "burgee";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { isolated } from "./fixtures/isolated.js";

const registry = defineFlags({
  parent: flag.boolean({ default: false, rule: { when: { plan: "pro" }, rollout: 60, deny: ["u3"] } }),
  child: flag.boolean({ default: false, rule: { rollout: 50, allow: ["u1"] }, dependsOn: ["parent"] }),
  model: flag.experiment({ control: 1, treatment: 1 }, { default: "control", dependsOn: ["parent"] }),
  limit: flag.number({ default: 1, rule: { rollout: 50, serve: 2 } }),
  data: flag.json(z.unknown(), { default: { on: false }, rule: { rollout: 50, serve: true } }),
});
type Name = keyof typeof registry.definitions;
const NAMES: readonly Name[] = ["parent", "child", "model", "limit", "data"];
const STRANGERS: readonly string[] = ["stranger", "parents", "constructor", "", "x".repeat(201)];

const METHODS = ["isEnabled", "resolveVariant", "value", "evaluate", "requireEnabled"] as const;
const UNCOUNTED = ["all", "snapshot", "explain"] as const;
type Method = (typeof METHODS)[number] | (typeof UNCOUNTED)[number];

type Step =
  | { readonly ask: string; readonly context: Context; readonly how: Method }
  | { readonly rollout: number; readonly of: "parent" | "child" | "model" }
  | { readonly set: "limit" | "data" | "model" }
  | { readonly kill: Name; readonly revive: boolean }
  | { readonly counter: number; readonly act: "read" | "take" | "stop" }
  | { readonly act: "reload" | "begin" | "close" };

const userIds = fc.constantFrom(undefined, "u1", "u2", "u3", "u4", "u5", "u6");
const share = fc.constantFrom(0, 20, 50, 80, 100);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 24,
    arbitrary: fc.record({
      ask: fc.constantFrom(...NAMES, ...NAMES, ...STRANGERS),
      context: fc.record({ userId: userIds, plan: fc.constantFrom("free", "pro") }),
      how: fc.constantFrom(...METHODS, ...METHODS, ...UNCOUNTED),
    }),
  },
  { weight: 2, arbitrary: fc.record({ rollout: share, of: fc.constantFrom("parent", "child", "model") }) },
  { weight: 1, arbitrary: fc.record({ set: fc.constantFrom("limit", "data", "model") }) },
  { weight: 2, arbitrary: fc.record({ kill: fc.constantFrom(...NAMES), revive: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ counter: fc.nat(2), act: fc.constantFrom("read", "take", "take", "stop") }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constantFrom("reload", "begin", "begin", "begin", "close") }) },
);

const start = () => createFlags(registry, { ...isolated, clock: () => 1 });
type Flags = ReturnType<typeof start>;

/** What one counter must say, in plain words: a list of all that was answered, in order. */
class Oracle {
  lost = 0;
  taken = 0;
  evaluations = 0;
  readonly #order: string[] = [];
  #answers: string[] = [];
  #running: boolean;

  constructor(running = true) {
    this.#running = running;
  }

  stop(): void {
    this.#running = false;
  }

  answered(row: Omit<EvaluationCount, "count">): void {
    if (!this.#running) return;
    this.evaluations++;
    if (row.flag.length > 200) {
      this.lost++;
      return;
    }
    const key = JSON.stringify(row);
    if (!this.#order.includes(key)) this.#order.push(key);
    this.#answers.push(key);
  }

  read(): EvaluationCount[] {
    const rows = this.#order.map((key) => ({
      ...(JSON.parse(key) as Omit<EvaluationCount, "count">),
      count: this.#answers.filter((other) => other === key).length,
    }));
    const known = NAMES.flatMap((name) => rows.filter((row) => row.flag === name));
    // Strangers by the order in which each name was first asked for, and they have one answer only.
    return [...known, ...rows.filter((row) => row.errorCode !== undefined)].filter(({ count }) => count > 0);
  }

  take(): EvaluationCount[] {
    const rows = this.read();
    this.taken += this.#answers.length;
    this.#answers = [];
    return rows;
  }
}

/** What an evaluation is counted as; asks a snapshot, which is not counted. */
function rowOf(flags: Flags, name: string, context: Context): Omit<EvaluationCount, "count"> {
  const { value, variant, reason, source, errorCode } = flags.snapshot(context).evaluate(name as Name);
  const isBoolean = name === "parent" || name === "child";
  return {
    flag: name,
    ...(isBoolean && { value: value === true }),
    ...(variant !== undefined && { variant }),
    ...{ reason, source },
    ...(errorCode !== undefined && { errorCode }),
  };
}

const ASK: Readonly<Record<Method, (flags: Flags, name: Name, context: Context) => unknown>> = {
  isEnabled: (flags, name, context) => flags.isEnabled(name as "parent", context),
  resolveVariant: (flags, name, context) => flags.resolveVariant(name as "model", context),
  value: (flags, name, context) => flags.value(name, context),
  evaluate: (flags, name, context) => flags.evaluate(name, context),
  requireEnabled: (flags, name, context) => flags.requireEnabled(name as "parent", context),
  all: (flags, _, context) => flags.getAllFlags(context),
  snapshot: (flags, name, context) => flags.snapshot(context).value(name),
  explain: (flags, name, context) => flags.explain(name, context),
};

/** What is refused is refused; a flag stays off while its parent is off for everybody, say. */
function attempt(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof BurgeeError)) throw error;
  }
}

const VALUES = { limit: 7, data: { on: true }, model: "treatment" } as const;

function command(flags: Flags, step: Exclude<Step, { readonly act: string } | { readonly ask: string }>): void {
  if ("rollout" in step) flags.setRule(step.of as "parent", { rollout: step.rollout });
  else if ("set" in step) flags.setFlag(step.set, VALUES[step.set]);
  else if (step.revive) flags.revive(step.kill);
  else flags.kill(step.kill);
}

/** Flags, whoever counts them, and what each counter must say. */
class World {
  readonly flags = start();
  readonly #pairs = [{ counter: this.flags.countEvaluations(), oracle: new Oracle() }];
  #closed = false;

  async carryOut(step: Step): Promise<void> {
    if ("ask" in step) this.#ask(step.ask, step.context, step.how);
    else if ("counter" in step) this.#count(step.counter, step.act);
    else if (!("act" in step)) attempt(() => command(this.flags, step));
    else if (step.act === "reload") await this.flags.reload().catch(() => undefined);
    else if (step.act === "begin" && this.#pairs.length < 3) this.#begin();
    else if (step.act === "close") await this.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { oracle } of this.#pairs) oracle.stop();
    await this.flags.close();
  }

  expectEveryCount(): void {
    for (const { counter, oracle } of this.#pairs) {
      expect(counter.read()).toEqual(oracle.read());
      expect(counter.lost).toBe(oracle.lost);
      expect(oracle.taken + sum(counter.take()) + counter.lost).toBe(oracle.evaluations);
      expect(counter.read()).toEqual([]);
    }
  }

  #ask(name: string, context: Context, how: Method): void {
    const row = rowOf(this.flags, name, context);
    attempt(() => ASK[how](this.flags, name as Name, context));
    if (UNCOUNTED.some((method) => method === how)) return;
    for (const { oracle } of this.#pairs) oracle.answered(row);
  }

  #count(index: number, act: "read" | "take" | "stop"): void {
    const pair = this.#pairs[index];
    if (pair === undefined) return;
    const { counter, oracle } = pair;
    if (act === "stop") {
      counter.stop();
      oracle.stop();
    } else expect(counter[act]()).toEqual(oracle[act]());
  }

  #begin(): void {
    this.#pairs.push({ counter: this.flags.countEvaluations(), oracle: new Oracle(!this.#closed) });
  }
}

describe("whatever is asked, in whatever order", () => {
  it("the counts are those of a plain list, for each counter by itself", async () => {
    const run = async (steps: readonly Step[]) => {
      const world = new World();
      for (const step of steps) await world.carryOut(step);
      await world.close();
      world.expectEveryCount();
    };
    await fc.assert(fc.asyncProperty(fc.array(anyStep, { maxLength: 60 }), run), { numRuns: 1_000 });
  });
});

function sum(counts: readonly EvaluationCount[]): number {
  return counts.reduce((total, { count }) => total + count, 0);
}
