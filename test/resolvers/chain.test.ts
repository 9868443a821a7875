import { describe, expect, it } from "vitest";
import { flag } from "../../src/registry/flag.js";
import { defineFlags, type RegisteredFlag } from "../../src/registry/registry.js";
import { Chain } from "../../src/resolvers/chain.js";
import { BUILT_IN } from "../../src/resolvers/known-groups.js";
import { isOff, offResolution } from "../../src/resolvers/resolutions.js";
import type { Prepared, Resolver } from "../../src/resolvers/resolver.js";
import { checkGroups } from "../../src/rules/groups-check.js";
import type { Resolution } from "../../src/rules/resolution.js";
import { flagOf } from "./fixtures/flag-of.js";

const NOW = Date.UTC(2027, 0, 1);
const registry = defineFlags({
  open: flag.boolean({ default: false }),
  backend: flag.oneOf(["a", "b"], { default: "a" }),
});
const open = flagOf(registry, "open");
const backend = flagOf(registry, "backend");

function step(name: string, prepared: Prepared | undefined): Resolver {
  return { name, prepare: () => prepared };
}

function chain(steps: readonly Resolver[], base = {}) {
  const failures: [string, string, unknown][] = [];
  const note = (name: string, flag: RegisteredFlag, failure: unknown) => failures.push([name, flag.name, failure]);
  return { failures, chain: new Chain(steps, { base, instance: "host-1", ...BUILT_IN }, note) };
}

describe("a chain", () => {
  it("prepares a constant where the first answer is one, and knows that no other can come", () => {
    const { chain: asked } = chain([step("env", undefined), step("mine", { value: true })]);
    const answer = asked.prepare(open, NOW);
    const constant = { value: true, reason: "STATIC", source: "mine" };
    expect(answer).toMatchObject({ constant, outcomes: [constant], open: false, setting: { value: true } });
    expect(answer.decide({})).toBe(answer.constant);
  });

  it("shares one answer among the flags of few values that have the same one, whatever names are in it", () => {
    const more = defineFlags({
      one: flag.oneOf(["a", "a STATIC b"], { default: "a" }),
      two: flag.oneOf(["a", "a STATIC b"], { default: "a" }),
      on: flag.boolean({ default: true }),
      too: flag.boolean({ default: true }),
    });
    const [one, two] = [flagOf(more, "one"), flagOf(more, "two")];
    const only = (name: string, flagName: string, value: unknown): Resolver => ({
      name,
      prepare: (asked) => (asked.name === flagName ? { value } : undefined),
    });
    const { chain: asked } = chain([only("b STATIC c", "one", "a"), only("c", "two", "a STATIC b")]);
    expect(asked.prepare(one, NOW).constant).toMatchObject({ value: "a", source: "b STATIC c" });
    expect(asked.prepare(two, NOW).constant).toMatchObject({ value: "a STATIC b", source: "c" });
    expect(asked.prepare(flagOf(more, "on"), NOW)).toBe(asked.prepare(flagOf(more, "too"), NOW));
  });

  it("keeps the functions ahead of it, and says that they may give anything", () => {
    const decide = () => undefined;
    const { chain: asked } = chain([step("one", { decide }), step("two", { decide }), step("env", { value: true })]);
    const answer = asked.prepare(open, NOW);
    expect(answer).toMatchObject({ constant: undefined, open: true, outcomes: [{ value: true, source: "env" }] });
    expect(answer.setting).toEqual({ custom: "one, two", parts: [decide, decide, { value: true }] });
    expect(answer.decide({})).toMatchObject({ value: true, source: "env" });
  });

  it("ends in the default, with the name of the value where it has one", () => {
    const { chain: asked } = chain([]);
    expect(asked.prepare(backend, NOW).constant).toEqual({
      value: "a",
      variant: "a",
      reason: "DEFAULT",
      source: "default",
    });
    expect(asked.prepare(open, NOW).constant).toEqual({ value: false, reason: "DEFAULT", source: "default" });
    expect(asked.overridable).toBe(false);
    expect(asked.pin(open)).toBeUndefined();
  });

  it("believes the built-in steps, which have checked what they give, and checks all others", () => {
    const { chain: asked, failures } = chain([
      step("mine", { value: "yes" }),
      step("yours", { rule: { rollout: 101 } }),
      step("theirs", { rule: { rollout: "50%" } as never }),
    ]);
    expect(asked.prepare(open, NOW).setting).toEqual({ rule: { rollout: 50 } });
    expect(failures.map(([name, flagName]) => [name, flagName])).toEqual([
      ["mine", "open"],
      ["yours", "open"],
    ]);
    expect(failures.every(([, , failure]) => failure instanceof TypeError)).toBe(true);
    const built = { rule: Object.freeze({ rollout: 50 }), place: "FLAG_OPEN" };
    expect(chain([step("env", built)]).chain.prepare(open, NOW).setting).toEqual({ rule: built.rule });
  });

  it("gives custom functions the base attributes behind those of the call", () => {
    const seen: unknown[] = [];
    const spy = step("spy", { decide: (context) => void seen.push(context) });
    const context = { userId: "ana" };
    chain([spy]).chain.prepare(open, NOW).decide(context);
    chain([spy], { region: "eu", userId: "nobody" }).chain.prepare(open, NOW).decide(context);
    expect(seen[0]).toBe(context);
    expect(seen[1]).toEqual({ region: "eu", userId: "ana" });
  });

  it("tells what could come of a value or rule before it is set", () => {
    const { chain: asked } = chain([]);
    const values = (setting: Parameters<Chain["preview"]>[1]) => [
      ...new Set(asked.preview(backend, setting, "overrides", NOW).outcomes.map(({ value }) => value)),
    ];
    expect(values({ value: "b" })).toEqual(["b"]);
    expect(values({ rule: { rollout: 50, serve: "b" } })).toEqual(["a", "b"]);
    expect(values({ rule: { rollout: 0, serve: "b" } })).toEqual(["a"]);
  });

  it("works rules out as they stand at a time, and says what is to come and when", () => {
    const rule = Object.freeze({
      schedule: { from: "2027-01-02T00:00:00.000Z", until: "2027-01-03T00:00:00.000Z" },
      rollout: 50,
    });
    const { chain: asked } = chain([step("profile", { rule })]);
    const day = 86_400_000;
    const at = (now: number) => {
      const { constant, setting, next, later, outcomes, assigned } = asked.prepare(open, now);
      const values = (answers: readonly Resolution[]) => [...new Set(answers.map(({ value }) => value))].sort();
      const shares = outcomes.filter((one) => assigned.has(one)).map(({ detail }) => detail);
      return { constant: constant?.value, setting, next, later: values(later), shares };
    };
    const before = { constant: false, setting: { value: false }, shares: [] };
    expect(at(NOW)).toEqual({ ...before, next: NOW + day, later: [false, true] });
    expect(at(NOW + day)).toEqual({
      constant: undefined,
      setting: { rule: { rollout: 50 } },
      next: NOW + 2 * day,
      later: [false, true],
      shares: ["within the rollout", "outside the rollout"],
    });
    // What is over is not to come.
    expect(at(NOW + 2 * day)).toEqual({ ...before, next: undefined, later: [] });
    expect([...asked.prepare(open, NOW + day).assigned.values()][0]?.({ userId: "u1" })).toBe("u1");
  });

  it("keeps the time of a rule behind a custom function", () => {
    const rule = Object.freeze({ schedule: { from: "2027-01-02T00:00:00.000Z" } });
    const { chain: asked } = chain([step("mine", { decide: () => undefined }), step("profile", { rule })]);
    expect(asked.prepare(open, NOW)).toMatchObject({ open: true, next: NOW + 86_400_000 });
  });

  it("fails a step whose rule names what is not there, until it is", () => {
    const rule = Object.freeze({ when: { $segment: "beta" } });
    const { chain: asked, failures } = chain([step("profile", { rule }), step("mine", { rule })]);
    expect(asked.prepare(open, NOW).setting).toEqual({ value: false });
    expect(failures.map(([name]) => name)).toEqual(["mine"]);
    const { groups } = checkGroups({ segments: { beta: { plan: "beta" }, other: { a: 1 } } });
    asked.use({ ...BUILT_IN, groups });
    expect(asked.scope.groups).toBe(groups);
    expect(asked.prepare(open, NOW).setting).toEqual({ rule, groups: { segments: { beta: { plan: "beta" } } } });
    asked.use(BUILT_IN);
    expect(asked.prepare(open, NOW).setting).toEqual({ value: false });
    const layer = asked.layers(open)[0];
    expect(layer && asked.inspect(layer, open, {}, NOW)).toMatchObject({
      failure: { message: '`when.$segment` names the segment "beta", which is not there; none is declared' },
    });
  });

  it("may have another beside it, which answers otherwise and shares nothing but answers", () => {
    const rule = Object.freeze({ when: { $segment: "beta" } });
    const { chain: asked, failures } = chain([step("mine", { value: true })], { plan: "beta" });
    const { groups } = checkGroups({ segments: { beta: { plan: "beta" } } });
    const other = asked.beside([step("profile", { rule })], { ...BUILT_IN, groups });
    expect(other.prepare(open, NOW).setting).toMatchObject({ rule });
    expect(other.scope.base).toEqual({ plan: "beta" });
    expect(asked.prepare(open, NOW).setting).toEqual({ value: true });
    const same = asked.beside(asked.steps, asked.scope);
    expect(same.prepare(open, NOW)).toBe(asked.prepare(open, NOW));
    asked.beside([step("broken", { value: 1 })], BUILT_IN).prepare(open, NOW);
    expect(failures.map(([name]) => name)).toEqual(["broken"]);
  });

  it("takes no promise for an answer, and leaves no rejection behind", async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", listen);
    const late = async () => {
      throw new Error("late");
    };
    const { chain: asked, failures } = chain([
      step("value", { value: late() }),
      { name: "prepare", prepare: late as never },
      step("decide", { decide: late }),
    ]);
    expect(asked.prepare(open, NOW).decide({})).toMatchObject({ value: false, source: "default" });
    const message = "answers asynchronously; a flag's value must be known at once";
    expect(failures.map(([name, , failure]) => [name, (failure as Error).message])).toEqual([
      ["value", message],
      ["prepare", message],
      ["decide", message],
    ]);
    const layer = asked.layers(open)[2];
    expect(layer && asked.inspect(layer, open, {}, NOW)).toMatchObject({ failure: { message } });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
  });

  it("inspects each layer by itself", () => {
    const failure = new Error("no");
    const { chain: asked } = chain([]);
    expect(asked.inspect({ step: "x" }, open, {}, NOW)).toEqual({});
    expect(asked.inspect({ step: "x", failure: undefined }, open, {}, NOW)).toEqual({ failure: undefined });
    expect(asked.inspect({ step: "x", failure }, open, {}, NOW)).toEqual({ failure });
    expect(asked.inspect({ step: "x", prepared: { decide: () => undefined } }, open, {}, NOW)).toEqual({
      resolution: undefined,
    });
    expect(asked.inspect({ step: "x", prepared: { value: true } }, open, {}, NOW).resolution).toMatchObject({
      value: true,
    });
  });
});

describe("off", () => {
  it("is known by content for json flags, and by itself for all others", () => {
    const more = defineFlags({
      limit: flag.number({ default: 5, off: 0 }),
      sizes: { kind: "json", schema: schema, default: { max: 1 } } as never,
    });
    expect(isOff(flagOf(more, "limit"), 0)).toBe(true);
    expect(isOff(flagOf(more, "limit"), 5)).toBe(false);
    expect(isOff(flagOf(more, "sizes"), { max: 1 })).toBe(true);
    expect(isOff(flagOf(more, "sizes"), { max: 2 })).toBe(false);
  });

  it("names the flag that it is because of", () => {
    expect(offResolution(backend, "a", "dependency", "open")).toEqual({
      value: "a",
      variant: "a",
      reason: "DISABLED",
      source: "dependency",
      dependency: "open",
    });
    expect(offResolution(open, false, "kill")).not.toHaveProperty("dependency");
  });
});

const schema = { "~standard": { version: 1, vendor: "own", validate: (value: unknown) => ({ value }) } };
