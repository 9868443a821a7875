import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRule } from "../../src/rules/compile.js";
import { slowDecide } from "./oracle.js";
import { anyContext, anyRule, anyScope, compile, here, model, onOff } from "./subjects.js";

describe("any rule, for any context", () => {
  it("decides as the plain reading of the semantics does, and its outcomes hold the answer", () => {
    const property = fc.property(anyRule, anyContext, anyScope, ({ subject, rule }, context, scope) => {
      const compiled = compileRule(rule, subject, scope, "rollout", 0);
      const answer = compiled.decide(context);
      const { source, variant, ...rest } = answer;
      expect(rest).toEqual(slowDecide(rule, subject, context, scope));
      expect(source).toBe("rollout");
      expect(variant).toBe(subject.values === undefined ? undefined : answer.value);
      expect(compiled.outcomes).toContain(answer);
      if (compiled.constant !== undefined) expect(answer).toBe(compiled.constant);
    });
    fc.assert(property, { numRuns: 5_000 });
  });

  it("is traced as it is decided, and the trace's arithmetic explains the answer", () => {
    const property = fc.property(anyRule, anyContext, anyScope, ({ subject, rule }, context, scope) => {
      const compiled = compileRule(rule, subject, scope, "profile", 0);
      const { resolution, unit, rollout, variant } = compiled.trace(context);
      expect(resolution).toBe(compiled.decide(context));
      const detail = resolution.detail;
      if (detail === "no unit") expect(unit).toBeUndefined();
      if (detail === "within the rollout") expect(rollout?.bucket).toBeLessThan(rollout?.threshold ?? 0);
      if (detail === "outside the rollout") expect(rollout?.bucket).toBeGreaterThanOrEqual(rollout?.threshold ?? 1);
      if (resolution.reason === "SPLIT" && detail === undefined) {
        const slice = variant?.slices.find(({ end }) => variant.bucket < end);
        expect(resolution.variant).toBe(slice?.name);
      }
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it("gives every answer that is among its values, and leaves the context alone", () => {
    const property = fc.property(anyRule, anyContext, ({ subject, rule }, context) => {
      const answer = compileRule(rule, subject, here, "rollout", 0).decide(Object.freeze(context));
      if (subject.values !== undefined) expect(subject.values).toContain(answer.value);
      else expect(typeof answer.value).toBe(subject.kind);
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});

const percentage = fc.double({ min: 1e-6, max: 100, noNaN: true });
const anyUnit = fc.string({ unit: "binary", minLength: 1 });

describe("raising a rollout", () => {
  it("never takes anyone out", () => {
    const property = fc.property(percentage, percentage, anyUnit, fc.string({ minLength: 1 }), (a, b, userId, salt) => {
      const low = compile({ rollout: Math.min(a, b), salt }).decide({ userId }).value;
      const high = compile({ rollout: Math.max(a, b), salt }).decide({ userId }).value;
      expect(low && !high).toBe(false);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it("of an experiment moves nobody from one variant to another", () => {
    const everyone = compile({}, model);
    const property = fc.property(percentage, anyUnit, (rollout, userId) => {
      const answer = compile({ rollout }, model).decide({ userId });
      if (answer.detail === undefined) expect(answer).toEqual(everyone.decide({ userId }));
      else expect(answer).toMatchObject({ value: "control", detail: "outside the rollout" });
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});

const UNITS = 100_000;
const NAMES = ["new_checkout", "dynamic_skills_enabled", "a", "größe", "feature.with-many_parts"];

/** How far a count may be from its expectation: four standard deviations of a fair draw. */
function tolerance(share: number, draws: number): number {
  return 4 * Math.sqrt(draws * share * (1 - share));
}

describe("shares of 100,000 units", () => {
  it.each(NAMES.flatMap((name) => [0.1, 1, 25, 50].map((rollout) => [name, rollout] as const)))(
    "of %s at %f %% are right within four sigma",
    (name, rollout) => {
      const { decide } = compile({ rollout }, { ...onOff, name });
      let count = 0;
      for (let n = 0; n < UNITS; n++) if (decide({ userId: `user-${n}` }).value === true) count++;
      const share = rollout / 100;
      expect(Math.abs(count - UNITS * share)).toBeLessThan(tolerance(share, UNITS));
    },
  );

  it.each(NAMES)("of %s at 50/25/25 are right within four sigma", (name) => {
    const { decide } = compile({}, { ...model, name });
    const counts = new Map<unknown, number>();
    for (let n = 0; n < UNITS; n++) {
      const { value } = decide({ userId: n });
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    for (const [variant, weight] of Object.entries(model.weights ?? {})) {
      const share = weight / 100;
      expect(Math.abs((counts.get(variant) ?? 0) - UNITS * share)).toBeLessThan(tolerance(share, UNITS));
    }
  });

  it.each(NAMES)("of %s: the variant tells nothing of the inclusion", (name) => {
    const { decide } = compile({ rollout: 30, otherwise: "treatment_b" }, { ...model, name });
    let included = 0;
    let control = 0;
    for (let n = 0; n < UNITS; n++) {
      const answer = decide({ userId: n });
      if (answer.detail === "outside the rollout") continue;
      included++;
      if (answer.value === "control") control++;
    }
    expect(Math.abs(included - UNITS * 0.3)).toBeLessThan(tolerance(0.3, UNITS));
    expect(Math.abs(control - included * 0.5)).toBeLessThan(tolerance(0.5, included));
  });

  it("of two flags at 50 % are independent of one another", () => {
    const one = compile({ rollout: 50 }, { ...onOff, name: "first" });
    const other = compile({ rollout: 50 }, { ...onOff, name: "second" });
    let both = 0;
    for (let n = 0; n < UNITS; n++) if (one.decide({ userId: n }).value && other.decide({ userId: n }).value) both++;
    expect(Math.abs(both - UNITS * 0.25)).toBeLessThan(tolerance(0.25, UNITS));
  });
});
