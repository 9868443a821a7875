import { describe, expect, it } from "vitest";
import { checkCondition } from "../../src/rules/condition-check.js";
import { checkedCondition, conditionIssues } from "./condition-subjects.js";

const cyclic: Record<string, unknown> = { plan: "pro" };
cyclic.$and = [cyclic];
const cyclicData: unknown[] = [];
cyclicData.push(cyclicData);
const holed: unknown[] = ["a"];
holed[2] = "b";

const empty = "is empty and would match everybody; say what it asks, or leave it out";
const noList = 'must be a list, such as ["DE", "FR"]';
const semverForms = 'such as ">=2.3", "^1.4.0" or "1.x || 2.x"';
const instantForm = 'must be a date or a date and time of ISO 8601, such as "2026-03-01" or "2026-03-01T09:30:00Z"';
const re2 = "patterns are RE2's, which has no backreferences and no lookaround, so that none can take for ever";
const inAttribute = "holds for a whole condition; it stands beside attributes, not inside one";
const kinds = "must be one of string, number, boolean, object, array, null, date";
const operators =
  "$eq, $in, $gt, $gte, $lt, $lte, $exists, $type, $size, $regex, $startsWith, $endsWith, $contains, $ini, $semver, $before, $after, $cidr, $ne, $nin, $all, $elemMatch, $not";

/** Input, the path below `when`, and what is said after the place's name. */
const refusals: readonly [input: unknown, path: readonly (string | number)[], message: string][] = [
  // what is no condition
  [null, [], 'must be a condition, such as { plan: "pro" }'],
  [undefined, [], 'must be a condition, such as { plan: "pro" }'],
  ["pro", [], 'must be a condition, such as { plan: "pro" }'],
  [new Map(), [], 'must be a condition, such as { plan: "pro" }'],
  [
    [{ plan: "pro" }],
    [],
    'must be a condition, such as { plan: "pro" }, not a list; { $or: [ … ] } holds where any of a list does',
  ],
  [{}, [], empty],
  [{ $or: [{}] }, ["$or", 0], empty],
  [{ $not: {} }, ["$not"], empty],
  // attributes
  [{ "": 1 }, [""], "needs a name: the key is empty"],
  [{ ".a": 1 }, [".a"], "has an empty step; a path is names with one dot between them, such as address.city"],
  [{ "a..b": 1 }, ["a..b"], "has an empty step; a path is names with one dot between them, such as address.city"],
  [{ "a.": 1 }, ["a."], "has an empty step; a path is names with one dot between them, such as address.city"],
  [{ "a.$in": [1] }, ["a.$in"], "has an operator among its steps; write { a: { $in: … } }"],
  [{ plan: {} }, ["plan"], "is an empty object; write { $eq: {} } to ask for one, or say what else is asked"],
  [{ plan: { $in: ["a"], b: 1 } }, ["plan"], 'mixes operators with other keys; a path leads inside: { "plan.…": … }'],
  // operators without their sign
  ...["in", "not", "exists", "endsWith", "type", "elemMatch"].map((name): [unknown, string[], string] => [
    { country: { [name]: ["DE"] } },
    ["country", name],
    `looks like the operator \`$${name}\`; write it with its \`$\`, or { $eq: { ${name}: … } } to compare with an object`,
  ]),
  ...[
    { and: [{ plan: "pro" }] },
    { or: [{ plan: "pro" }, "x"] },
    { nor: [{}] },
    { not: { plan: "pro" } },
    { not: { in: ["a"] } },
    { not: [{ plan: "pro" }] },
    { segment: "staff" },
  ].map((input): [unknown, string[], string] => {
    const [name = ""] = Object.keys(input);
    const mend = `{ ${name}: { $eq: … } } to ask for an attribute of that name`;
    return [input, [name], `looks like the operator \`$${name}\`; write it with its \`$\`, or ${mend}`];
  }),
  // groups and segments
  [{ $and: [] }, ["$and"], "is an empty list; give it conditions, or leave it out"],
  [{ $or: { plan: "pro" } }, ["$or"], "must be a list of conditions"],
  [{ $nor: [{ plan: "pro" }, "x"] }, ["$nor", 1], 'must be a condition, such as { plan: "pro" }'],
  [{ $and: undefined }, ["$and"], "must be a list of conditions"],
  [
    { $not: [{ plan: "pro" }] },
    ["$not"],
    'must be a condition, such as { plan: "pro" }, not a list; { $or: [ … ] } holds where any of a list does',
  ],
  [{ $segment: "" }, ["$segment"], "must be the name of a segment, a text that is not empty"],
  [{ $segment: ["a"] }, ["$segment"], "must be the name of a segment, a text that is not empty"],
  [
    { a: { $elemMatch: { b: 1, $segment: "x" } } },
    ["a", "$elemMatch", "$segment"],
    "asks about the context, and cannot stand inside $elemMatch",
  ],
  [
    { a: { $elemMatch: { $or: [{ $not: { $segment: "x" } }] } } },
    ["a", "$elemMatch", "$or", 0, "$not", "$segment"],
    "asks about the context, and cannot stand inside $elemMatch",
  ],
  // operators that are none, or stand elsewhere
  [{ country: { $inn: ["DE"] } }, ["country", "$inn"], 'is no operator; did you mean "$in"?'],
  [{ country: { $IN: ["DE"] } }, ["country", "$IN"], 'is no operator; did you mean "$in"?'],
  [{ country: { $startWith: "D" } }, ["country", "$startWith"], 'is no operator; did you mean "$startsWith"?'],
  [{ country: { $: "D" } }, ["country", "$"], `is no operator; there are ${operators}`],
  [{ country: { $geoWithin: 1 } }, ["country", "$geoWithin"], `is no operator; there are ${operators}`],
  [{ $orr: [] }, ["$orr"], 'is no operator; did you mean "$or"?'],
  [{ $xyzzy: [] }, ["$xyzzy"], "is no operator; there are $and, $or, $nor, $not, $segment"],
  [{ $constructor: 1 }, ["$constructor"], "is no operator; there are $and, $or, $nor, $not, $segment"],
  [{ $in: ["DE"] }, ["$in"], "asks about an attribute; write { someAttribute: { $in: … } }"],
  [{ plan: { $or: [] } }, ["plan", "$or"], inAttribute],
  [{ plan: { $segment: "x" } }, ["plan", "$segment"], inAttribute],
  [{ a: { $elemMatch: { $segment: "x" } } }, ["a", "$elemMatch", "$segment"], inAttribute],
  [{ a: { $not: { $segment: "x" } } }, ["a", "$not", "$segment"], inAttribute],
  [
    { a: { $regex: "x", $options: "i" } },
    ["a", "$options"],
    "is no operator; flags stand in the pattern itself: (?i) ignores case",
  ],
  [{ $where: "x" }, ["$where"], "is no operator; code cannot stand in a condition; a resolver of your own can run it"],
  [{ a: { $mod: [4, 0] } }, ["a", "$mod"], "is no operator; shares of users are what `rollout` is for"],
  [{ a: { $inGroup: "x" } }, ["a", "$inGroup"], "is no operator; a group is a segment here: { $segment: … }"],
  [
    { a: { $notInGroup: "x" } },
    ["a", "$notInGroup"],
    "is no operator; a group is a segment here: { $not: { $segment: … } }",
  ],
  ...["$veq", "$vne", "$vgt", "$vgte", "$vlt", "$vlte"].map((name): [unknown, string[], string] => [
    { a: { [name]: "1.0.0" } },
    ["a", name],
    'is no operator; versions are compared by $semver: { $semver: ">=2.3" }',
  ]),
  // values to compare with
  [{ plan: undefined }, ["plan"], "is undefined; to ask whether an attribute is missing, write { $exists: false }"],
  [{ plan: Number.NaN }, ["plan"], "must be a finite number"],
  [{ plan: { $eq: Number.POSITIVE_INFINITY } }, ["plan", "$eq"], "must be a finite number"],
  [{ plan: 5n }, ["plan"], "is a bigint, which JSON cannot hold; write a number"],
  [{ plan: () => true }, ["plan"], "is a function; a condition compares with what JSON can hold"],
  [{ plan: Symbol("x") }, ["plan"], "is a symbol; a condition compares with what JSON can hold"],
  [{ plan: new Map() }, ["plan"], "is an object of a class; a condition compares with what JSON can hold"],
  [{ plan: new Date() }, ["plan"], "is a Date, which equals nothing but itself; use $before and $after"],
  [
    { plan: { $ne: new Date() } },
    ["plan", "$ne"],
    "is a Date, which equals nothing but itself; use $before and $after",
  ],
  [{ plan: /x/ }, ["plan"], 'is a RegExp; write its pattern as a text: { $regex: "…" }'],
  [
    { plan: { $eq: { a: { b: undefined } } } },
    ["plan", "$eq", "a", "b"],
    "is undefined; to ask whether an attribute is missing, write { $exists: false }",
  ],
  [
    { plan: { a: { $gt: 5 } } },
    ["plan", "a", "$gt"],
    'is an operator inside a value to compare with, where there are none; write "plan.a": { $gt: … }',
  ],
  [
    { plan: { a: { b: { $eq: 5 } } } },
    ["plan", "a", "b", "$eq"],
    'is an operator inside a value to compare with, where there are none; write "plan.a.b": { $eq: … }',
  ],
  [
    { plan: { $eq: { a: { $eq: 5 } } } },
    ["plan", "$eq", "a", "$eq"],
    "is an operator inside a value to compare with, where there are none",
  ],
  [
    { plan: { $in: ["a", undefined] } },
    ["plan", "$in", 1],
    "is undefined; to ask whether an attribute is missing, write { $exists: false }",
  ],
  [
    { plan: { $in: holed } },
    ["plan", "$in", 1],
    "is undefined; to ask whether an attribute is missing, write { $exists: false }",
  ],
  // operands
  [{ a: { $in: "DE" } }, ["a", "$in"], noList],
  [{ a: { $nin: { DE: true } } }, ["a", "$nin"], noList],
  [{ a: { $all: "x" } }, ["a", "$all"], noList],
  [
    { a: { $in: [{ $gt: 5 }] } },
    ["a", "$in", 0, "$gt"],
    "is an operator inside a value to compare with, where there are none",
  ],
  [{ a: { $gt: null } }, ["a", "$gt"], "must be a finite number or a text"],
  [{ a: { $gte: Number.NaN } }, ["a", "$gte"], "must be a finite number or a text"],
  [{ a: { $lt: [5] } }, ["a", "$lt"], "must be a finite number or a text"],
  [{ a: { $lte: undefined } }, ["a", "$lte"], "must be a finite number or a text"],
  [
    { a: { $gt: new Date() } },
    ["a", "$gt"],
    "must be a finite number or a text; instants are compared by $before and $after",
  ],
  [{ a: { $exists: 1 } }, ["a", "$exists"], "must be true or false"],
  [{ a: { $exists: "yes" } }, ["a", "$exists"], "must be true or false"],
  [{ a: { $type: "text" } }, ["a", "$type"], kinds],
  [{ a: { $type: "String" } }, ["a", "$type"], `${kinds}; did you mean "string"?`],
  [{ a: { $type: 2 } }, ["a", "$type"], kinds],
  [{ a: { $type: ["string", "constructor"] } }, ["a", "$type", 1], kinds],
  [{ a: { $type: [] } }, ["a", "$type"], "is an empty list, which would match nobody"],
  [{ a: { $size: -1 } }, ["a", "$size"], "must be a number of elements: 0, 1, 2 and so on"],
  [{ a: { $size: 1.5 } }, ["a", "$size"], "must be a number of elements: 0, 1, 2 and so on"],
  [{ a: { $size: { $gt: 1 } } }, ["a", "$size"], "must be a number of elements: 0, 1, 2 and so on"],
  [
    { a: { $elemMatch: 5 } },
    ["a", "$elemMatch"],
    'must hold operators, such as { $gt: 5 }, or a condition, such as { kind: "home" }',
  ],
  [
    { a: { $elemMatch: {} } },
    ["a", "$elemMatch"],
    'must hold operators, such as { $gt: 5 }, or a condition, such as { kind: "home" }',
  ],
  [{ a: { $not: 5 } }, ["a", "$not"], "must hold operators, such as { $gt: 5 }; the opposite of a value is { $ne: … }"],
  [
    { a: { $not: {} } },
    ["a", "$not"],
    "must hold operators, such as { $gt: 5 }; the opposite of a value is { $ne: … }",
  ],
  [
    { a: { $not: { b: 1 } } },
    ["a", "$not"],
    "holds operators when it stands inside an attribute; a whole condition is negated beside it",
  ],
  [{ a: { $regex: /x/ } }, ["a", "$regex"], "must be the pattern as a text, not a RegExp"],
  [{ a: { $regex: 5 } }, ["a", "$regex"], "must be a text"],
  [{ a: { $regex: "" } }, ["a", "$regex"], "must not be empty"],
  ...["/abc/i", "/a\\/b/gi", "/^[a-z]+$/u"].map((pattern): [unknown, string[], string] => [
    { a: { $regex: pattern } },
    ["a", "$regex"],
    "looks like JavaScript's /abc/i; write (?i)abc, or \\/abc/i where the slashes are meant",
  ]),
  [{ a: { $regex: "(" } }, ["a", "$regex"], `is no pattern: missing closing ), at \`(\`; ${re2}`],
  [{ a: { $regex: "(a)\\1" } }, ["a", "$regex"], `is no pattern: invalid escape sequence, at \`\\1\`; ${re2}`],
  [
    { a: { $regex: "(?=a)" } },
    ["a", "$regex"],
    `is no pattern: invalid or unsupported Perl syntax, at \`(?=\`; ${re2}`,
  ],
  [{ a: { $regex: "(?<!secret)b" } }, ["a", "$regex"], `is no pattern: invalid named capture; ${re2}`],
  [{ a: { $regex: "a{1001}" } }, ["a", "$regex"], `is no pattern: invalid repeat count, at \`{1001}\`; ${re2}`],
  [{ a: { $regex: "a".repeat(1_001) } }, ["a", "$regex"], "must not be longer than 1000 characters"],
  [{ a: { $startsWith: 5 } }, ["a", "$startsWith"], "must be a text"],
  [{ a: { $endsWith: "" } }, ["a", "$endsWith"], "must not be empty"],
  [{ a: { $contains: ["x", ""] } }, ["a", "$contains", 1], "must not be empty"],
  [{ a: { $contains: [] } }, ["a", "$contains"], "is an empty list, which would match nobody"],
  [{ a: { $ini: "de" } }, ["a", "$ini"], 'must be a list of texts, such as ["de", "fr"]'],
  [{ a: { $ini: ["de", 5] } }, ["a", "$ini", 1], "must be a text"],
  [{ a: { $semver: "" } }, ["a", "$semver"], "must not be empty"],
  [{ a: { $semver: 2 } }, ["a", "$semver"], "must be a text"],
  [{ a: { $semver: "latest" } }, ["a", "$semver"], `is no range of versions; write one of npm's, ${semverForms}`],
  [{ a: { $semver: ">=2.3, <3" } }, ["a", "$semver"], `is no range of versions; write one of npm's, ${semverForms}`],
  ...[" ", "||", ">=1 ||", "|| 2.x", "1.x || || 2.x"].map((range): [unknown, string[], string] => [
    { a: { $semver: range } },
    ["a", "$semver"],
    `has an alternative that is empty; write a range of npm's, ${semverForms}, or "*" for any version`,
  ]),
  [{ a: { $before: "2026-02-30" } }, ["a", "$before"], "names a day that no calendar has"],
  [{ a: { $before: "tomorrow" } }, ["a", "$before"], instantForm],
  [
    { a: { $after: "2026-03-01T09:30:00" } },
    ["a", "$after"],
    "needs a zone, or it would be another time on another machine: end it with Z, or with an offset such as +01:00",
  ],
  [
    { a: { $after: 1_700_000_000_000 } },
    ["a", "$after"],
    `is a number; write ${instantForm.slice("must be ".length)}, or in code a Date`,
  ],
  [{ a: { $after: true } }, ["a", "$after"], "must be a text, or in code a Date"],
  [{ a: { $after: new Date(Number.NaN) } }, ["a", "$after"], "must be a Date of the years 0 to 9999"],
  [{ a: { $after: new Date(8.64e15) } }, ["a", "$after"], "must be a Date of the years 0 to 9999"],
  [{ a: { $cidr: "10.0.0.0/33" } }, ["a", "$cidr"], "has a prefix that is too long: an IPv4 address has 32 bits"],
  [{ a: { $cidr: ["10.0.0.0/8", 5] } }, ["a", "$cidr", 1], "must be a text"],
  [
    { a: { $cidr: ["::/0", "x"] } },
    ["a", "$cidr", 1],
    'must be a block of addresses such as "10.0.0.0/8" or "2001:db8::/32", or an address',
  ],
  [{ a: { $cidr: [] } }, ["a", "$cidr"], "is an empty list, which would match nobody"],
];

describe("a condition", () => {
  it.each(refusals)("%o is refused at %j", (input, below, message) => {
    const path = ["when", ...below];
    expect(conditionIssues(input)).toEqual([{ path, message: `\`${path.join(".")}\` ${message}` }]);
  });

  it.each([
    { country: { $eq: { in: ["DE"] } } },
    { country: { $in: [{ in: ["DE"] }] } },
    { box: { size: 3, colour: "red" } },
    { or: true, and: "x", nor: ["a"], not: null },
    { or: { $eq: [{ plan: "pro" }] }, not: { $eq: { plan: "pro" } }, and: { $in: [5] } },
    { segment: { $eq: "staff" } },
    { segment: 5 },
    { "user.segment": "staff" },
    { visits: { $elemMatch: { segment: "staff", type: "home" } } },
    { visits: { $elemMatch: { segment: { $eq: "staff" } } } },
    { day: { $gt: "2026-01-01" } },
    ...["/api/v1", "/api/", "/api/users/my", "\\/abc/i", "/"].map(($regex) => ({ path: { $regex } })),
  ])("may be %j, and is the same when it is checked again", (input) => {
    const checked = checkedCondition(input);
    expect(checkedCondition(checked)).toEqual(checked);
  });

  it("names every operator that lacks its sign", () => {
    expect(conditionIssues({ age: { gte: 18, lt: 65 } }).map(({ path }) => path)).toEqual([
      ["when", "age", "gte"],
      ["when", "age", "lt"],
    ]);
    expect(conditionIssues({ visits: { $elemMatch: { or: [{ a: 1 }] } } }).map(({ path }) => path)).toEqual([
      ["when", "visits", "$elemMatch", "or"],
    ]);
  });

  it("is told all that is wrong with it at once, each with its place", () => {
    const input = {
      $or: [{ plan: { $inn: [] } }, { "a..b": 1, age: { $gt: true, $size: -1 } }],
      country: { $in: ["DE", undefined, Number.NaN] },
      $segment: "",
    };
    expect(conditionIssues(input).map(({ path }) => path)).toEqual([
      ["when", "$or", 0, "plan", "$inn"],
      ["when", "$or", 1, "a..b"],
      ["when", "$or", 1, "age", "$gt"],
      ["when", "$or", 1, "age", "$size"],
      ["when", "country", "$in", 1],
      ["when", "country", "$in", 2],
      ["when", "$segment"],
    ]);
  });

  it("is named by its path, or by what it is where it has none", () => {
    expect(checkCondition({}, ["segments", "beta"])).toEqual({
      issues: [{ path: ["segments", "beta"], message: `\`segments.beta\` ${empty}` }],
    });
    expect(checkCondition({}, [])).toEqual({ issues: [{ path: [], message: `the condition ${empty}` }] });
  });

  it("keeps a dotted attribute as one element of the path", () => {
    expect(conditionIssues({ "address.city": { $in: 5 } })[0]?.path).toEqual(["when", "address.city", "$in"]);
  });
});

describe("a condition without an end", () => {
  it("that holds itself is refused where it does", () => {
    const message = "holds itself; a condition must come to an end";
    expect(conditionIssues(cyclic)).toEqual([{ path: ["when", "$and", 0], message: `\`when.$and.0\` ${message}` }]);
    expect(conditionIssues({ plan: cyclicData })).toEqual([
      { path: ["when", "plan", 0], message: `\`when.plan.0\` ${message}` },
    ]);
  });

  const nested = (levels: number) => {
    let condition: unknown = { plan: "pro" };
    for (let level = 0; level < levels; level++) condition = { $not: condition };
    return condition;
  };

  it("may be 50 levels deep", () => {
    expect(conditionIssues(nested(49))).toEqual([]);
    const [issue, ...more] = conditionIssues(nested(50));
    expect(more).toEqual([]);
    expect(issue?.message).toMatch(/ is nested more than 50 levels deep$/);
    expect(issue?.path).toHaveLength(51);
  });

  it("is refused however deep it is", () => {
    expect(conditionIssues(nested(100_000))).toHaveLength(1);
    let data: unknown = 1;
    for (let level = 0; level < 100_000; level++) data = [data];
    expect(conditionIssues({ plan: data })).toHaveLength(1);
    let operators: unknown = { $gt: 5 };
    for (let level = 0; level < 100_000; level++) operators = { $not: operators };
    expect(conditionIssues({ plan: { $elemMatch: operators } })).toHaveLength(1);
  });

  it("is refused where it multiplies what it uses often", () => {
    let condition: unknown = { plan: "pro" };
    for (let level = 0; level < 20; level++) condition = { $and: [condition, condition] };
    const [issue, ...more] = conditionIssues(condition);
    expect(more).toEqual([]);
    expect(issue?.message).toMatch(/ is one too many: a condition may hold 100000 objects and lists$/);
    let data: unknown = [1];
    for (let level = 0; level < 40; level++) data = [data, data, data];
    expect(conditionIssues({ plan: { $eq: data } })).toHaveLength(1);
  });

  it("that holds itself inside $elemMatch is refused", () => {
    const itself: Record<string, unknown> = {};
    itself.$not = itself;
    expect(conditionIssues({ a: { $elemMatch: itself } })).toHaveLength(1);
  });

  it("may use one object in two places", () => {
    const eu = { country: { $in: ["DE", "FR"] } };
    expect(conditionIssues({ $or: [eu, { $and: [eu, { plan: "pro" }] }] })).toEqual([]);
  });
});

describe("a checked condition", () => {
  it.each([
    [{ plan: { $eq: "pro" } }, { plan: "pro" }],
    [{ plan: { $eq: null } }, { plan: null }],
    [{ plan: ["a"] }, { plan: { $eq: ["a"] } }],
    [{ plan: { a: 1 } }, { plan: { $eq: { a: 1 } } }],
    [{ plan: { $eq: {} } }, { plan: { $eq: {} } }],
    [{ plan: -0 }, { plan: 0 }],
    [{ plan: { $gt: -0, $size: -0 } }, { plan: { $gt: 0, $size: 0 } }],
    [{ plan: { $eq: "a", $exists: true } }, { plan: { $eq: "a", $exists: true } }],
    [{ plan: { $startsWith: ["a"], $type: ["string"] } }, { plan: { $startsWith: "a", $type: "string" } }],
    [{ ip: { $cidr: ["10.0.0.0/8"] } }, { ip: { $cidr: "10.0.0.0/8" } }],
    [{ at: { $before: new Date(0) } }, { at: { $before: "1970-01-01T00:00:00.000Z" } }],
    [{ at: { $after: "2026-03-01T00:00:00+01:00" } }, { at: { $after: "2026-03-01T00:00:00+01:00" } }],
    [{ a: { $not: { $eq: 1 } } }, { a: { $not: { $eq: 1 } } }],
    [Object.assign(Object.create(null), { plan: "pro" }), { plan: "pro" }],
  ])("of %o is %o", (input, expected) => {
    expect(checkedCondition(input)).toStrictEqual(expected);
  });

  it("is frozen throughout, and has nothing of the caller's", () => {
    const given = {
      $or: [{ country: { $in: ["DE"] } }],
      data: { $eq: { list: [1] } },
      at: { $before: new Date(0) },
      text: { $ini: ["a"], $contains: ["b", "c"] },
    };
    const checked = checkedCondition(given);
    const before = structuredClone(checked);
    given.$or[0]?.country.$in.push("FR");
    given.$or.push({ country: { $in: [] } });
    given.data.$eq.list.push(2);
    given.at.$before.setTime(5);
    given.text.$ini.push("z");
    given.text.$contains.push("z");
    expect(checked).toEqual(before);
    const frozen = (part: unknown): boolean =>
      typeof part !== "object" || part === null || (Object.isFrozen(part) && Object.values(part).every(frozen));
    expect(frozen(checked)).toBe(true);
  });
});
