import { hostname } from "node:os";
import { abTest, bucketOf, createFlags, defineFlags, flag, stagedRollout } from "burgee";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorsOf, isolated, settled, thrownBy } from "../flags/fixtures/isolated.js";

const three = ["control", "treatment_a", "treatment_b"] as const;
const registry = defineFlags({
  new_feature: flag.boolean({ default: false }),
  other_feature: flag.boolean({ default: true }),
  experiment_1: flag.experiment({ control: 1, treatment_a: 1, treatment_b: 1 }, { default: "control" }),
  named: flag.oneOf(three, { default: "treatment_b" }),
  backend: flag.oneOf(["sqlite", "postgresql"], { default: "sqlite" }),
  turned: flag.oneOf(["treatment_a", "control", "treatment_b"], { default: "control" }),
  limit: flag.number({ default: 10 }),
});

describe("stagedRollout()", () => {
  it("is in for the units whose bucket is below the share, and for more of them as it grows", () => {
    const rollout = stagedRollout({ percentage: 10 });
    const users = Array.from({ length: 2_000 }, (_, n) => ({ userId: `u${n}` }));
    const within = () =>
      users.filter((user) => rollout.resolve("new_feature", false, user)).map(({ userId }) => userId);
    const below = (share: number) =>
      users.map(({ userId }) => userId).filter((unit) => bucketOf(unit, "new_feature") < share);
    expect(within()).toEqual(below(0.1));
    rollout.setPercentage(50);
    expect(rollout.percentage).toBe(50);
    expect(within()).toEqual(below(0.5));
    expect(within()).toEqual(expect.arrayContaining(below(0.1)));
    rollout.setPercentage("100%");
    expect(within()).toHaveLength(2_000);
    rollout.setPercentage(0);
    expect(within()).toEqual([]);
  });

  it("leaves out the unit whose bucket is the share itself, and takes in the one below it", () => {
    for (const userId of ["u1", "u2", "u3", "u4"]) {
      const bucket = bucketOf(userId, "new_feature") * 2 ** 32;
      const at = (count: number) => stagedRollout({ percentage: (count / 2 ** 32) * 100 });
      const answers = [bucket, bucket + 1].map((count) => at(count).resolve("new_feature", true, { userId }));
      expect(answers).toEqual([false, true]);
    }
  });

  it("answers without any context by the instance, the host unless given", () => {
    const here = stagedRollout({ percentage: 50 });
    expect(here.resolve("new_feature", false)).toBe(bucketOf(hostname(), "new_feature") < 0.5);
    for (const instance of Array.from({ length: 16 }, (_, n) => `host-${n}`)) {
      const there = stagedRollout({ percentage: 50, instance });
      const expected = bucketOf(instance, "new_feature") < 0.5;
      expect([
        there.resolve("new_feature", !expected),
        there.resolve("new_feature", !expected, { plan: "pro" }),
      ]).toEqual([expected, expected]);
    }
  });

  it("gives the fallback for flags that it was not made for, and for no others", () => {
    const rollout = stagedRollout({ percentage: 100, flags: ["new_feature"] });
    expect(rollout.resolve("new_feature", false)).toBe(true);
    expect(rollout.resolve("other_feature", false)).toBe(false);
    expect(rollout.resolve("other_feature", true)).toBe(true);
    expect(stagedRollout({ percentage: 0 }).resolve("anything", true)).toBe(false);
  });

  it("reads the unit where `by` says, and hashes `salt` in the name's place", () => {
    const rollout = stagedRollout({ percentage: 50, by: ["tenantId", "userId"], salt: "old_name", instance: "host-1" });
    const expected = (unit: string) => bucketOf(unit, "old_name") < 0.5;
    for (const unit of ["t1", "t2", "t3", "t4", "t5"]) {
      expect(rollout.resolve("new_feature", false, { tenantId: unit, userId: "u1" })).toBe(expected(unit));
      expect(rollout.resolve("new_feature", false, { userId: unit })).toBe(expected(unit));
    }
    expect(rollout.resolve("new_feature", false, { targetingKey: "t1" })).toBe(expected("host-1"));
  });

  it("answers for the boolean flags of a chain, on or off, and abstains from the others", () => {
    const flags = createFlags(registry, {
      ...isolated,
      resolvers: [stagedRollout({ percentage: 50 }), "rollout"],
      instance: "host-1",
    });
    const { value, source, reason } = flags.evaluate("other_feature", { userId: "u1" });
    expect({ value, source, reason }).toEqual({
      value: bucketOf("u1", "other_feature") < 0.5,
      source: "staged-rollout",
      reason: "SPLIT",
    });
    expect(flags.evaluate("limit", { userId: "u1" }).source).toBe("default");
    expect(flags.evaluate("backend", { userId: "u1" }).source).toBe("default");
    expect(flags.isEnabled("new_feature")).toBe(bucketOf("host-1", "new_feature") < 0.5);
  });

  it("answers only for the flags that it names", () => {
    const named = stagedRollout({ percentage: 100, flags: ["new_feature"], name: "launch" });
    const flags = createFlags(registry, { ...isolated, resolvers: [named] });
    expect(flags.evaluate("new_feature").source).toBe("launch");
    expect(flags.evaluate("other_feature").source).toBe("default");
    const stranger = stagedRollout({ percentage: 1, flags: ["new_featur"] });
    expect(() => createFlags(registry, { ...isolated, resolvers: [stranger] })).toThrow(/did you mean "new_feature"/);
  });

  it("fails for a flag that it names and that is not boolean, and the walk goes on", async () => {
    const rollout = stagedRollout({ percentage: 100, flags: ["limit"] });
    const flags = createFlags(registry, { ...isolated, resolvers: [rollout] });
    const errors = errorsOf(flags);
    await settled();
    expect(flags.value("limit")).toBe(10);
    expect(errors.map(({ code, flag: name }) => [code, name])).toEqual([["RESOLVER_FAILED", "limit"]]);
    expect(errors[0]?.message).toMatch(/stagedRollout cannot answer for flag "limit": it is number/);
  });

  it("tells the flags of a new share, which publish their changes", async () => {
    const rollout = stagedRollout({ percentage: 0, flags: ["new_feature"] });
    const flags = createFlags(registry, { ...isolated, resolvers: ["overrides", rollout] });
    const changes: unknown[] = [];
    flags.onFlagChanged("*", ({ flag: name, previous, value, rule, source, cause }) =>
      changes.push({ name, previous, value, rollout: rule?.rollout, source, cause: cause?.kind }),
    );
    rollout.setPercentage(10);
    rollout.setPercentage(10);
    rollout.setPercentage(100);
    const by = { name: "new_feature", source: "staged-rollout", cause: "resolver" };
    expect(changes).toEqual([
      { ...by, previous: false, value: undefined, rollout: 10 },
      { ...by, previous: undefined, value: true, rollout: undefined },
    ]);
    await flags.close();
    rollout.setPercentage(20);
    expect(changes).toHaveLength(2);
    expect(flags.isEnabled("new_feature")).toBe(true);
  });

  it("tells nobody of a share that it has already, and names the flags that it was made for", () => {
    const rollout = stagedRollout({ percentage: 10, flags: ["new_feature"] });
    const told: unknown[] = [];
    const stop = rollout.onChange?.((names) => told.push(names));
    rollout.setPercentage("10%");
    expect(told).toEqual([]);
    rollout.setPercentage(20);
    stop?.();
    rollout.setPercentage(30);
    expect(told).toEqual([["new_feature"]]);
  });

  it("serves several chains, and stops telling one that is closed", async () => {
    const rollout = stagedRollout({ percentage: 0 });
    const [one, two] = [1, 2].map(() => createFlags(registry, { ...isolated, resolvers: [rollout] }));
    await one?.close();
    rollout.setPercentage(100);
    expect([one?.isEnabled("new_feature"), two?.isEnabled("new_feature")]).toEqual([false, true]);
  });

  it("refuses shares that are none, and keeps the one it has", () => {
    const rollout = stagedRollout({ percentage: 25 });
    for (const share of [-1, 100.1, Number.NaN, "25", "many", 1e-10, undefined, null]) {
      const { code, message } = thrownBy(() => rollout.setPercentage(share as number));
      expect([code, message]).toEqual([
        "INVALID_OPTIONS",
        expect.stringMatching(/^the percentage (must be|of 1e-10 % is)/),
      ]);
      expect(thrownBy(() => stagedRollout({ percentage: share as number })).message).toMatch(/`percentage` /);
    }
    expect(rollout.percentage).toBe(25);
  });
});

describe("abTest()", () => {
  const weights = [0.5, 0.25, 0.25];

  it("gives each unit one variant, by weight", () => {
    const test = abTest({ variants: three, weights });
    const counts = new Map<string, number>();
    for (let n = 0; n < 40_000; n++) {
      const variant = test.resolveVariant("experiment_1", { userId: `u${n}` });
      counts.set(variant, (counts.get(variant) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([...three]);
    // Four standard deviations of a share of a half, and of a quarter.
    expect(Math.abs((counts.get("control") ?? 0) - 20_000)).toBeLessThan(400);
    expect(Math.abs((counts.get("treatment_a") ?? 0) - 10_000)).toBeLessThan(350);
  });

  it("gives the variant in whose slice the unit's point lies", () => {
    const test = abTest({ variants: three, weights });
    for (let n = 0; n < 1_000; n++) {
      const point = bucketOf(`u${n}`, "experiment_1", "variant");
      const expected = point < 0.5 ? "control" : point < 0.75 ? "treatment_a" : "treatment_b";
      expect(test.resolveVariant("experiment_1", { userId: `u${n}` })).toBe(expected);
    }
  });

  it("gives the unit whose point is where a slice ends the next variant", () => {
    for (const userId of ["u1", "u2", "u3", "u4"]) {
      const bucket = bucketOf(userId, "x", "variant") * 2 ** 32;
      const at = (end: number) => abTest({ variants: ["a", "b"], weights: [end, 2 ** 32 - end] });
      expect([bucket, bucket + 1].map((end) => at(end).resolveVariant("x", { userId }))).toEqual(["b", "a"]);
    }
  });

  it("takes weights as fractions, percents or parts", () => {
    const tests = [weights, [50, 25, 25], [2, 1, 1]].map((scale) => abTest({ variants: three, weights: scale }));
    for (let n = 0; n < 1_000; n++) {
      const given = tests.map((test) => test.resolveVariant("experiment_1", { userId: `u${n}` }));
      expect(new Set(given).size).toBe(1);
    }
  });

  it("gives the instance's variant where there is no unit", () => {
    const at = (instance: string) => abTest({ variants: three, weights, instance }).resolveVariant("experiment_1");
    for (const instance of Array.from({ length: 16 }, (_, n) => `host-${n}`)) {
      const asUnit = abTest({ variants: three, weights }).resolveVariant("experiment_1", { userId: instance });
      expect(at(instance)).toBe(asUnit);
    }
    expect(abTest({ variants: three, weights }).resolveVariant("experiment_1")).toBe(at(hostname()));
  });

  it("never gives a variant without weight, and gives one with all of it to everybody", () => {
    const none = abTest({ variants: three, weights: [1, 0, 1] });
    const all = abTest({ variants: three, weights: [0, 0, 3] });
    for (let n = 0; n < 1_000; n++) {
      expect(none.resolveVariant("experiment_1", { userId: `u${n}` })).not.toBe("treatment_a");
      expect(all.resolveVariant("experiment_1", { userId: `u${n}` })).toBe("treatment_b");
    }
  });

  it("has a fallback for experiments that it was not made for", () => {
    const test = abTest({ variants: three, weights: [1, 0, 0], flags: ["experiment_1"] });
    const answers: ("control" | "treatment_a" | "treatment_b" | null)[] = [
      test.resolve("experiment_1", null),
      test.resolve("experiment_2", null),
      test.resolveVariant("experiment_2"),
    ];
    expect(answers).toEqual(["control", null, "control"]);
    expect(test.variants).toEqual(three);
  });

  it("answers in a chain for flags with exactly its variants, and abstains from the others", () => {
    const test = abTest({ variants: three, weights: [0, 1, 0], flags: undefined });
    const flags = createFlags(registry, { ...isolated, resolvers: [test] });
    expect(flags.evaluate("experiment_1", { userId: "u1" })).toMatchObject({
      value: "treatment_a",
      variant: "treatment_a",
      source: "ab-test",
    });
    expect(flags.resolveVariant("named")).toBe("treatment_a");
    for (const name of ["backend", "limit", "new_feature"] as const) {
      expect(flags.evaluate(name, { userId: "u1" }).source).toBe("default");
    }
  });

  it("fails for a flag that has its variants in another order", async () => {
    const flags = createFlags(registry, { ...isolated, resolvers: [abTest({ variants: three, weights })] });
    const errors = errorsOf(flags);
    await settled();
    expect(flags.evaluate("turned").source).toBe("default");
    expect(errors.map(({ code, flag: name }) => [code, name])).toEqual([["RESOLVER_FAILED", "turned"]]);
    expect(errors[0]?.message).toContain(
      'its values are "treatment_a", "control", "treatment_b", and the test spreads',
    );
    expect(errors[0]?.message).toContain("in another order; give them in the order of the definition");
  });

  it("fails for a flag that it names and that has other values, or none", async () => {
    const test = abTest({ variants: three, weights, flags: ["backend", "limit", "named"] });
    const flags = createFlags(registry, { ...isolated, resolvers: [test] });
    const errors = errorsOf(flags);
    await settled();
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('flag "backend": its values are "sqlite", "postgresql", and the test spreads over'),
      expect.stringContaining('flag "limit": it is number, and the test spreads over'),
    ]);
    expect(flags.evaluate("named", { userId: "u1" }).source).toBe("ab-test");
  });
});

describe("by themselves and in a chain", () => {
  const attribute = fc.oneof(
    fc.constantFrom<unknown[]>("u1", "u2", "漢字", "x\ud800", 7, "", Number.NaN, true, null, undefined, {}),
    fc.string(),
    fc.nat(),
  );
  const context = fc.dictionary(fc.constantFrom("userId", "targetingKey", "tenantId", "plan"), attribute);
  const options = fc.record(
    {
      by: fc.constantFrom<(string | string[])[]>(
        "userId",
        "tenantId",
        "instance",
        ["tenantId", "userId"],
        ["instance"],
      ),
      salt: fc.constantFrom("old_name", "größe"),
    },
    { requiredKeys: [] },
  );
  const instance = fc.constantFrom("host-1", "host-2", "rechner-ä");

  it("a rollout gives every unit the same", () => {
    const share = fc.oneof(fc.constantFrom(0, 100, 50), fc.double({ min: 1e-6, max: 100, noNaN: true }));
    fc.assert(
      fc.property(share, options, instance, context, (percentage, more, where, who) => {
        const rollout = stagedRollout({ percentage, ...more, instance: where });
        const flags = createFlags(registry, { ...isolated, resolvers: [rollout], instance: where });
        const attached = flags.isEnabled("new_feature", who);
        expect(rollout.resolve("new_feature", !attached, who)).toBe(attached);
      }),
      { numRuns: 1_000 },
    );
  });

  it("both give callers by targetingKey their own answers, whatever unit the base context has", () => {
    const rollout = stagedRollout({ percentage: 50, flags: ["new_feature"] });
    const test = abTest({ variants: three, weights: [1, 1, 1], flags: ["experiment_1"] });
    const context = { userId: "service" };
    const attached = createFlags(registry, { ...isolated, resolvers: [rollout, test], context });
    const plain = createFlags(registry, { ...isolated, readOnly: false, resolvers: ["overrides"], context });
    plain.setRollout("new_feature", 50);
    plain.setRule("experiment_1", { weights: { control: 1, treatment_a: 1, treatment_b: 1 } });
    const seen = new Set<unknown>();
    for (let n = 0; n < 50; n++) {
      const who = { targetingKey: `u${n}` };
      const on = attached.isEnabled("new_feature", who);
      const variant = attached.resolveVariant("experiment_1", who);
      expect([on, variant]).toEqual([
        rollout.resolve("new_feature", !on, who),
        test.resolveVariant("experiment_1", who),
      ]);
      expect([on, variant]).toEqual([plain.isEnabled("new_feature", who), plain.resolveVariant("experiment_1", who)]);
      seen.add(on).add(variant);
    }
    expect(seen.size).toBe(5);
    expect(attached.isEnabled("new_feature")).toBe(bucketOf("service", "new_feature") < 0.5);
  });

  it("a test gives every unit the same variant", () => {
    const weight = fc.oneof(fc.constantFrom(0, 1, 0.25), fc.double({ min: 0, max: 1e9, noNaN: true }));
    const weights = fc.tuple(weight, weight, weight).filter((list) => list.some((one) => one > 0));
    fc.assert(
      fc.property(weights, options, instance, context, (shares, more, where, who) => {
        const test = abTest({ variants: three, weights: shares, ...more, instance: where });
        const flags = createFlags(registry, { ...isolated, resolvers: [test], instance: where });
        expect(test.resolveVariant("experiment_1", who)).toBe(flags.resolveVariant("experiment_1", who));
        expect(test.resolve("named", null, who)).toBe(flags.resolveVariant("named", who));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("their options", () => {
  it.each<[unknown, RegExp]>([
    [undefined, /^stagedRollout was given options it cannot use\n {2}the options must be an object$/],
    [{ percentage: 1, percentag: 2 }, /there is no option `percentag`; did you mean "percentage"\?$/],
    [
      { percentage: 1, zzzzzzzz: 2 },
      /there is no option `zzzzzzzz`; there are percentage, flags, name, by, salt, instance$/,
    ],
    [{ percentage: 1, name: "" }, /`name` must be a text that is not empty$/],
    [{ percentage: 1, salt: 7, instance: 8 }, /`salt` must be a text that is not empty\n {2}`instance` must be a text/],
    [{ percentage: 1, flags: "new_feature" }, /`flags` must be a list of flags' names$/],
    [{ percentage: 1, by: [] }, /`by` must be the name of an attribute, or a list of such names$/],
    [{ percentage: 1, by: ["userId", ""] }, /`by` must be/],
    [{ percentage: 1, by: Object.assign(["userId"], { 2: "tenantId" }) }, /`by` must be/],
    [{ percentage: 1, flags: new Array(2) }, /`flags` must be a list of flags' names$/],
  ])("of a rollout: %j is refused", (options, message) => {
    const error = thrownBy(() => stagedRollout(options as never));
    expect([error.code, error.message]).toEqual(["INVALID_OPTIONS", expect.stringMatching(message)]);
  });

  it.each<[unknown, RegExp]>([
    [null, /^abTest was given options it cannot use\n {2}the options must be an object$/],
    [{ variants: "ab", weights: 1 }, /`variants` must be a list of names, .*\n {2}`weights` must be a list of numbers/],
    [{ variants: [], weights: [] }, /`variants` must be a list of names/],
    [{ variants: new Array(1), weights: [1] }, /`variants` must be a list of names/],
    [{ variants: ["a", "b"], weights: [1] }, /there are 2 `variants` and 1 `weights`; each needs the other$/],
    [{ variants: ["a", "a"], weights: [1, 1] }, /the variant "a" is given twice$/],
    [{ variants: ["a", "b"], weights: [1, -1] }, /the weight of "b" must be a number that is not negative$/],
    [{ variants: ["a", "b"], weights: [1, undefined] }, /the weight of "b" must be a number that is not negative$/],
    [{ variants: ["a", "b"], weights: [0, 0] }, /`weights` are all zero: somebody must get something$/],
    [{ variants: ["a", "b"], weights: [1e308, 1e308] }, /`weights` add up to more than a number can hold$/],
    [{ variants: ["a"], weights: [1], hash: "md5" }, /there is no option `hash`/],
  ])("of a test: %j is refused", (options, message) => {
    const error = thrownBy(() => abTest(options as never));
    expect([error.code, error.message]).toEqual(["INVALID_OPTIONS", expect.stringMatching(message)]);
  });

  it("are copied", () => {
    const variants: string[] = ["a", "b"];
    const weights = [1, 0];
    const by = ["tenantId"];
    const names = ["new_feature"];
    const test = abTest({ variants, weights, by });
    const rollout = stagedRollout({ percentage: 100, flags: names });
    variants.reverse();
    weights.reverse();
    by[0] = "userId";
    names.pop();
    expect([test.resolveVariant("x"), test.variants, rollout.flags, rollout.resolve("new_feature", false)]).toEqual([
      "a",
      ["a", "b"],
      ["new_feature"],
      true,
    ]);
    expect([Object.isFrozen(test), Object.isFrozen(rollout)]).toEqual([true, true]);
  });
});
