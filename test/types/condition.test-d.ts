import type { Condition } from "burgee";
import { describe, expectTypeOf, it } from "vitest";

describe("a condition", () => {
  it("takes values, operators, paths, groups and segments", () => {
    const everything: Condition = {
      plan: "pro",
      beta: true,
      "address.city": { $in: ["Bern", null] },
      age: { $gte: 18, $lt: 65, $exists: true },
      tags: { $all: ["a"], $size: 2, $elemMatch: { $gt: 1, $not: { $eq: 5 } } },
      orders: { $elemMatch: { sku: "a", $or: [{ count: 1 }, { "at.zip": { $type: "number" } }] } },
      settings: { $eq: { theme: "dark", list: [1, { deep: null }] } },
      exactly: { theme: "dark" },
      list: [1, "x"],
      email: { $regex: "(?i)@example\\.com$", $startsWith: ["a", "b"], $endsWith: ".com", $contains: "x" },
      country: { $ini: ["de"], $nin: ["FR"], $ne: null },
      version: { $semver: ">=2.3" },
      since: { $before: new Date(), $after: "2026-01-01" },
      ip: { $cidr: ["10.0.0.0/8", "::1"] },
      kind: { $type: ["string", "date"] },
      _private: 1,
      "7": 1,
      "x-header": 1,
      $and: [{ a: 1 }],
      $or: [{ $segment: "staff" }],
      $nor: [{ $not: { b: 2 } }],
      $not: { c: { $lte: "m" } },
      $segment: "staff",
    };
    expectTypeOf(everything).toEqualTypeOf<Condition>();
  });

  it("takes what is typed elsewhere and only read", () => {
    const countries = ["DE", "FR"] as const;
    expectTypeOf({ country: { $in: countries } } as const).toExtend<Condition>();
    expectTypeOf<{ plan: string }>().toExtend<Condition>();
  });

  it("refuses operators that are misspelt, wherever they stand", () => {
    // @ts-expect-error no such operator
    const inside: Condition = { country: { $inn: ["DE"] } };
    // @ts-expect-error no such operator beside one that is right
    const beside: Condition = { age: { $gte: 18, $ltt: 65 } };
    // @ts-expect-error a text is no reason to take it
    const text: Condition = { name: { $startWith: "a" } };
    // @ts-expect-error no such group
    const group: Condition = { $orr: [{ plan: "pro" }] };
    // @ts-expect-error no such operator in a group
    const inGroup: Condition = { $or: [{ plan: { $eqq: "pro" } }] };
    // @ts-expect-error no such operator on an element
    const onElement: Condition = { tags: { $elemMatch: { $gtt: 1 } } };
    // @ts-expect-error no such operator to negate
    const negated: Condition = { age: { $not: { $gtt: 1 } } };
    // @ts-expect-error an operator of attributes stands inside one
    const outside: Condition = { $in: ["DE"] };
    // @ts-expect-error a group stands beside attributes
    const within: Condition = { plan: { $or: [{ $eq: "pro" }] } };
    // @ts-expect-error operators have no place inside a value
    const data: Condition = { plan: { $eq: { a: { $gt: 5 } } } };
    for (const one of [inside, beside, text, group, inGroup, onElement, negated, outside, within, data]) {
      expectTypeOf(one).toEqualTypeOf<Condition>();
    }
  });

  it("refuses operands of the wrong kind", () => {
    // @ts-expect-error a list is needed
    const list: Condition = { country: { $in: "DE" } };
    // @ts-expect-error conditions are needed
    const group: Condition = { $or: { plan: "pro" } };
    // @ts-expect-error a name is needed
    const segment: Condition = { $segment: ["staff"] };
    // @ts-expect-error no such kind
    const kind: Condition = { age: { $type: "int" } };
    // @ts-expect-error a Date is compared by $before and $after
    const date: Condition = { born: { $gt: new Date() } };
    // @ts-expect-error undefined is no value to compare with
    const nothing: Condition = { plan: undefined };
    // @ts-expect-error a pattern is a text
    const pattern: Condition = { name: { $regex: /x/ } };
    for (const one of [list, group, segment, kind, date, nothing, pattern])
      expectTypeOf(one).toEqualTypeOf<Condition>();
  });
});
