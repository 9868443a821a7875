import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkCondition } from "../../src/rules/condition-check.js";
import { compileCondition, traceCondition } from "../../src/rules/condition-compile.js";
import { slowHolds } from "./condition-oracle.js";
import { checkedCondition, scopeOf } from "./condition-subjects.js";

// Few names and few values, so that conditions and contexts meet often.
const name = fc.constantFrom("a", "b", "c", "userId", "targetingKey");
const step = fc.constantFrom("a", "b", "0", "1");
const text = fc.constantFrom("x", "y", "X", "xy", "");
const version = fc.constantFrom("1.2.0", "2.0.0", "2.1.0-rc.1", "v2.3.4", "2.0");
const address = fc.constantFrom("10.0.0.1", "10.1.2.3", "::ffff:10.0.0.1", "2001:db8::1", "11.0.0.1", "10.0.0");
const date = fc.constantFrom(
  "2026-03-01",
  "2026-02-28T23:30:00-01:00",
  "2026-03-01T00:00:00Z",
  "2026-02-30",
  "2026-03-01T00:00",
);
const instant = fc.constantFrom("2026-03-01", "2026-03-01T00:30:00Z", "2026-02-28");
const scalar = fc.oneof(fc.integer({ min: -1, max: 3 }), text, fc.boolean(), fc.constant(null));

const data = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    { weight: 6, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(tie("data"), { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.dictionary(step, tie("data"), { maxKeys: 2 }) },
  ),
})).data;

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 6, arbitrary: scalar },
    { weight: 2, arbitrary: fc.oneof(version, address, date) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        undefined,
        1n,
        0.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        -0,
        new Date("2026-03-01"),
        new Date("x"),
      ),
    },
    { weight: 2, arbitrary: fc.array(tie("value"), { maxLength: 3 }) },
    { weight: 2, arbitrary: fc.dictionary(step, tie("value"), { maxKeys: 3 }) },
  ),
})).value;

const anyContext = fc.dictionary(name, value, { minKeys: 3, maxKeys: 5 });

const some = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof(arbitrary, fc.array(arbitrary, { minLength: 1, maxLength: 2 }));
const part = fc.constantFrom("x", "y", "X", "xy");
const limit = fc.oneof(fc.integer({ min: -1, max: 2 }), text, fc.constant(0.5));
const block = fc.constantFrom("10.0.0.0/8", "10.0.0.1", "2001:db8::/32", "10.0.0.0/31", "::ffff:0:0/96");
const kind = fc.constantFrom("string", "number", "boolean", "object", "array", "null", "date");

/** Conditions at `condition`, operators on one attribute at `operators`. */
const grammar = fc.letrec<{ operators: object; condition: Readonly<Record<string, unknown>>; inner: object }>((tie) => {
  const operator = <T>(key: string, arbitrary: fc.Arbitrary<T>) => arbitrary.map((operand) => ({ [key]: operand }));
  const one = fc.oneof(
    { maxDepth: 3 },
    operator("$eq", data),
    operator("$ne", data),
    operator("$in", fc.array(data, { maxLength: 4 })),
    operator("$in", fc.array(text, { maxLength: 12 })),
    operator("$nin", fc.array(data, { maxLength: 4 })),
    operator("$gt", limit),
    operator("$gte", limit),
    operator("$lt", limit),
    operator("$lte", limit),
    operator("$exists", fc.boolean()),
    operator("$type", some(kind)),
    operator("$size", fc.integer({ min: 0, max: 3 })),
    operator("$all", fc.array(data, { maxLength: 2 })),
    operator("$regex", fc.constantFrom("x", "^[xy]+$", "(?:x|y)$", "\\d", "^$")),
    operator("$startsWith", some(part)),
    operator("$endsWith", some(part)),
    operator("$contains", some(part)),
    operator("$ini", fc.array(text, { maxLength: 3 })),
    operator("$semver", fc.constantFrom(">=2", "<2 || 2.3.x", "2.1.0-rc.1", "*")),
    operator("$before", fc.oneof(instant, fc.constant(new Date("2026-03-01")))),
    operator("$after", instant),
    operator("$cidr", some(block)),
    operator("$not", tie("operators")),
    operator("$elemMatch", fc.oneof(tie("operators"), tie("inner"))),
  );
  const path = fc.tuple(
    name,
    fc.oneof({ arbitrary: fc.constant([]), weight: 2 }, { arbitrary: fc.array(step, { maxLength: 2 }), weight: 1 }),
  );
  const question = fc
    .tuple(path, fc.oneof(scalar, tie("operators")))
    .map(([[first, rest], operators]) => ({ [[first, ...rest].join(".")]: operators }));
  const group = (inner: fc.Arbitrary<unknown>) =>
    fc
      .tuple(fc.constantFrom("$and", "$or", "$or", "$nor", "$not"), fc.array(inner, { minLength: 1, maxLength: 3 }))
      .map(([key, list]) => ({ [key]: key === "$not" ? list[0] : list }));
  const join = (parts: readonly object[]) => Object.assign({}, ...parts) as Readonly<Record<string, unknown>>;
  return {
    operators: fc.oneof({ weight: 3, arbitrary: one }, { weight: 1, arbitrary: fc.tuple(one, one).map(join) }),
    inner: fc.array(fc.oneof({ maxDepth: 3 }, question, group(tie("inner"))), { minLength: 1, maxLength: 2 }).map(join),
    condition: fc
      .array(
        fc.oneof(
          { maxDepth: 3 },
          { weight: 4, arbitrary: question },
          { weight: 2, arbitrary: group(tie("condition")) },
          { weight: 1, arbitrary: fc.constantFrom({ $segment: "s" }, { $segment: "t" }) },
        ),
        { minLength: 1, maxLength: 2 },
      )
      .map(join),
  };
});

const segments = { s: { a: { $exists: true }, $not: { b: "x" } }, t: { $or: [{ $segment: "s" }, { c: { $gt: 0 } }] } };

function deepFreeze<T>(given: T): T {
  if (typeof given === "object" && given !== null) for (const item of Object.values(given)) deepFreeze(item);
  return Object.freeze(given);
}

describe("any condition, for any context", () => {
  it("holds where the plain reading of the semantics says so, and both happen often", () => {
    let held = 0;
    let failed = 0;
    const property = fc.property(grammar.condition, anyContext, anyContext, (condition, context, base) => {
      const answer = compileCondition(
        checkedCondition(deepFreeze(condition)),
        scopeOf({ base, segments }),
      )(deepFreeze(context));
      expect(answer).toBe(slowHolds(condition, context, { base, segments }));
      if (answer) held++;
      else failed++;
    });
    fc.assert(property, { numRuns: 10_000 });
    expect(Math.min(held, failed) / (held + failed)).toBeGreaterThan(0.2);
  });

  it("of one question only, holds as the plain reading says", () => {
    const property = fc.property(name, fc.oneof(scalar, grammar.operators), value, (key, operators, given) => {
      const condition = { [key]: operators };
      const answer = compileCondition(checkedCondition(condition), scopeOf())({ [key]: given });
      expect(answer).toBe(slowHolds(condition, { [key]: given }, { base: {}, segments: {} }));
    });
    fc.assert(property, { numRuns: 10_000 });
  });

  it("is the same when it is checked again, is frozen throughout, and is what JSON holds", () => {
    const property = fc.property(grammar.condition, (condition) => {
      const checked = checkedCondition(condition);
      expect(checkedCondition(checked)).toEqual(checked);
      expect(JSON.parse(JSON.stringify(checked))).toEqual(checked);
      const isFrozen = (part: unknown): boolean =>
        typeof part !== "object" || part === null || (Object.isFrozen(part) && Object.values(part).every(isFrozen));
      expect(isFrozen(checked)).toBe(true);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it("is traced without a word that contradicts the answer", () => {
    const property = fc.property(
      fc.dictionary(name, grammar.operators, { minKeys: 1 }),
      anyContext,
      (condition, context) => {
        const scope = scopeOf();
        const checked = checkedCondition(condition);
        const traces = traceCondition(checked, scope, context);
        expect(traces.every(({ matched }) => matched)).toBe(compileCondition(checked, scope)(context));
      },
    );
    fc.assert(property, { numRuns: 2_000 });
  });
});

describe("any input at all", () => {
  it("is a condition or is refused with a place and a message, and nothing is thrown", () => {
    const key = fc.oneof(
      fc.constantFrom(
        "a",
        "a.b",
        "$and",
        "$or",
        "$not",
        "$in",
        "$gt",
        "$elemMatch",
        "$regex",
        "$semver",
        "$cidr",
        "$before",
        "__proto__",
      ),
      fc.string(),
    );
    const input = fc.oneof(
      fc.anything({ withDate: true, withBigInt: true, withSparseArray: true }),
      fc.dictionary(key, fc.dictionary(key, fc.anything())),
      fc.dictionary(key, fc.anything()),
    );
    const property = fc.property(input, anyContext, (given, context) => {
      const check = checkCondition(given, ["when"]);
      if ("condition" in check) {
        expect(Object.isFrozen(check.condition)).toBe(true);
        expect(checkCondition(check.condition, ["when"])).toEqual(check);
        if (!JSON.stringify(check.condition).includes("$segment")) {
          expect(typeof compileCondition(check.condition, scopeOf())(context)).toBe("boolean");
        }
      } else {
        expect(check.issues.length).toBeGreaterThan(0);
        for (const { path, message } of check.issues) {
          expect(path[0]).toBe("when");
          expect(message.startsWith("`when")).toBe(true);
        }
      }
    });
    fc.assert(property, { numRuns: 3_000 });
  });
});
