import { describe, expect, it } from "vitest";
import { BUCKETS, bucketOf } from "../../src/rules/bucket.js";
import { backend, compile, here, limit, model, onOff, unitAbove, unitBelow } from "./subjects.js";

const inside = unitBelow(0.25, "new_checkout");
const outside = unitAbove(0.25, "new_checkout");

describe("the order inside a rule", () => {
  const rule = compile({ deny: ["ana", inside], allow: ["ana", "ben", outside], rollout: 25 });

  it.each([
    ["deny comes before allow", "ana", { value: false, reason: "TARGETING_MATCH", detail: "on the deny list" }],
    ["deny comes before the rollout", inside, { value: false, reason: "TARGETING_MATCH", detail: "on the deny list" }],
    [
      "allow comes before the rollout",
      outside,
      { value: true, reason: "TARGETING_MATCH", detail: "on the allow list" },
    ],
  ])("%s", (_, userId, answer) => {
    expect(rule.decide({ userId })).toEqual({ ...answer, source: "rollout" });
  });

  it("leaves everyone else to the rollout", () => {
    const plain = compile({ deny: ["ana"], allow: ["ben"], rollout: 25 });
    const split = { reason: "SPLIT", source: "rollout" };
    expect(plain.decide({ userId: inside })).toEqual({ value: true, detail: "within the rollout", ...split });
    expect(plain.decide({ userId: outside })).toEqual({ value: false, detail: "outside the rollout", ...split });
    expect(plain.decide({})).toEqual({ value: false, reason: "DEFAULT", source: "rollout", detail: "no unit" });
  });
});

describe("a rollout", () => {
  it("hashes the unit, in or out", () => {
    const rule = compile({ rollout: 25 });
    expect(rule.constant).toBeUndefined();
    expect(rule.decide({ userId: inside })).toMatchObject({ value: true, reason: "SPLIT" });
    expect(rule.decide({ userId: outside })).toMatchObject({ value: false, reason: "SPLIT" });
  });

  it("ends before its threshold: the unit that stands on it is out", () => {
    for (const userId of ["u1", "u2", "ana"]) {
      const hash = bucketOf(userId, "new_checkout") * BUCKETS;
      const at = (buckets: number) => compile({ rollout: (buckets * 100) / BUCKETS }).decide({ userId }).value;
      expect([at(hash - 1), at(hash), at(hash + 1)]).toEqual([false, false, true]);
    }
  });

  it("of 100 % is everyone and of 0 % nobody, for no unit too", () => {
    expect(compile({ rollout: 100 }).constant).toEqual({ value: true, reason: "STATIC", source: "rollout" });
    expect(compile({ rollout: 0 }).constant).toEqual({ value: false, reason: "STATIC", source: "rollout" });
    expect(compile({ serve: true }).constant).toEqual({ value: true, reason: "STATIC", source: "rollout" });
    expect(compile({ rollout: 0, deny: ["ana"] }).constant).toMatchObject({ value: false, reason: "STATIC" });
    expect(compile({ rollout: 100, allow: ["ana"] }).constant).toMatchObject({ value: true, reason: "STATIC" });
    expect(compile({ rollout: 100, deny: [] }).constant).toMatchObject({ value: true, reason: "STATIC" });
  });

  it("of 0 % still admits those on the allow list", () => {
    const rule = compile({ rollout: 0, allow: ["ana"] });
    expect(rule.decide({ userId: "ana" })).toMatchObject({ value: true, detail: "on the allow list" });
    expect(rule.decide({ userId: "ben" })).toMatchObject({ value: false, detail: "not on the allow list" });
  });

  it("keeps the users of a renamed flag by its old name as salt", () => {
    const before = compile({ rollout: 30 }, { ...onOff, name: "old_checkout" });
    const renamed = compile({ rollout: 30, salt: "old_checkout" });
    const unsalted = compile({ rollout: 30 });
    let moved = 0;
    for (let n = 0; n < 2_000; n++) {
      const context = { userId: `u${n}` };
      expect(renamed.decide(context).value).toBe(before.decide(context).value);
      if (unsalted.decide(context).value !== before.decide(context).value) moved++;
    }
    expect(moved).toBeGreaterThan(500);
  });

  it("is the same group for two flags with one salt", () => {
    const one = compile({ rollout: 30, salt: "wave" }, { ...onOff, name: "a" });
    const other = compile({ rollout: 30, salt: "wave" }, { ...onOff, name: "b" });
    for (let n = 0; n < 500; n++) expect(one.decide({ userId: n }).value).toBe(other.decide({ userId: n }).value);
  });
});

describe("an allow list", () => {
  it("without a rollout admits only those on it", () => {
    const rule = compile({ allow: ["ana", 7] });
    expect(rule.decide({ userId: "ana" })).toMatchObject({ value: true, reason: "TARGETING_MATCH" });
    expect(rule.decide({ userId: 7 })).toMatchObject({ value: true, detail: "on the allow list" });
    const refused = { value: false, reason: "DEFAULT", source: "rollout" };
    expect(rule.decide({ userId: "ben" })).toEqual({ ...refused, detail: "not on the allow list" });
    expect(rule.decide({})).toEqual({ ...refused, detail: "no unit" });
  });

  it("that is empty admits nobody", () => {
    expect(compile({ allow: [] }).constant).toMatchObject({ value: false, reason: "STATIC" });
  });
});

describe("a deny list", () => {
  it("by itself lets everybody else pass, units or not", () => {
    const rule = compile({ deny: ["ana"] });
    expect(rule.constant).toBeUndefined();
    expect(rule.decide({ userId: "ana" })).toMatchObject({ value: false, detail: "on the deny list" });
    for (const context of [{ userId: "ben" }, {}]) {
      expect(rule.decide(context)).toMatchObject({
        value: true,
        reason: "TARGETING_MATCH",
        detail: "not on the deny list",
      });
    }
  });
});

describe("serve and otherwise", () => {
  it("give true and false for a boolean, whatever its default", () => {
    expect(compile({ rollout: 0 }, { ...onOff, default: true }).constant?.value).toBe(false);
    expect(compile({ serve: false, otherwise: true, allow: ["ana"] }).decide({ userId: "ana" }).value).toBe(false);
    expect(compile({ serve: false, otherwise: true, allow: ["ana"] }).decide({ userId: "ben" }).value).toBe(true);
  });

  it("give the definition's default to everybody else for other kinds", () => {
    const rule = compile({ allow: ["ana"], serve: 50 }, limit);
    expect(rule.decide({ userId: "ana" })).toMatchObject({ value: 50 });
    expect(rule.decide({ userId: "ben" })).toMatchObject({ value: 10 });
    expect(compile({ allow: ["ana"], serve: 50, otherwise: 1 }, limit).decide({}).value).toBe(1);
  });

  it("name the variant for flags with named values only", () => {
    expect(compile({ serve: "mysql" }, backend).constant).toEqual({
      value: "mysql",
      variant: "mysql",
      reason: "STATIC",
      source: "rollout",
    });
    expect(compile({ serve: 1 }, limit).constant).not.toHaveProperty("variant");
  });

  it("can be null, and falsy", () => {
    const json = { name: "limits", kind: "json", default: { a: 1 } } as const;
    expect(compile({ serve: null }, json).constant?.value).toBeNull();
    expect(compile({ serve: 0, rollout: 0, otherwise: 0 }, limit).constant?.value).toBe(0);
  });
});

describe("by: instance", () => {
  it("folds to a constant, the same for every context", () => {
    for (const by of ["instance", ["instance", "userId"]]) {
      const rule = compile({ rollout: 50, by });
      expect(rule.constant).toMatchObject({ reason: "SPLIT", value: bucketOf("host-1", "new_checkout") < 0.5 });
      expect(rule.decide({ userId: "u1", instance: "u2" })).toBe(rule.constant);
      expect(rule.outcomes).toEqual([rule.constant]);
      expect(rule.trace({ userId: "u1" })).toMatchObject({ unit: "host-1", resolution: rule.constant });
    }
  });

  it("differs between processes", () => {
    const answers = Array.from({ length: 40 }, (_, n) => {
      return compile({ rollout: 50, by: "instance" }, onOff, { ...here, instance: `host-${n}` }).constant?.value;
    });
    expect(new Set(answers)).toEqual(new Set([true, false]));
  });
});

describe("answers", () => {
  it("are prepared, frozen and shared: deciding allocates none", () => {
    for (const rule of [compile({ rollout: 25 }), compile({}, model), compile({ rollout: 100 })]) {
      expect(rule.decide({ userId: "u1" })).toBe(rule.decide({ userId: "u1" }));
      for (const outcome of rule.outcomes) expect(Object.isFrozen(outcome)).toBe(true);
    }
  });

  it("are the same for a unit whatever else the context holds", () => {
    const rule = compile({ rollout: 25 });
    const context = Object.freeze({ plan: "pro", userId: "u1", nested: Object.freeze({ a: 1 }) });
    expect(rule.decide(context)).toBe(rule.decide({ userId: "u1" }));
  });
});

describe("outcomes", () => {
  it("give no value that the rule can give to nobody", () => {
    const values = (input: unknown) => new Set(compile(input, model).outcomes.map(({ value }) => value));
    expect(values({ rollout: 0, weights: { treatment_a: 1, treatment_b: 1 } })).toEqual(new Set(["control"]));
    expect(values({ serve: "treatment_a" })).toEqual(new Set(["treatment_a"]));
    expect(values({ weights: { treatment_a: 1, treatment_b: 1 }, otherwise: "treatment_a" })).toEqual(
      new Set(["treatment_a", "treatment_b"]),
    );
    expect(values({ weights: { treatment_a: 1, treatment_b: 1e-30 } })).toEqual(new Set(["treatment_a"]));
  });
});
