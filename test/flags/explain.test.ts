import { bucketOf, createFlags, defineFlags, flag, resolver } from "burgee";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { isolated, looseFlags, withVariables } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

const AT = Date.UTC(2027, 0, 1);

describe("an explanation", () => {
  it("lists every step in the order of precedence, with who set what and where it stands", () => {
    const { path } = profileFile("feature_flags:\n  f: 2\n  g: { serve: 2, locked: true }\n");
    const registry = defineFlags({
      f: flag.number({ default: 5, off: 0, rule: { serve: 4 } }),
      g: flag.number({ default: 5, rule: { serve: 4 }, env: "GEE" }),
    });
    const flags = createFlags(registry, { ...withVariables({ GEE: "1" }), profile: path, clock: () => AT });
    expect(flags.explain("f").steps).toEqual([
      { step: "kill", said: "abstained" },
      { step: "env", said: "abstained" },
      { step: "overrides", said: "abstained" },
      { step: "profile", said: "answered", value: 2, place: `${path}:2:3` },
      expect.objectContaining({ step: "rollout", said: "outranked", value: 4, place: "definition" }),
      { step: "default", said: "outranked", value: 5 },
    ]);
    flags.setFlag("f", 3, { actor: "ana", reason: "launch", source: "ops", ttlMs: 1_000 });
    const origin = { source: "ops", actor: "ana", reason: "launch", at: AT, expiresAt: AT + 1_000 };
    flags.kill("f", { actor: "ben" });
    expect(flags.explain("f").steps.map(({ step, said, value }) => [step, said, value])).toEqual([
      ["kill", "answered", 0],
      ["env", "abstained", undefined],
      ["overrides", "outranked", 3],
      ["profile", "outranked", 2],
      ["rollout", "outranked", 4],
      ["default", "outranked", 5],
    ]);
    const [kill, , overrides] = flags.explain("f").steps;
    expect(kill?.origin).toEqual({ source: "runtime", actor: "ben", at: AT });
    expect(overrides?.origin).toEqual(origin);
    expect(flags.explain("f").resolution).toBe(flags.evaluate("f"));
    const pinned = flags.explain("g").steps.map(({ step, said, place }) => [step, said, place]);
    expect(pinned).toEqual([
      ["kill", "abstained", undefined],
      ["env", "answered", "GEE"],
      ["profile", "outranked", `${path}:3:3`],
      ["overrides", "abstained", undefined],
      ["rollout", "outranked", "definition"],
      ["default", "outranked", undefined],
    ]);
  });

  it("shows the arithmetic of a rollout as `bucketOf` has it, and the answer follows from it", () => {
    const salts = fc.option(fc.string({ minLength: 1 }), { nil: undefined });
    const shares = fc.double({ min: 0.001, max: 99.999, noNaN: true });
    const property = fc.property(fc.string({ minLength: 1 }), shares, salts, (userId, rollout, salt) => {
      const flags = looseFlags({ f: flag.boolean({ default: false, rule: { rollout, salt } }) });
      const { steps, resolution } = flags.explain("f", { userId });
      const trace = steps.find(({ step }) => step === "rollout")?.trace;
      expect(trace).toMatchObject({ unit: userId, by: ["userId", "targetingKey"] });
      expect(trace?.rollout).toMatchObject({
        salt: salt ?? "f",
        percentage: rollout,
        bucket: bucketOf(userId, salt ?? "f", "rollout"),
      });
      expect(trace?.rollout?.threshold).toBeCloseTo(rollout / 100, 8);
      expect(resolution.value).toBe((trace?.rollout?.bucket ?? 1) < (trace?.rollout?.threshold ?? 0));
      expect(flags.isEnabled("f", { userId })).toBe(resolution.value);
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it("shows the slices of an experiment, of which the first that ends above the bucket is the answer", () => {
    const registry = defineFlags({
      model: flag.experiment({ a: 50, none: 0, b: 25, c: 25 }, { default: "a" }),
    });
    const flags = createFlags(registry, isolated);
    for (let user = 0; user < 200; user++) {
      const userId = `u${user}`;
      const { steps, resolution } = flags.explain("model", { userId });
      const variant = steps.find(({ step }) => step === "rollout")?.trace?.variant;
      expect(variant?.slices).toEqual([
        { name: "a", end: 0.5 },
        { name: "b", end: 0.75 },
        { name: "c", end: 1 },
      ]);
      const bucket = bucketOf(userId, "model", "variant");
      expect(variant?.bucket).toBe(bucket);
      expect(resolution.variant).toBe(variant?.slices.find(({ end }) => bucket < end)?.name);
    }
  });

  it("tells what a custom resolver said, and why it failed", () => {
    const flags = looseFlags(
      { f: flag.boolean({ default: false }) },
      {
        resolvers: [
          resolver("vip", (_, context) => (context.vip === true ? true : undefined)),
          resolver("torn", () => {
            throw new Error("torn page");
          }),
          resolver("confused", () => "maybe"),
          { name: "wrong", prepare: () => ({ value: 7, place: "cell B3" }) },
          { name: "unruly", prepare: () => ({ rule: { rolout: 5 } as never }) },
          {
            name: "down",
            prepare: () => {
              throw new Error("no line");
            },
          },
        ],
      },
    );
    expect(flags.explain("f", { vip: true }).steps.slice(1, 3)).toEqual([
      { step: "vip", said: "answered", value: true },
      { step: "torn", said: "failed", problem: "torn page" },
    ]);
    const { steps, resolution } = flags.explain("f", {});
    expect(resolution).toMatchObject({ value: false, source: "default" });
    expect(steps.slice(1).map(({ step, said, problem, place }) => [step, said, problem, place])).toEqual([
      ["vip", "abstained", undefined, undefined],
      ["torn", "failed", "torn page", undefined],
      ["confused", "failed", expect.stringContaining('"maybe" is not a boolean'), undefined],
      ["wrong", "failed", expect.stringContaining("7 is not a boolean"), "cell B3"],
      ["unruly", "failed", expect.stringContaining('did you mean "rollout"?'), undefined],
      ["down", "failed", "no line", undefined],
      ["default", "answered", undefined, undefined],
    ]);
  });

  it("lists what it depends on as each is for the same context, and what it lacks", () => {
    const flags = looseFlags(
      {
        a: flag.boolean({ default: true }),
        b: flag.boolean({ default: false, rule: { allow: ["ana"] }, dependsOn: ["a"] }),
        c: flag.boolean({ default: true, dependsOn: ["b"], requires: z.object({ KEY: z.string() }) }),
      },
      { onInvalid: "warn" },
    );
    const { dependencies, unmetRequirements, resolution } = flags.explain("c", { userId: "ben" });
    expect(dependencies).toEqual([
      { flag: "a", on: true, source: "default" },
      { flag: "b", on: false, source: "rollout" },
    ]);
    expect(unmetRequirements).toEqual(["KEY (missing)"]);
    expect(resolution.source).toBe("requirement");
    expect(flags.explain("c", { userId: "ana" }).dependencies[1]).toEqual({ flag: "b", on: true, source: "rollout" });
  });

  it("is plain data", () => {
    const flags = looseFlags({ f: flag.boolean({ default: false, rule: { rollout: 50 } }) });
    const explanation = flags.explain("f", { userId: "u1" });
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
  });
});
