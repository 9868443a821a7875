import { describe, expect, it } from "vitest";
import { bucketOf } from "../../src/rules/bucket.js";
import { bucketing, murmur3v1 } from "../../src/rules/bucketing.js";
import { referenceIssues } from "../../src/rules/references.js";
import { checked, compile, here, model, onOff } from "./subjects.js";

/** The unit's number modulo a hundred: u25 stands at 0.25. */
const byNumber = bucketing("by-number", (unit) => (Number(unit.slice(1)) % 100) / 100);
const scope = { ...here, bucketings: new Map([murmur3v1, byNumber].map((one) => [one.name, one])) };
const decide = (rule: object, userId: string, subject = onOff) => compile(rule, subject, scope).decide({ userId });

describe("a rule with a bucketing of its own", () => {
  it("asks it who is in", () => {
    const rule = { rollout: 25, hash: "by-number" };
    expect(decide(rule, "u24")).toMatchObject({ value: true, reason: "SPLIT", detail: "within the rollout" });
    expect(decide(rule, "u25")).toMatchObject({ value: false, reason: "SPLIT", detail: "outside the rollout" });
    expect(compile({ rollout: 100, hash: "by-number" }, onOff, scope).constant?.value).toBe(true);
    expect(compile({ rollout: 0, hash: "by-number" }, onOff, scope).constant?.value).toBe(false);
  });

  it("asks it which variant, and who is in the experiment at all", () => {
    const rule = { hash: "by-number" };
    expect(["u0", "u49", "u50", "u74", "u75", "u99"].map((unit) => decide(rule, unit, model).variant)).toEqual([
      "control",
      "control",
      "treatment_a",
      "treatment_a",
      "treatment_b",
      "treatment_b",
    ]);
    const part = { ...rule, rollout: 60, allow: ["u80"] };
    expect(decide(part, "u59", model)).toMatchObject({ variant: "treatment_a" });
    expect(decide(part, "u60", model)).toMatchObject({ variant: "control", detail: "outside the rollout" });
    expect(decide(part, "u80", model)).toMatchObject({ variant: "treatment_b", detail: "on the allow list" });
    expect(decide({ ...rule, rollout: 0, allow: ["u80"] }, "u1", model).detail).toBe("not on the allow list");
  });

  it("may leave somebody out though everybody takes part", () => {
    const nowhere = { ...byNumber, name: "nowhere", variant: () => () => -1 };
    const odd = { ...here, bucketings: new Map([[nowhere.name, nowhere]]) };
    const rule = compile({ hash: "nowhere", rollout: 100, allow: ["ana"], otherwise: "treatment_b" }, model, odd);
    for (const userId of ["ana", "ben"]) {
      const answer = rule.decide({ userId });
      expect(answer).toMatchObject({ variant: "treatment_b", reason: "SPLIT", detail: "outside the rollout" });
      expect(rule.outcomes).toContain(answer);
    }
  });

  it("shows its point, and its name", () => {
    const { rollout, variant } = compile({ rollout: 60, hash: "by-number" }, model, scope).trace({ userId: "u59" });
    expect(rollout).toMatchObject({ hash: "by-number", bucket: 0.59, percentage: 60, threshold: 0.6 });
    expect(variant).toMatchObject({ hash: "by-number", bucket: 0.59 });
  });

  it("is the usual one by its name, too", () => {
    for (const userId of ["u1", "u2", "u3", "größe"])
      expect(decide({ rollout: 50, hash: "murmur3-v1" }, userId)).toEqual(decide({ rollout: 50 }, userId));
  });
});

describe("a bucketing that is not what it should be", () => {
  const half = (): number => 0.5;
  const halves = bucketing("halves", half);
  const known = (one: typeof halves) => ({
    ...scope,
    bucketings: new Map([...scope.bucketings, [one.name, one] as const]),
  });
  const issuesOf = (one: typeof halves, rule: object, subject = onOff) =>
    referenceIssues(checked({ hash: one.name, ...rule }, subject), subject, known(one)).map(({ message }) => message);

  it.each([
    ["", half],
    ["x", undefined],
    [5, half],
  ])("is refused: %j", (name, point) => {
    expect(() => bucketing(name as string, point as () => number)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }),
    );
  });

  it.each([
    [5, "5"],
    [-1, "-1"],
    [1, "1"],
    [Number.NaN, "NaN"],
    ["0.1", "a string"],
    [undefined, "a undefined"],
  ])("throws where a point is %j", (point, shown) => {
    const odd = bucketing("odd", () => point as number);
    const message = `the bucketing "odd" gave ${shown} for a unit; a point is a number from 0 up to 1`;
    expect(() => odd.rollout("s", 50)("u")).toThrow(message);
    expect(() => odd.variant("s", [1, 1], 100)("u")).toThrow(message);
    expect(() => odd.point("s", "rollout")("u")).toThrow(message);
  });

  it("that throws while it is prepared cannot have these shares, and nor can one that refuses what a ramp comes to", () => {
    const whole = (percentage: number): ((unit: string) => boolean) => {
      if (!Number.isInteger(percentage)) throw new Error("whole percents only");
      return () => true;
    };
    const picky = { ...halves, name: "picky", rollout: (_: string, percentage: number) => whole(percentage) };
    const linear = { from: "2027-01-01", until: "2027-01-02" };
    const refused = ['`hash` "picky" cannot have these shares: it threw: whole percents only'];
    expect(issuesOf(picky, { rollout: 12.5 })).toEqual(refused);
    expect(issuesOf(picky, { linear })).toEqual(refused);
    expect(issuesOf(picky, { rollout: 12 })).toEqual([]);
    const seldom = {
      ...halves,
      name: "seldom",
      problem: ({ percentage }: { percentage?: number | undefined }) =>
        percentage === undefined ? undefined : "no share beside weights",
    };
    expect(issuesOf(seldom, {}, model)).toEqual([]);
    expect(issuesOf(seldom, { rollout: 5 }, model)).toHaveLength(1);
  });
});

describe("murmur3-v1 as a bucketing", () => {
  it("is what rules without one do", () => {
    const isIn = murmur3v1.rollout("new_checkout", 25);
    const variant = murmur3v1.variant("answer_model", [50, 25, 25], 40);
    for (let n = 0; n < 500; n++) {
      const userId = `u${n}`;
      expect(isIn(userId)).toBe(decide({ rollout: 25 }, userId).value);
      const { detail, variant: name } = decide({ rollout: 40 }, userId, model);
      expect(variant(userId)).toBe(detail === undefined ? model.values?.indexOf(name as string) : -1);
      expect(murmur3v1.point("s", "variant")(userId)).toBe(bucketOf(userId, "s", "variant"));
    }
  });
});

describe("payloads", () => {
  const subject = { ...model, payloads: { control: { size: 1 }, treatment_a: null, treatment_b: "b" } };

  it("stand in for the names as values; the variant names them", () => {
    const rule = compile({ allow: { treatment_a: ["ana"] }, deny: ["eve"], weights: { treatment_b: 1 } }, subject);
    expect(rule.decide({ userId: "ana" })).toMatchObject({ value: null, variant: "treatment_a" });
    expect(rule.decide({ userId: "eve" })).toMatchObject({ value: { size: 1 }, variant: "control" });
    expect(rule.decide({ userId: "ben" })).toMatchObject({ value: "b", variant: "treatment_b" });
  });
});

describe("answers that a hash assigned", () => {
  const assigned = (rule: object, subject = onOff) =>
    [...compile(rule, subject, scope).assigned.keys()].map(({ value, detail }) => detail ?? value);

  it("are those in and out of a plain rollout, and the variants by weight", () => {
    expect(assigned({ rollout: 25, deny: ["a"], allow: ["b"] })).toEqual(["within the rollout", "outside the rollout"]);
    expect(assigned({ rollout: 25, allow: ["b"] }, model)).toEqual(["control", "treatment_a", "treatment_b"]);
    expect(assigned({ rules: [{ when: { plan: "pro" }, rollout: 5 }, { rollout: 6 }] })).toHaveLength(4);
    expect(assigned({ when: { plan: "pro" } })).toEqual([]);
    expect(assigned({ rollout: 100 })).toEqual([]);
    expect(assigned({ allow: ["b"] }, model)).toEqual([]);
  });

  it("come with how their unit is read", () => {
    const rule = compile({ rules: [{ when: { plan: "pro" }, rollout: 5, by: "tenantId" }, { rollout: 6 }] });
    const units = [...rule.assigned.values()].map((readUnit) => readUnit({ userId: "u", tenantId: "t" }));
    expect(units).toEqual(["t", "t", "u", "u"]);
  });
});
