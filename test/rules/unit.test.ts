import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Context } from "../../src/rules/context.js";
import { asUnit, hashesInstance, unitAttributes, unitReader } from "../../src/rules/unit.js";
import { slowUnit } from "./oracle.js";
import { compile, here } from "./subjects.js";

describe("what can be a unit", () => {
  it.each([
    ["u1", "u1"],
    [" ", " "],
    [0, "0"],
    [-0, "0"],
    [7, "7"],
    [-1.5, "-1.5"],
    [1e21, "1e+21"],
    [7n, "7"],
    [2n ** 70n, "1180591620717411303424"],
    ["", undefined],
    [Number.NaN, undefined],
    [true, undefined],
    [false, undefined],
    [null, undefined],
    [undefined, undefined],
    [{}, undefined],
    [{ toString: () => "u1" }, undefined],
    [["u1"], undefined],
    [new Date(0), undefined],
    [Symbol("u1"), undefined],
    [() => "u1", undefined],
  ])("%o is the unit %o", (attribute, unit) => {
    expect(asUnit(attribute)).toBe(unit);
  });

  it("is one unit as a number, a bigint and a text", () => {
    const { decide } = compile({ rollout: 50 });
    for (let n = 0; n < 100; n++) {
      expect(decide({ userId: n })).toBe(decide({ userId: String(n) }));
      expect(decide({ targetingKey: BigInt(n) as never })).toBe(decide({ userId: n }));
    }
    expect(compile({ allow: [7] }).decide({ userId: 7n as never }).value).toBe(true);
  });
});

describe("where the unit is looked for", () => {
  const read = (by: string | string[] | undefined, context: Context, base: Context = {}) =>
    unitReader(by, { ...here, base })(context);

  it("is userId, then targetingKey, unless the rule says otherwise", () => {
    expect(unitAttributes(undefined)).toEqual(["userId", "targetingKey"]);
    expect(read(undefined, { userId: "u1", targetingKey: "t1" })).toBe("u1");
    expect(read(undefined, { targetingKey: "t1" })).toBe("t1");
    expect(read(undefined, { userId: "", targetingKey: "t1" })).toBe("t1");
    expect(read(undefined, { tenantId: "x" })).toBeUndefined();
  });

  it("is the rule's attribute alone where there is one", () => {
    expect(unitAttributes("tenantId")).toEqual(["tenantId"]);
    expect(read("tenantId", { userId: "u1", tenantId: "x" })).toBe("x");
    expect(read("tenantId", { userId: "u1" })).toBeUndefined();
  });

  it("is the first present one of a list", () => {
    expect(unitAttributes(["a", "b"])).toEqual(["a", "b"]);
    expect(read(["tenantId", "userId"], { userId: "u1", tenantId: "x" })).toBe("x");
    expect(read(["tenantId", "userId"], { userId: "u1", tenantId: true })).toBe("u1");
    expect(read(["tenantId", "instance"], {})).toBe("host-1");
    expect(read(["tenantId", "instance"], { tenantId: "x" })).toBe("x");
  });

  it("is the process for instance, whatever the context says", () => {
    expect(read("instance", { instance: "mine" })).toBe("host-1");
    expect(read(["instance", "userId"], { userId: "u1" })).toBe("host-1");
    expect([hashesInstance("instance"), hashesInstance(["instance"])]).toEqual([true, true]);
    expect([hashesInstance(undefined), hashesInstance(["userId", "instance"])]).toEqual([false, false]);
  });

  it("falls back to the base context, attribute by attribute", () => {
    const base = { region: "eu", userId: "service" };
    expect(read("region", {}, base)).toBe("eu");
    expect(read("region", { region: "us" }, base)).toBe("us");
    expect(read("region", { region: "" }, base)).toBe("eu");
    expect(read(undefined, {}, base)).toBe("service");
    expect(read(undefined, { userId: "u1" }, base)).toBe("u1");
    expect(read(undefined, {}, { targetingKey: "t1" })).toBe("t1");
    // They are one unit under two names: whoever asks names it, and the base only where nobody does.
    expect(read(undefined, { targetingKey: "t1" }, base)).toBe("t1");
  });

  it("takes userId and targetingKey side by side for one unit: the caller's before the base context's", () => {
    const base = { userId: "service", targetingKey: "base-key" };
    const pair = ["userId", "targetingKey"];
    const turned = ["targetingKey", "userId"];
    for (const by of [pair, turned, [...pair, "instance"], ["tenantId", ...turned, "region"]]) {
      expect(read(by, { targetingKey: "t1" }, base)).toBe("t1");
      expect(read(by, { userId: "u1" }, base)).toBe("u1");
      expect(read(by, { userId: "", targetingKey: "t1" }, { userId: "service" })).toBe("t1");
      expect(read(by, {}, { userId: "service" })).toBe("service");
      expect(read(by, {}, { targetingKey: "base-key" })).toBe("base-key");
    }
    // Of each context, in the order of the list.
    const both = { userId: "u1", targetingKey: "t1" };
    expect([read(pair, both, base), read(turned, both, base)]).toEqual(["u1", "t1"]);
    expect([read(pair, {}, base), read(turned, {}, base)]).toEqual(["service", "base-key"]);
    // What comes before the pair in the list comes before it in the base context too.
    expect(read(["tenantId", ...pair], { userId: "u1" }, { tenantId: "x" })).toBe("x");
    expect(read([...pair, "tenantId"], { tenantId: "x" }, base)).toBe("service");
    expect(read([...pair, "instance"], {})).toBe("host-1");
    // Apart they are two attributes like any others.
    expect(read(["userId", "tenantId", "targetingKey"], { targetingKey: "t1" }, base)).toBe("service");
    expect(read(["userId", "userId"], { targetingKey: "t1" }, base)).toBe("service");
  });

  it("is what the plain reading of the semantics says, for any list and contexts", () => {
    const names = ["userId", "targetingKey", "tenantId", "instance"];
    const unit = fc.constantFrom<unknown[]>("u1", "u2", 7, "", Number.NaN, true, undefined);
    const context = fc.dictionary(fc.constantFrom(...names), unit) as fc.Arbitrary<Context>;
    const list = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 5 });
    const by = fc.option(fc.oneof(fc.constantFrom(...names), list), { nil: undefined });
    fc.assert(
      fc.property(by, context, context, (attributes, own, base) => {
        const rule = attributes === undefined ? {} : { by: attributes };
        expect(read(attributes, own, base)).toBe(slowUnit(rule, own, { base, instance: "host-1" }));
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes nothing an object inherits for a unit", () => {
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"])
      expect(read(name, {})).toBeUndefined();
    expect(compile({ rollout: 50, by: "__proto__" }, undefined, here).decide({})).toMatchObject({ detail: "no unit" });
  });
});
