import { BurgeeError, type Context, createFlags, defineFlags, type Exposure, flag } from "burgee";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exposuresOf } from "./fixtures/exposed.js";
import { isolated } from "./fixtures/isolated.js";

const registry = defineFlags({
  parent: flag.boolean({ default: false, rule: { when: { plan: "pro" }, rollout: 60, deny: ["u3"] } }),
  child: flag.boolean({ default: false, rule: { rollout: 50, allow: ["u1"] }, dependsOn: ["parent"] }),
  model: flag.experiment({ control: 1, treatment: 1 }, { default: "control", dependsOn: ["parent"] }),
  limit: flag.number({ default: 1, rule: { rollout: 50, serve: 2 } }),
});
type Name = keyof typeof registry.definitions;
const NAMES: readonly Name[] = ["parent", "child", "model", "limit"];
const PARENTS: Readonly<Record<Name, readonly Name[]>> = {
  parent: [],
  child: ["parent"],
  model: ["parent"],
  limit: [],
};

type Step =
  | { readonly ask: Name; readonly context: Context; readonly how: "value" | "evaluate" | "all" | "snapshot" }
  | { readonly rollout: number; readonly of: "parent" | "child" | "model" }
  | { readonly kill: Name; readonly revive: boolean }
  | { readonly flush: true };

const userIds = fc.constantFrom(undefined, "u1", "u2", "u3", "u4", "u5", "u6");
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      ask: fc.constantFrom(...NAMES),
      context: fc.record({ userId: userIds, plan: fc.constantFrom("free", "pro") }),
      how: fc.constantFrom("value", "evaluate", "evaluate", "all", "snapshot"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      rollout: fc.constantFrom(0, 20, 50, 80, 100),
      of: fc.constantFrom("parent", "child", "model"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kill: fc.constantFrom(...NAMES), revive: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ flush: true } as const) },
);

type Flags = ReturnType<typeof start>;
const start = (window: number) => createFlags(registry, { ...isolated, clock: () => 1, exposures: { window } });

/** What exposures there must be, in plain words; asks snapshots only, which cause none. */
class Oracle {
  readonly told: Omit<Exposure, "sequence">[] = [];
  readonly #window: number;
  #remembered: string[] = [];

  constructor(window: number) {
    this.#window = window;
  }

  asked(flags: Flags, name: Name, context: Context): void {
    const snapshot = flags.snapshot(context);
    const { value, variant, source, rule, reason, detail } = snapshot.evaluate(name);
    if (reason !== "SPLIT" || PARENTS[name].some((parent) => snapshot.value(parent) !== true)) return;
    // Outside the experiment's share nobody is in the experiment.
    if (variant !== undefined && detail === "outside the rollout") return;
    const key = JSON.stringify([name, value, context.userId]);
    const known = this.#remembered.includes(key);
    this.#remembered = [...this.#remembered.filter((other) => other !== key), key].slice(-this.#window);
    if (known) return;
    const unit = String(context.userId);
    this.told.push({
      ...{ flag: name, value, unit, source, at: 1 },
      ...(variant !== undefined && { variant }),
      ...(rule !== undefined && { rule }),
    });
  }
}

async function carryOut(flags: Flags, oracle: Oracle, step: Step): Promise<void> {
  if ("ask" in step) {
    const { ask, context, how } = step;
    if (how === "all") flags.getAllFlags(context);
    else if (how === "snapshot") flags.snapshot(context).value(ask);
    else {
      oracle.asked(flags, ask, context);
      flags[how](ask, context);
    }
  } else if ("rollout" in step) setRollout(flags, step.of, step.rollout);
  else if ("flush" in step) await flags.flush();
  else if (step.revive) flags.revive(step.kill);
  else flags.kill(step.kill);
}

/** Sets it where that is allowed: a flag stays off while its parent is off for everybody. */
function setRollout(flags: Flags, name: "parent" | "child" | "model", rollout: number): void {
  try {
    flags.setRule(name, { rollout, name: `at ${rollout}` });
  } catch (error) {
    if (!(error instanceof BurgeeError) || error.code !== "DEPENDENCY_UNMET") throw error;
  }
}

describe("whatever is asked, in whatever order", () => {
  it("the exposures are those of a plain list", async () => {
    const steps = fc.array(anyStep, { maxLength: 60 });
    const run = async (all: readonly Step[], window: number) => {
      const flags = start(window);
      const exposures = exposuresOf(flags);
      const oracle = new Oracle(window);
      for (const step of all) await carryOut(flags, oracle, step);
      await flags.close();
      expect(exposures).toEqual(oracle.told.map((exposure, index) => ({ ...exposure, sequence: index + 1 })));
    };
    await fc.assert(fc.asyncProperty(steps, fc.integer({ min: 1, max: 9 }), run), { numRuns: 1_000 });
  });
});
