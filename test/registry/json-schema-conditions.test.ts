import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ATTRIBUTE_OPERATORS, CONDITION_OPERATORS } from "../../src/rules/condition-operators.js";
import { agree, agreeOnEntry, definitionOf } from "./profile-agreement.js";

/** Whether a condition is accepted, by the schema and the parser alike. */
function accepted(when: unknown): boolean {
  return agreeOnEntry("new_checkout", { when });
}

const blocks = [
  "10.0.0.0/8",
  "0.0.0.0/0",
  "255.255.255.255",
  "1.2.3.4/32",
  "2001:db8::/32",
  "::1",
  "::ffff:1.2.3.4/128",
  "fe80::1/0",
];
const noBlocks = [
  "",
  "10.0.0.0/33",
  "10.0.0.0/08",
  "10.0.0/8",
  "256.0.0.1",
  "010.0.0.1",
  "::1/129",
  "localhost",
  "10.0.0.0/",
];
const instants = [
  "2027-01-31",
  "2028-02-29",
  "2000-02-29",
  "0000-02-29",
  "2027-01-31T09:00Z",
  "2027-01-31T23:59:59.123456+14:00",
  "9999-12-31T00:00:00-00:30",
];
const noInstants = [
  "",
  "2027-1-31",
  "2027-02-29",
  "2100-02-29",
  "2027-04-31",
  "2027-13-01",
  "2027-00-01",
  "2027-01-00",
  "2027-01-31T09:00",
  "2027-01-31T24:00Z",
  "2027-01-31T09:60Z",
  "2027-01-31T09:00:60Z",
  "2027-01-31 09:00Z",
  "2027-01-31T09:00z",
  "2027-01-31T09:00+0100",
  "2027-01-31T09:00:00.Z",
  "2027-01-31Z",
  "tomorrow",
];

/** For each operator of an attribute, operands that are right and operands that are wrong. */
const operands: Readonly<Record<string, readonly [right: readonly unknown[], wrong: readonly unknown[]]>> = {
  $eq: [
    ["pro", 5, true, null, [1, [2]], {}, { a: { b: null } }, { "": 1 }],
    [{ $gt: 5 }, [{ $in: [] }], { a: { $b: 1 } }],
  ],
  $ne: [["pro", null, {}], [{ $gt: 5 }]],
  $in: [
    [[], ["DE", 5, null, { a: 1 }, ["x"]]],
    ["DE", null, {}, [{ $eq: 1 }]],
  ],
  $nin: [
    [[], ["DE"]],
    ["DE", 5],
  ],
  $gt: [
    [5, -0.5, "", "a"],
    [null, true, [5], { $eq: 5 }],
  ],
  $gte: [[5, "a"], [null]],
  $lt: [[5, "a"], [false]],
  $lte: [[5, "a"], [{}]],
  $exists: [
    [true, false],
    [1, "true", null],
  ],
  $type: [
    ["string", "date", ["number", "array"]],
    ["bool", "", [], ["string", "int"], 2, null],
  ],
  $size: [
    [0, 5],
    [-1, 1.5, "5", null, 1e300],
  ],
  $all: [
    [[], ["a", 5, { b: 1 }]],
    ["a", { $in: [] }],
  ],
  $elemMatch: [
    [
      { $gt: 5 },
      { kind: "home" },
      { kind: "home", $or: [{ a: 1 }, { $not: { b: 2 } }] },
      { $and: [{ a: 1 }] },
      { $not: { $gt: 5 } },
      { $not: { kind: "home" } },
      { $not: { $not: { $or: [{ a: 1 }] } } },
      { a: { $elemMatch: { $lt: 1 } } },
    ],
    [
      {},
      5,
      [],
      { $gt: "a", kind: "home" },
      { $segment: "staff" },
      { $not: { kind: "home", $gt: 5 } },
      { $gt: 5, $not: { kind: "home" } },
      { $not: { $not: {} } },
      { $and: [] },
      { a: 1, $not: { $segment: "staff" } },
      { $or: [{ $segment: "staff" }] },
    ],
  ],
  $not: [
    [{ $gt: 5 }, { $not: { $in: [] } }],
    [{}, 5, { a: 1 }, { $gt: 5, a: 1 }, { $segment: "staff" }],
  ],
  $regex: [
    ["^a.*b$", "(?i)x", "x".repeat(1000), "/api/v1", "/api/", "/a/b/i", "\\/abc/i"],
    ["", 5, null, "x".repeat(1001), "/abc/i", "/a\\/b/gi", "/^[a-z]+$/u"],
  ],
  $startsWith: [
    ["a", ["a", "b"]],
    ["", [], [""], 5, ["a", 5]],
  ],
  $endsWith: [
    ["a", ["a"]],
    ["", []],
  ],
  $contains: [
    ["a", ["a"]],
    ["", []],
  ],
  $ini: [
    [[], ["De", ""]],
    ["de", [5], null],
  ],
  $semver: [
    ["*", ">=2.3", "1.x || ^2", "1 - 2"],
    ["", " ", "||", "1 ||", "|| 1", "1 || || 2", 2, null],
  ],
  $before: [instants, [...noInstants, 0, null, [instants[0]]]],
  $after: [instants, noInstants],
  $cidr: [
    [...blocks, blocks],
    [...noBlocks, [], [...blocks, 5], null, 10],
  ],
};

const rightAttributes = ["plan", "address.city", "a.0.b", "é", "x$", "a.b$", " ", "__proto__x", "constructor"];
const wrongAttributes = ["", ".a", "a.", "a..b", "$plan", "a.$b", "$where", "$gt"];

describe("conditions: the schema and the parser agree", () => {
  it("about every operator of an attribute", () => {
    expect(Object.keys(operands).sort()).toEqual([...ATTRIBUTE_OPERATORS].sort());
    const { properties } = definitionOf("condition.operators");
    expect(Object.keys(Object(properties)).sort()).toEqual([...ATTRIBUTE_OPERATORS].sort());
  });

  it("about every operator of a condition", () => {
    expect(Object.keys(Object(definitionOf("condition").properties)).sort()).toEqual([...CONDITION_OPERATORS].sort());
  });

  const cases = Object.entries(operands).flatMap(([operator, [right, wrong]]) => [
    ...right.map((operand) => [operator, operand, true] as const),
    ...wrong.map((operand) => [operator, operand, false] as const),
  ]);
  it.each(cases)("{ %s: %j } is accepted: %s", (operator, operand, verdict) => {
    expect(accepted({ attribute: { [operator]: operand } })).toBe(verdict);
    expect(accepted({ attribute: { $exists: true, [operator]: operand } })).toBe(verdict);
    expect(accepted({ $or: [{ attribute: { $not: { [operator]: operand } } }] })).toBe(verdict);
  });

  it.each([
    ...rightAttributes.map((attribute) => [attribute, true] as const),
    ...wrongAttributes.map((attribute) => [attribute, false] as const),
  ])("the attribute %j is accepted: %s", (attribute, verdict) => {
    expect(accepted({ [attribute]: "x" })).toBe(verdict);
    expect(accepted({ [attribute]: { $exists: true } })).toBe(verdict);
    expect(accepted({ list: { $elemMatch: { [attribute]: 1, other: 1 } } })).toBe(verdict);
  });

  it.each<[unknown, boolean]>([
    ["pro", true],
    [5, true],
    [null, true],
    [["a", "b"], true],
    [{ city: "Köln" }, true],
    [{ city: { name: [] } }, true],
    [{}, false],
    [{ $eq: 1, city: "Köln" }, false],
    [{ city: { $eq: 1 } }, false],
    [{ $equals: 1 }, false],
    [{ $options: "i" }, false],
    ...[...ATTRIBUTE_OPERATORS].map((name): [unknown, boolean] => [{ [name.slice(1)]: ["DE"] }, false]),
    [{ gte: 18, lt: 65 }, false],
    [{ size: 3, colour: "red" }, true],
    [{ $eq: { size: 3 } }, true],
    [{ $elemMatch: { type: "home" } }, true],
    [{ $elemMatch: { segment: "staff" } }, true],
    [{ $elemMatch: { or: [{ a: 1 }] } }, false],
  ])("an attribute's %j is accepted: %s", (question, verdict) => {
    expect(accepted({ attribute: question })).toBe(verdict);
  });

  it.each<[unknown, boolean]>([
    [{ plan: "pro" }, true],
    [{ $and: [{ plan: "pro" }, { $nor: [{ a: 1 }] }] }, true],
    [{ plan: "pro", $or: [{ a: 1 }], $not: { b: 1 }, $segment: "staff" }, true],
    [{ $not: { $segment: "staff" } }, true],
    [{}, false],
    [[], false],
    ["pro", false],
    [null, false],
    [{ $and: [] }, false],
    [{ $or: {} }, false],
    [{ $or: [{}] }, false],
    [{ $or: ["pro"] }, false],
    [{ $not: {} }, false],
    [{ $not: [{ a: 1 }] }, false],
    [{ $segment: "" }, false],
    [{ $segment: ["staff"] }, false],
    [{ $in: ["a"] }, false],
    ...["and", "or", "nor", "not"].flatMap((name): [unknown, boolean][] => [
      [{ [name]: [{ plan: "pro" }] }, false],
      [{ [name]: ["x", {}] }, false],
      [{ [name]: { plan: "pro" } }, false],
      [{ [name]: { $eq: [{ plan: "pro" }] } }, true],
      [{ [name]: ["x"] }, true],
      [{ [name]: "x" }, true],
    ]),
    [{ segment: "staff" }, false],
    [{ segment: { $eq: "staff" } }, true],
    [{ segment: 5 }, true],
    [{ "a.segment": "staff" }, true],
  ])("the condition %j is accepted: %s", (when, verdict) => {
    expect(accepted(when)).toBe(verdict);
  });

  it("about conditions of any form", () => {
    const texts = ["a", "2027-01-31", "10.0.0.0/8", "string", "1.x"];
    const segments = Object.fromEntries(texts.map((name) => [name, { plan: "pro" }]));
    const scalar = fc.constantFrom<unknown>(...texts, "", 5, -1, true, null);
    // Whether a text is a range of versions is not for a schema to say.
    const known = [...ATTRIBUTE_OPERATORS, ...CONDITION_OPERATORS].filter((operator) => operator !== "$semver");
    const key = fc.constantFrom(...known, "$where", "a", "b.c", "", "in", "size", "or", "not", "segment");
    const node = fc.letrec((tie) => ({
      any: fc.oneof({ depthSize: "small" }, scalar, tie("object"), fc.array(tie("any"), { maxLength: 2 })),
      object: fc.dictionary(key, tie("any"), { maxKeys: 2 }),
    })).any;
    const operand = fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }), node);
    const question = fc.oneof(operand, fc.dictionary(key, operand, { minKeys: 1, maxKeys: 1 }));
    const condition = fc.dictionary(fc.oneof(fc.constant("a"), key), question, { minKeys: 1, maxKeys: 2 });
    const counts = { accepted: 0, refused: 0 };
    const property = fc.property(condition, (when) => {
      const accepted = agree({ segments, feature_flags: { new_checkout: { when } } });
      counts[accepted ? "accepted" : "refused"]++;
    });
    fc.assert(property, { numRuns: 3_000 });
    expect(Math.min(counts.accepted, counts.refused)).toBeGreaterThan(500);
  });
});
