import { createFlags, defineFlags, type EvaluationCounter, flag, resolver } from "burgee";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { type Counted, Counting } from "../../src/flags/counting.js";
import { userWith } from "./fixtures/exposed.js";
import { type BooleanFlags, errorsOf, isolated } from "./fixtures/isolated.js";

const registry = defineFlags({
  banner: flag.boolean({ default: true }),
  model: flag.experiment({ control: 50, treatment: 50 }, { default: "control" }),
  limit: flag.number({ default: 10 }),
  child: flag.boolean({ default: true, dependsOn: ["banner"] }),
});
const create = (more: object = {}) => createFlags(registry, { ...isolated, ...more });
const banner = { flag: "banner", value: true, reason: "DEFAULT", source: "default" };
const stranger = { reason: "ERROR", source: "default", errorCode: "FLAG_NOT_FOUND" };

/** Asks for a name that no flag has. */
function askStranger(flags: object, name: unknown): void {
  (flags as BooleanFlags).isEnabled(name as string);
}

describe("a counter", () => {
  it("counts each of the methods that ask, once a call", () => {
    const flags = create();
    const counter = flags.countEvaluations();
    flags.isEnabled("banner");
    flags.value("banner");
    flags.evaluate("banner");
    flags.requireEnabled("banner");
    flags.resolveVariant("model");
    flags.value("limit");
    expect(counter.read()).toEqual([
      { ...banner, count: 4 },
      { flag: "model", variant: "control", reason: "DEFAULT", source: "rollout", count: 1 },
      { flag: "limit", reason: "DEFAULT", source: "default", count: 1 },
    ]);
    expect(counter.lost).toBe(0);
  });

  it("does not count who looks without acting", () => {
    const flags = create();
    const counter = flags.countEvaluations();
    flags.getAllFlags();
    flags.explain("banner");
    const snapshot = flags.snapshot();
    snapshot.isEnabled("banner");
    snapshot.getAllFlags();
    flags.snapshot().requireEnabled("banner");
    expect(counter.read()).toEqual([]);
  });

  it("begins when it is made, and knows nothing of what was before", () => {
    const flags = create();
    flags.isEnabled("banner");
    const counter = flags.countEvaluations();
    expect(counter.read()).toEqual([]);
    flags.isEnabled("banner");
    expect(counter.read()).toEqual([{ ...banner, count: 1 }]);
  });

  it("lists flags in the registry's order, each in the order of its answers, and strangers last", () => {
    const flags = create();
    const counter = flags.countEvaluations();
    askStranger(flags, "b-stranger");
    askStranger(flags, "a-stranger");
    flags.isEnabled("child");
    flags.kill("banner");
    flags.isEnabled("child");
    flags.isEnabled("banner");
    flags.revive("banner");
    flags.isEnabled("banner");
    expect(counter.read().map((row) => [row.flag, row.value, row.source])).toEqual([
      ["banner", false, "kill"],
      ["banner", true, "default"],
      ["child", true, "default"],
      ["child", false, "dependency"],
      ["b-stranger", undefined, "default"],
      ["a-stranger", undefined, "default"],
    ]);
  });

  it("tells the variants of an experiment apart", () => {
    const flags = create();
    const control = userWith(flags, "model", ({ variant }) => variant === "control");
    const treatment = userWith(flags, "model", ({ variant }) => variant === "treatment");
    const counter = flags.countEvaluations();
    flags.resolveVariant("model", treatment);
    flags.resolveVariant("model", control);
    flags.resolveVariant("model", treatment);
    const row = { flag: "model", reason: "SPLIT", source: "rollout" };
    expect(counter.read()).toEqual([
      { ...row, variant: "treatment", count: 2 },
      { ...row, variant: "control", count: 1 },
    ]);
  });

  it("goes on with the same entry when answers are prepared anew", async () => {
    const flags = create();
    const counter = flags.countEvaluations();
    const ask = () => flags.isEnabled("banner");
    ask();
    flags.setFlag("banner", false);
    ask();
    flags.resetFlag("banner");
    ask();
    await flags.reload();
    ask();
    flags.kill("banner");
    ask();
    flags.revive("banner");
    ask();
    flags.setFlag("banner", false);
    ask();
    expect(counter.read()).toEqual([
      { ...banner, count: 4 },
      { flag: "banner", value: false, reason: "STATIC", source: "overrides", count: 2 },
      { flag: "banner", value: false, reason: "DISABLED", source: "kill", count: 1 },
    ]);
  });

  it("counts a question of the wrong kind as the answer that the flag gave, and one that throws", () => {
    const flags = create();
    const counter = flags.countEvaluations();
    (flags as unknown as BooleanFlags).isEnabled("limit");
    flags.kill("banner");
    expect(() => flags.requireEnabled("banner")).toThrow("is off");
    expect(() => (flags as unknown as BooleanFlags).requireEnabled("limit")).toThrow("neither on nor off");
    expect(counter.read()).toEqual([
      { flag: "banner", value: false, reason: "DISABLED", source: "kill", count: 1 },
      { flag: "limit", reason: "DEFAULT", source: "default", count: 2 },
    ]);
  });

  it("counts a flag that cannot be decided as an error", () => {
    const flags = createFlags(
      defineFlags({ pro: flag.boolean({ default: false, rule: { when: { plan: "pro" } } }) }),
      isolated,
    );
    const counter = flags.countEvaluations();
    const hostile = {
      get plan(): string {
        throw new Error("no plan");
      },
    };
    flags.isEnabled("pro", hostile);
    expect(counter.read()).toEqual([
      { flag: "pro", value: false, reason: "ERROR", source: "default", errorCode: "INVALID_OPTIONS", count: 1 },
    ]);
  });

  it("gives what nobody can change", () => {
    const flags = create();
    const counter = flags.countEvaluations();
    flags.isEnabled("banner");
    const counts = counter.read();
    flags.isEnabled("banner");
    expect(Object.isFrozen(counts) && Object.isFrozen(counts[0])).toBe(true);
    expect(counts).toEqual([{ ...banner, count: 1 }]);
  });
});

describe("take", () => {
  it("gives what was counted since the last time, and nothing of what was not counted again", () => {
    const flags = create();
    const counter = flags.countEvaluations();
    flags.isEnabled("banner");
    flags.value("limit");
    expect(counter.take().map(({ flag: name, count }) => [name, count])).toEqual([
      ["banner", 1],
      ["limit", 1],
    ]);
    expect(counter.take()).toEqual([]);
    flags.isEnabled("banner");
    flags.isEnabled("banner");
    expect(counter.take()).toEqual([{ ...banner, count: 2 }]);
  });

  it("leaves other counters alone", () => {
    const flags = create();
    const [first, second] = [flags.countEvaluations(), flags.countEvaluations()];
    flags.isEnabled("banner");
    first.take();
    flags.isEnabled("banner");
    expect(first.read()).toEqual([{ ...banner, count: 1 }]);
    expect(second.read()).toEqual([{ ...banner, count: 2 }]);
  });
});

describe("names that no flag has", () => {
  it("are counted by name up to a hundred, and together from there on", () => {
    const flags = create();
    const counter = flags.countEvaluations();
    for (let round = 0; round < 2; round++) {
      for (let number = 0; number < 150; number++) askStranger(flags, `stranger-${number}`);
    }
    const expected = Array.from({ length: 100 }, (_, index) => ({ flag: `stranger-${index}`, ...stranger, count: 2 }));
    expect(counter.read()).toEqual(expected);
    expect(counter.lost).toBe(100);
    expect(counter.take()).toEqual(expected);
    askStranger(flags, "stranger-100");
    askStranger(flags, "stranger-99");
    expect(counter.read()).toEqual([{ flag: "stranger-99", ...stranger, count: 1 }]);
    expect(counter.lost).toBe(101);
  });

  it("are not kept where they are long", () => {
    const flags = create();
    const counter = flags.countEvaluations();
    askStranger(flags, "x".repeat(200));
    askStranger(flags, "x".repeat(201));
    expect(counter.read()).toEqual([{ flag: "x".repeat(200), ...stranger, count: 1 }]);
    expect(counter.lost).toBe(1);
  });

  it("may be no texts at all, and are never taken for a flag", () => {
    const flags = createFlags(defineFlags({ null: flag.boolean({ default: true }) }), isolated);
    const counter = flags.countEvaluations();
    for (const name of [undefined, null, 7, "constructor", "__proto__"]) askStranger(flags, name);
    flags.isEnabled("null");
    expect(counter.read()).toEqual([
      { flag: "null", value: true, reason: "DEFAULT", source: "default", count: 1 },
      ...["undefined", "null", "7", "constructor", "__proto__"].map((name) => ({ flag: name, ...stranger, count: 1 })),
    ]);
  });
});

describe("memory", () => {
  it("stays as it is, whatever a resolver of somebody else's makes up", () => {
    let number = 0;
    const open = defineFlags({
      amount: flag.number({ default: 0 }),
      text: flag.string({ default: "" }),
      data: flag.json(z.unknown(), { default: false }),
      mode: flag.oneOf(["a", "b", "c"], { default: "a" }),
    });
    const modes = ["a", "b", "c"] as const;
    const made = {
      amount: () => number,
      text: () => `text ${number}`,
      data: () => number % 2 === 0,
      mode: () => modes[number % 3],
    };
    const mine = resolver("mine", ({ name }) => {
      number++;
      return made[name as keyof typeof made]();
    });
    const flags = createFlags(open, { ...isolated, resolvers: [mine] });
    const counter = flags.countEvaluations();
    for (let round = 0; round < 250_000; round++) {
      flags.value("amount");
      flags.value("text");
      flags.value("data");
      flags.value("mode");
    }
    const row = { reason: "TARGETING_MATCH", source: "mine" };
    const counts = counter.read();
    expect(counts.slice(0, 3)).toEqual(
      ["amount", "text", "data"].map((name) => ({ flag: name, ...row, count: 250_000 })),
    );
    expect(
      counts
        .slice(3)
        .map(({ variant }) => variant)
        .sort(),
    ).toEqual(["a", "b", "c"]);
    expect(counts.reduce((total, { count }) => total + count, 0)).toBe(1_000_000);
  });
});

it("is nobody's business while nobody counts", () => {
  const counted: Counted = { counting: undefined };
  const counting = new Counting(counted);
  expect(counted.counting).toBeUndefined();
  const [first, second] = [counting.begin(), counting.begin()];
  expect(counted.counting).toBe(counting);
  first.stop();
  expect(counted.counting).toBe(counting);
  second.stop();
  expect(counted.counting).toBeUndefined();
  counting.begin();
  counting.close();
  counting.begin();
  expect(counted.counting).toBeUndefined();
});

describe("the end of counting", () => {
  const ends: Readonly<Record<string, (counter: EvaluationCounter, flags: ReturnType<typeof create>) => unknown>> = {
    "stop()": (counter) => counter.stop(),
    "stop(), twice": (counter) => {
      counter.stop();
      counter.stop();
    },
    "[Symbol.dispose]()": (counter) => counter[Symbol.dispose](),
    "close() of the flags, at once": (_, flags) => flags.close(),
  };
  it.each(Object.entries(ends))("comes with %s; what was counted stays", async (_, end) => {
    const flags = create();
    const counter = flags.countEvaluations();
    flags.isEnabled("banner");
    askStranger(flags, "x".repeat(201));
    const ended = end(counter, flags);
    flags.isEnabled("banner");
    askStranger(flags, "x".repeat(201));
    await ended;
    expect(counter.read()).toEqual([{ ...banner, count: 1 }]);
    expect(counter.lost).toBe(1);
    expect(counter.take()).toEqual([{ ...banner, count: 1 }]);
    expect(counter.read()).toEqual([]);
    await flags.close();
  });

  it("is the end of a block with `using`", () => {
    const flags = create();
    let kept: EvaluationCounter;
    {
      using counter = flags.countEvaluations();
      flags.isEnabled("banner");
      kept = counter;
    }
    flags.isEnabled("banner");
    expect(kept.read()).toEqual([{ ...banner, count: 1 }]);
  });

  it("of one counter is not that of another, nor of a later one", () => {
    const flags = create();
    const [first, second] = [flags.countEvaluations(), flags.countEvaluations()];
    first.stop();
    flags.isEnabled("banner");
    second.stop();
    second.stop();
    const third = flags.countEvaluations();
    first.stop();
    flags.isEnabled("banner");
    expect([first, second, third].map((counter) => counter.read())).toEqual([
      [],
      [{ ...banner, count: 1 }],
      [{ ...banner, count: 1 }],
    ]);
  });

  it("has come for who asks for a counter after close()", async () => {
    const flags = create();
    await flags.close();
    const counter = flags.countEvaluations();
    expect(flags.isEnabled("banner")).toBe(true);
    expect(counter.read()).toEqual([]);
    counter.stop();
  });

  it("may come while an evaluation is being told of", () => {
    const flags = create();
    const counter = flags.countEvaluations();
    flags.on("error", () => counter.stop());
    const errors = errorsOf(flags);
    askStranger(flags, "stranger");
    expect(errors).toHaveLength(1);
    expect(counter.read()).toEqual([]);
  });
});
