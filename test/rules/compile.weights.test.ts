import { describe, expect, it } from "vitest";
import { BUCKETS, bucketOf } from "../../src/rules/bucket.js";
import { backend, compile, model, unitAbove, unitBelow } from "./subjects.js";

describe("weights", () => {
  const outsider = unitAbove(0.3, "answer_model");

  it("spread everybody with a unit, and nobody without", () => {
    const rule = compile({}, model);
    expect(rule.decide({ userId: "u1" })).toMatchObject({ reason: "SPLIT", source: "rollout" });
    expect(rule.decide({})).toEqual({
      value: "control",
      variant: "control",
      reason: "DEFAULT",
      source: "rollout",
      detail: "no unit",
    });
  });

  it("of the rule come before those of the definition", () => {
    const rule = compile({ weights: { treatment_b: 1, treatment_a: 1 } }, model);
    for (let n = 0; n < 300; n++) expect(rule.decide({ userId: n }).value).not.toBe("control");
  });

  it("keep the definition's order, whatever the rule's", () => {
    const one = compile({ weights: { control: 20, treatment_a: 30, treatment_b: 50 } }, model);
    const other = compile({ weights: { treatment_b: 50, control: 20, treatment_a: 30 } }, model);
    for (let n = 0; n < 500; n++) expect(one.decide({ userId: n })).toEqual(other.decide({ userId: n }));
    expect(one.trace({ userId: 1 }).variant?.slices.map(({ name }) => name)).toEqual(model.values);
  });

  it("end each slice before the next begins: the unit on the border is in the next", () => {
    for (const userId of ["u1", "u2", "ana"]) {
      const hash = bucketOf(userId, "database_type", "variant") * BUCKETS;
      const at = (buckets: number) =>
        compile({ weights: { sqlite: buckets, mysql: BUCKETS - buckets } }, backend).decide({ userId }).value;
      expect([at(hash - 1), at(hash), at(hash + 1)]).toEqual(["mysql", "mysql", "sqlite"]);
    }
  });

  it("with one positive share are served to everybody", () => {
    const answer = { value: "mysql", variant: "mysql", source: "rollout" };
    expect(compile({ weights: { mysql: 3 } }, backend).constant).toEqual({ ...answer, reason: "STATIC" });
    expect(compile({ weights: { mysql: 1e30, sqlite: 1e-30 } }, backend).constant).toEqual({
      ...answer,
      reason: "STATIC",
    });
    const half = compile({ weights: { mysql: 3 }, rollout: 50 }, backend);
    const unit = unitBelow(0.5, "database_type");
    expect(half.decide({ userId: unit })).toEqual({ ...answer, reason: "SPLIT", detail: "within the rollout" });
  });

  it("never reach a value whose share is zero, not even at the last bucket", () => {
    const rule = compile({ weights: { sqlite: 1, postgresql: 1, mysql: 0 } }, backend);
    for (let n = 0; n < 2_000; n++) expect(rule.decide({ userId: n }).value).not.toBe("mysql");
    expect(rule.trace({ userId: 1 }).variant?.slices).toEqual([
      { name: "sqlite", end: 0.5 },
      { name: "postgresql", end: 1 },
    ]);
  });

  it("beside a rollout spread that share of the units, and leave the rest out", () => {
    const rule = compile({ rollout: 25, deny: ["ana"], allow: [outsider] }, model);
    expect(rule.decide({ userId: unitBelow(0.25, "answer_model") })).toMatchObject({ reason: "SPLIT" });
    expect(rule.decide({ userId: unitBelow(0.25, "answer_model") })).not.toHaveProperty("detail");
    expect(compile({ rollout: 25 }, model).decide({ userId: outsider })).toMatchObject({
      value: "control",
      detail: "outside the rollout",
    });
    expect(rule.decide({ userId: "ana" })).toMatchObject({ value: "control", detail: "on the deny list" });
    expect(rule.decide({ userId: outsider })).toEqual({
      ...compile({}, model).decide({ userId: outsider }),
      detail: "on the allow list",
    });
  });
});

describe("trace", () => {
  it("shows unit, bucket and threshold of a rollout", () => {
    expect(compile({ rollout: 25, by: ["tenantId", "userId"], salt: "wave" }).trace({ userId: "u1" })).toEqual({
      resolution: expect.objectContaining({ reason: "SPLIT" }),
      by: ["tenantId", "userId"],
      unit: "u1",
      rollout: { salt: "wave", percentage: 25, bucket: bucketOf("u1", "wave"), threshold: 0.25 },
    });
  });

  it("shows the slices of weights", () => {
    const trace = compile({ weights: { sqlite: 1, mysql: 3 } }, backend).trace({ userId: "u1" });
    expect(trace).toEqual({
      resolution: expect.objectContaining({ reason: "SPLIT" }),
      by: ["userId", "targetingKey"],
      unit: "u1",
      variant: {
        salt: "database_type",
        bucket: bucketOf("u1", "database_type", "variant"),
        slices: [
          { name: "sqlite", end: 0.25 },
          { name: "mysql", end: 1 },
        ],
      },
    });
  });

  it("shows no arithmetic where there is no unit", () => {
    const trace = compile({ rollout: 25 }, model).trace({});
    expect(trace).toEqual({
      resolution: expect.objectContaining({ detail: "no unit" }),
      by: ["userId", "targetingKey"],
    });
  });

  it("rounds as deciding does: the threshold is a whole number of buckets", () => {
    const threshold = compile({ rollout: 33.3 }).trace({ userId: "u1" }).rollout?.threshold ?? 0;
    expect(Number.isInteger(threshold * BUCKETS)).toBe(true);
  });
});
