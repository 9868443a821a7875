import { expect, it } from "vitest";
import { traceCondition } from "../../src/rules/condition-compile.js";
import { checkedCondition, type Surroundings, scopeOf } from "./condition-subjects.js";

function trace(condition: unknown, context: object, surroundings?: Surroundings) {
  return traceCondition(checkedCondition(condition), scopeOf(surroundings), { ...context });
}

it("tells of each question where it stands and whether it holds", () => {
  expect(trace({ plan: "pro", age: { $gte: 18, $lt: 65 } }, { plan: "pro", age: 70 })).toEqual([
    { path: "plan", operator: "$eq", matched: true },
    { path: "age", operator: "$gte", matched: true },
    { path: "age", operator: "$lt", matched: false },
  ]);
});

it("asks on where the answer is known already", () => {
  expect(trace({ a: 1, b: 2 }, { a: 0, b: 2 }).map(({ matched }) => matched)).toEqual([false, true]);
});

it("goes into groups, opposites and segments", () => {
  const condition = {
    $or: [{ beta: true }, { country: { $in: ["DE"] } }],
    $not: { "address.city": "Bern" },
    $nor: [{ $segment: "banned" }],
    $segment: "staff",
  };
  const segments = { banned: { $and: [{ banned: true }] }, staff: { email: { $regex: "@example\\.com$" } } };
  const context = { country: "DE", banned: false, email: "ana@example.com", address: { city: "Bern" } };
  expect(trace(condition, context, { segments })).toEqual([
    { path: "$or[0].beta", operator: "$eq", matched: false, missing: true },
    { path: "$or[1].country", operator: "$in", matched: true },
    { path: "$not.address.city", operator: "$eq", matched: true },
    { path: "$nor[0].$segment banned / $and[0].banned", operator: "$eq", matched: false },
    { path: "$segment staff / email", operator: "$regex", matched: true },
  ]);
});

it("takes the opposite of an attribute's operators for one question", () => {
  expect(trace({ age: { $not: { $gt: 5 } }, tags: { $elemMatch: { $gt: 5 } } }, { age: 7, tags: [9] })).toEqual([
    { path: "age", operator: "$not", matched: false },
    { path: "tags", operator: "$elemMatch", matched: true },
  ]);
});

it("says what is missing, though it matches", () => {
  expect(trace({ plan: { $ne: "pro" }, country: null }, { country: null })).toEqual([
    { path: "plan", operator: "$ne", matched: true, missing: true },
    { path: "country", operator: "$eq", matched: true },
  ]);
  expect(trace({ plan: "pro" }, {}, { base: { plan: "pro" } })).toEqual([
    { path: "plan", operator: "$eq", matched: true },
  ]);
});

it("says nothing of an attribute's value", () => {
  const text = JSON.stringify(
    trace({ token: { $startsWith: "sk_" }, "a.b": { $gt: 5 } }, { token: "sk_secret", a: { b: 77 } }),
  );
  expect(text).not.toMatch(/secret|77/);
});

it("names a path that every object inherits", () => {
  const condition = JSON.parse('{ "__proto__": 1 }');
  expect(trace(condition, {})).toEqual([{ path: "__proto__", operator: "$eq", matched: false, missing: true }]);
});

it("goes into a segment once, and asks it as a whole after that", () => {
  const segments = { beta: { plan: "pro", country: "DE" }, inner: { $segment: "beta" } };
  const condition = { $or: [{ $segment: "beta" }, { $segment: "inner" }] };
  expect(trace(condition, { plan: "pro" }, { segments })).toEqual([
    { path: "$or[0].$segment beta / plan", operator: "$eq", matched: true },
    { path: "$or[0].$segment beta / country", operator: "$eq", matched: false, missing: true },
    { path: "$or[1].$segment inner / $segment beta", operator: "$segment", matched: false },
  ]);
});
