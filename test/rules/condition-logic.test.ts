import { describe, expect, it } from "vitest";
import { segmentsNamed } from "../../src/rules/condition-check.js";
import { compileCondition } from "../../src/rules/condition-compile.js";
import { checkedCondition, holds, scopeOf } from "./condition-subjects.js";

const T = { yes: true };
const F = { yes: false };
const context = { yes: true };

describe("several attributes", () => {
  it.each([1, 2, 3, 5])("must all hold, be they %i", (count) => {
    const names = Array.from({ length: count }, (_, index) => `a${index}`);
    const all = Object.fromEntries(names.map((name) => [name, "x"]));
    expect(holds(all, all)).toBe(true);
    for (const name of names) expect(holds(all, { ...all, [name]: "y" })).toBe(false);
  });
});

describe("$and, $or, $nor and $not", () => {
  it.each([
    [[T], true, true, false],
    [[F], false, false, true],
    [[T, T], true, true, false],
    [[T, F], false, true, false],
    [[F, T], false, true, false],
    [[F, F], false, false, true],
    [[T, T, T], true, true, false],
    [[T, T, F], false, true, false],
    [[F, F, T], false, true, false],
    [[F, F, F], false, false, true],
  ])("of %o", (list, and, or, nor) => {
    expect(holds({ $and: list }, context)).toBe(and);
    expect(holds({ $or: list }, context)).toBe(or);
    expect(holds({ $nor: list }, context)).toBe(nor);
    expect(holds({ $not: { $and: list } }, context)).toBe(!and);
    expect(holds({ $not: { $not: { $or: list } } }, context)).toBe(or);
  });

  it("stand beside attributes, and all must hold", () => {
    const condition = {
      plan: "pro",
      $or: [{ country: "DE" }, { country: "FR" }],
      $nor: [{ banned: true }],
      $not: { age: { $lt: 18 } },
    };
    const ana = { plan: "pro", country: "FR", age: 30 };
    expect(holds(condition, ana)).toBe(true);
    expect(holds(condition, { ...ana, plan: "free" })).toBe(false);
    expect(holds(condition, { ...ana, country: "IT" })).toBe(false);
    expect(holds(condition, { ...ana, banned: true })).toBe(false);
    expect(holds(condition, { ...ana, age: 17 })).toBe(false);
  });

  it("hold for what is missing, where they are opposites", () => {
    expect(holds({ $not: { plan: "pro" } }, {})).toBe(true);
    expect(holds({ $nor: [{ plan: "pro" }, { country: "DE" }] }, {})).toBe(true);
  });
});

describe("$segment", () => {
  const segments = {
    staff: { email: { $endsWith: "@example.com" } },
    beta: { $or: [{ $segment: "staff" }, { beta: true }] },
    outsiders: { $not: { $segment: "beta" } },
  };

  it("asks the condition of that name, and those that it names", () => {
    expect(holds({ $segment: "staff" }, { email: "ana@example.com" }, { segments })).toBe(true);
    expect(holds({ $segment: "beta", plan: "pro" }, { email: "ana@example.com", plan: "pro" }, { segments })).toBe(
      true,
    );
    expect(holds({ $segment: "beta", plan: "pro" }, { beta: true, plan: "free" }, { segments })).toBe(false);
    expect(holds({ $segment: "outsiders" }, { email: "ben@else.com" }, { segments })).toBe(true);
    expect(
      holds({ $and: [{ $segment: "staff" }, { $segment: "outsiders" }] }, { email: "a@example.com" }, { segments }),
    ).toBe(false);
  });

  it("reads the base context too", () => {
    expect(holds({ $segment: "staff" }, {}, { segments, base: { email: "bot@example.com" } })).toBe(true);
  });

  it("is compiled once, however often it is named", () => {
    const levels = Array.from({ length: 40 }, (_, level) => [
      `s${level}`,
      { $and: [{ $segment: `s${level + 1}` }, { $segment: `s${level + 1}` }] },
    ]);
    const many = { ...Object.fromEntries(levels), s40: { a: 1 } };
    expect(holds({ $segment: "s0" }, { a: 2 }, { segments: many })).toBe(false);
  });

  it("must be there", () => {
    const compile = () => compileCondition(checkedCondition({ $segment: "nobody" }), scopeOf({ segments }));
    expect(compile).toThrow('there is no segment "nobody"');
  });

  it("is found wherever a condition names one", () => {
    const condition = checkedCondition({
      $segment: "a",
      plan: "pro",
      $and: [{ $segment: "b" }, { x: { $in: ["$segment"] } }],
      $or: [{ y: 1 }, { $nor: [{ $not: { $segment: "c" } }] }],
      $not: { $segment: "d" },
      list: { $elemMatch: { kind: "x" } },
    });
    expect(segmentsNamed(condition)).toEqual([
      { name: "a", path: ["$segment"] },
      { name: "b", path: ["$and", 0, "$segment"] },
      { name: "c", path: ["$or", 1, "$nor", 0, "$not", "$segment"] },
      { name: "d", path: ["$not", "$segment"] },
    ]);
    expect(segmentsNamed(checkedCondition({ plan: "pro" }))).toEqual([]);
  });
});

it("a condition that was never checked is not compiled into some other meaning", () => {
  expect(() => compileCondition({ plan: { $inn: ["pro"] } }, scopeOf())).toThrow("$inn is no operator");
});
