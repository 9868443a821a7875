import { type BuiltInStep, type Context, createFlags, defineFlags, flag, type Resolver } from "burgee";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isolated, thrownBy } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

/** What a custom resolver does with the flag. */
const habits = [
  "value",
  "yields",
  "function",
  "abstains",
  "throws",
  "wrong kind",
  "wrong answer",
  "no object",
] as const;
type Habit = (typeof habits)[number];

/** Each source says its own number, so that the answer tells who gave it. */
const SAYS = { env: 1, profile: 2, overrides: 3, rollout: 4, first: 5, second: 6, default: 7 } as const;
type Step = BuiltInStep | "first" | "second";

interface World {
  readonly order: readonly Step[];
  /** The built-in sources that have something to say. */
  readonly present: ReadonlySet<Step>;
  readonly locked: boolean;
  readonly habits: { readonly first: Habit; readonly second: Habit };
}

const anyWorld: fc.Arbitrary<World> = fc.record({
  order: fc.shuffledSubarray<Step>(["env", "profile", "overrides", "rollout", "first", "second"]),
  present: fc.subarray<Step>(["env", "profile", "overrides", "rollout"]).map((steps) => new Set(steps)),
  locked: fc.boolean(),
  habits: fc.record({ first: fc.constantFrom(...habits), second: fc.constantFrom(...habits) }),
});

function custom(name: "first" | "second", habit: Habit): Resolver {
  const value = SAYS[name];
  const prepare: Record<Habit, () => unknown> = {
    value: () => ({ value }),
    yields: () => ({ value, overridable: true }),
    function: () => ({ decide: (context: Context) => (context.vip === true ? value : undefined) }),
    abstains: () => undefined,
    throws: () => {
      throw new Error("no");
    },
    "wrong kind": () => ({ value: "five" }),
    "wrong answer": () => ({ decide: () => "five" }),
    "no object": () => null,
  };
  return { name, prepare: () => prepare[habit]() as ReturnType<Resolver["prepare"]> };
}

/** Whether a step always answers, and whether it yields to overrides. */
function standing({ present, locked, habits: by }: World, step: Step): "always" | "yields" | "sometimes" | "never" {
  if (step === "first" || step === "second") {
    const words = { value: "always", yields: "yields", function: "sometimes" } as const;
    return words[by[step] as keyof typeof words] ?? "never";
  }
  if (!present.has(step)) return "never";
  return step === "profile" && !locked ? "yields" : "always";
}

/** Walks the list as the semantics tell it: the first answer wins, and one that yields lets the overrides speak first. */
function oracle(world: World, vip: boolean): Step | "default" {
  const later = (index: number) => world.order.indexOf("overrides") > index && world.present.has("overrides");
  for (const [index, step] of world.order.entries()) {
    const how = standing(world, step);
    if (how === "yields" && later(index)) return "overrides";
    if (how === "always" || how === "yields" || (how === "sometimes" && vip)) return step;
  }
  return "default";
}

/** The step ahead of the overrides that always answers. */
function pinOf(world: World): Step | undefined {
  for (const step of world.order.slice(0, world.order.indexOf("overrides"))) {
    const how = standing(world, step);
    if (how === "yields") return undefined;
    if (how === "always") return step;
  }
  return undefined;
}

describe("any chain", () => {
  it("answers as a plain walk over it does, and says who pins", () => {
    const paths = {
      locked: profileFile("feature_flags:\n  f: { serve: 2, locked: true }\n").path,
      open: profileFile("feature_flags:\n  f: 2\n").path,
      empty: profileFile("feature_flags: {}\n").path,
    };
    const property = fc.property(anyWorld, (world) => {
      const { order, present, locked } = world;
      const rule = present.has("rollout") ? { serve: SAYS.rollout } : undefined;
      const registry = defineFlags({ f: flag.number({ default: SAYS.default, rule }) });
      const flags = createFlags(registry, {
        ...isolated,
        env: { variables: present.has("env") ? { FLAG_F: "1" } : {}, files: [] },
        profile: paths[present.has("profile") ? (locked ? "locked" : "open") : "empty"],
        resolvers: order.map((step) =>
          step === "first" || step === "second" ? custom(step, world.habits[step]) : step,
        ),
      });
      let effective = world;
      if (present.has("overrides")) {
        const pin = pinOf(world);
        const refusal = !order.includes("overrides") ? "NO_OVERRIDES" : pin === undefined ? undefined : "FLAG_PINNED";
        if (refusal === undefined) expect(flags.setFlag("f", SAYS.overrides)).toBe(true);
        else {
          const error = thrownBy(() => flags.setFlag("f", SAYS.overrides));
          expect(error.code).toBe(refusal);
          if (pin !== undefined && refusal === "FLAG_PINNED")
            expect(error.message).toContain(pin === "profile" ? "locked by the profile" : `pinned by ${pin}`);
          effective = { ...world, present: new Set([...present].filter((step) => step !== "overrides")) };
        }
      }
      for (const vip of [true, false]) {
        const step = oracle(effective, vip);
        const context = vip ? { vip, userId: "u1" } : { userId: "u1" };
        expect(flags.evaluate("f", context)).toMatchObject({ value: SAYS[step], source: step });
        const answered = flags.explain("f", context).steps.filter(({ said }) => said === "answered");
        expect(answered).toMatchObject([{ step, value: SAYS[step] }]);
      }
    });
    fc.assert(property, { numRuns: 1_500 });
  });
});
