import { createFlags, defineFlags, flag } from "burgee";
import { bucketings, launchdarkly, statsig } from "burgee/bucketing";
import { describe, expect, it, onTestFinished } from "vitest";
import { randomIds } from "./ids.js";
import { openStatsig } from "./origins/statsig.js";

const ids = randomIds(2_000, 5);
const split = { control: 50, treatment_a: 30, treatment_b: 20 };

/** Flags that read nothing from outside, closed when the test ends. */
function closing<F extends { close(): Promise<void> }>(flags: F): F {
  onTestFinished(() => flags.close());
  return flags;
}

const options = { env: false, profile: false, logger: false, bucketing: bucketings } as const;

describe.each(bucketings)("a rule with the hash $name", ({ name, rollout, variant }) => {
  it("puts everybody where the origin does", () => {
    const registry = defineFlags({
      new_checkout: flag.boolean({ default: false, rule: { rollout: 25, hash: name, salt: "its.salt" } }),
      answer_model: flag.experiment(split, { default: "control", rule: { hash: name } }),
    });
    const flags = closing(createFlags(registry, options));
    const [isIn, index] = [rollout("its.salt", 25), variant("answer_model", Object.values(split), 100)];
    for (const userId of ids) {
      expect(flags.isEnabled("new_checkout", { userId })).toBe(isIn(userId));
      expect(flags.resolveVariant("answer_model", { userId })).toBe(Object.keys(split)[index(userId)]);
    }
    expect(flags.evaluate("new_checkout", { userId: "" }).detail).toBe("no unit");
  });
});

it("a rollout beside weights is asked as the origin asks it", () => {
  const registry = defineFlags({
    answer_model: flag.experiment(split, { default: "treatment_b", rule: { rollout: 40, hash: "launchdarkly" } }),
  });
  const flags = closing(createFlags(registry, options));
  const index = launchdarkly.variant("answer_model", Object.values(split), 40);
  for (const userId of ids) {
    const at = index(userId);
    expect(flags.resolveVariant("answer_model", { userId })).toBe(Object.keys(split)[at] ?? "treatment_b");
    expect(flags.evaluate("answer_model", { userId }).detail === "outside the rollout").toBe(at < 0);
  }
});

it("shares that the origin cannot have are refused at the start, with the nearest", () => {
  const registry = defineFlags({
    new_checkout: flag.boolean({ default: false, rule: { rollout: 12.5, hash: "unleash" } }),
    answer_model: flag.experiment(split, { default: "control", rule: { rollout: 40, hash: "statsig" } }),
  });
  const create = () => createFlags(registry, options);
  expect(create).toThrow(/a rollout is a multiple of 1 % there, and 12\.5 is none; use 12 or 13/);
  expect(create).toThrow(/give the flag a parent with that rollout/);
});

it("a gate of Statsig's as a parent keeps who takes part in an experiment", async () => {
  const registry = defineFlags({
    gate: flag.boolean({ default: false, rule: { rollout: 20, hash: "statsig", salt: "gate.rule" } }),
    answer_model: flag.experiment(
      { none: 0, ...split },
      { default: "none", dependsOn: ["gate"], rule: { hash: "statsig", salt: "experiment.salt" } },
    ),
  });
  const flags = closing(createFlags(registry, { ...options, bucketing: [statsig] }));
  const gated = { salt: "experiment.salt", gateSalt: "gate.rule", percentage: 20, weights: [500, 300, 200] };
  const origin = await openStatsig([gated]);
  onTestFinished(() => origin.close());
  const names = Object.keys(split);
  for (const userId of ids) {
    const there = await origin.ask(0, userId);
    expect(flags.resolveVariant("answer_model", { userId })).toBe(names[there] ?? "none");
  }
});
