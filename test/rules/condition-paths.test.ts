import { describe, expect, it } from "vitest";
import { checkedCondition, holds } from "./condition-subjects.js";

describe("a dotted path", () => {
  const ana = { address: { city: "Bern", geo: { zone: 3 } }, "a.b": 1 };

  it("leads into objects", () => {
    expect(holds({ "address.city": "Bern" }, ana)).toBe(true);
    expect(holds({ "address.geo.zone": { $gte: 3 } }, ana)).toBe(true);
    expect(holds({ "address.geo.zone": 4 }, ana)).toBe(false);
  });

  it("never means a key that has a dot in it", () => {
    expect(holds({ "a.b": 1 }, ana)).toBe(false);
  });

  it.each([["address.street"], ["address.city.name"], ["nothing.at.all"], ["address.geo.zone.x"]])(
    "that leads nowhere, as %s does, ends at something missing",
    (path) => {
      expect(holds({ [path]: null }, ana)).toBe(true);
      expect(holds({ [path]: { $exists: false } }, ana)).toBe(true);
      expect(holds({ [path]: { $ne: 5 } }, ana)).toBe(true);
      expect(holds({ [path]: { $type: "null" } }, ana)).toBe(false);
    },
  );

  it("finds what is null, at its end and not before", () => {
    expect(holds({ "a.b": { $exists: true } }, { a: { b: null } })).toBe(true);
    expect(holds({ "a.b": { $exists: true } }, { a: null })).toBe(false);
    expect(holds({ "a.b": null }, { a: null })).toBe(true);
  });
});

describe("a path through a list", () => {
  it("leads into each element that is an object", () => {
    const orders = [{ sku: "a", tags: ["x", "y"] }, 5, { sku: "b" }];
    expect(holds({ "orders.sku": "b" }, { orders })).toBe(true);
    expect(holds({ "orders.sku": "c" }, { orders })).toBe(false);
    expect(holds({ "orders.tags": "y" }, { orders })).toBe(true);
    expect(holds({ "orders.tags": { $size: 2 } }, { orders })).toBe(true);
    expect(holds({ "orders.tags": { $all: ["x", "y"] } }, { orders })).toBe(true);
    expect(holds({ "orders.sku": { $all: ["a", "b"] } }, { orders })).toBe(true);
    expect(holds({ "orders.sku": { $ne: "b" } }, { orders })).toBe(false);
  });

  it("finds something missing in an object without the key, and nothing in what is no object", () => {
    expect(holds({ "a.b": null }, { a: [{}, { b: 1 }] })).toBe(true);
    expect(holds({ "a.b": null }, { a: [{ b: 1 }] })).toBe(false);
    expect(holds({ "a.b": null }, { a: [1, "x", null] })).toBe(false);
    expect(holds({ "a.b": null }, { a: [] })).toBe(false);
    expect(holds({ "a.b": { $exists: false } }, { a: [1, "x"] })).toBe(true);
    expect(holds({ "a.b": { $exists: false } }, { a: [{ b: 1 }, {}] })).toBe(false);
  });

  it("does not look into a list that lies in a list", () => {
    expect(holds({ "a.b": 1 }, { a: [[{ b: 1 }]] })).toBe(false);
    expect(holds({ "a.b.c": 1 }, { a: [{ b: [{ c: 1 }] }] })).toBe(true);
  });

  it("counts to an element by a number", () => {
    const a = [{ b: 1 }, { b: 2 }, [{ b: 3 }, 9], 7];
    expect(holds({ "a.0.b": 1 }, { a })).toBe(true);
    expect(holds({ "a.1.b": 1 }, { a })).toBe(false);
    expect(holds({ "a.3": 7 }, { a })).toBe(true);
    expect(holds({ "a.03": 7 }, { a })).toBe(false);
    expect(holds({ "a.2.0.b": 3 }, { a })).toBe(true);
    expect(holds({ "a.2.1": 9 }, { a })).toBe(true);
    expect(holds({ "a.2.b": 3 }, { a })).toBe(true);
    expect(holds({ "a.3.b": null }, { a })).toBe(true);
    expect(holds({ "a.9": { $exists: true } }, { a })).toBe(false);
  });

  it("asks an element that was counted to itself, and not its own elements, as MongoDB does", () => {
    const a = [[1, 2]];
    expect(holds({ "a.0": [1, 2] }, { a })).toBe(true);
    expect(holds({ "a.0": { $size: 2 } }, { a })).toBe(true);
    expect(holds({ "a.0": 1 }, { a })).toBe(false);
    expect(holds({ "a.0.1": 2 }, { a })).toBe(true);
  });

  it("takes a number for a key too, where an object has it", () => {
    expect(holds({ "a.0": 5 }, { a: { 0: 5 } })).toBe(true);
    expect(holds({ "a.1": 5 }, { a: [{ 1: 5 }] })).toBe(true);
  });
});

describe("what every object inherits", () => {
  const names = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"];

  it.each([...names, "length", "at"])("%s is missing, at the top and below", (name) => {
    const there = { [name]: { $exists: true } };
    const below = { [`a.${name}`]: { $exists: true } };
    expect(holds(there, {})).toBe(false);
    for (const a of [{}, "text", [1, 2], [[]], new Date(), new Map(), () => 1, 5])
      expect(holds(below, { a })).toBe(false);
    expect(holds({ a: { $elemMatch: there } }, { a: [{}] })).toBe(false);
    expect(holds(there, {}, { base: {} })).toBe(false);
  });

  it.each(names)("%s counts where an object has one of its own", (name) => {
    const own = Object.fromEntries([[name, "x"]]);
    const condition = Object.fromEntries([[name, "x"]]);
    expect(holds(condition, own)).toBe(true);
    expect(holds(condition, {}, { base: own })).toBe(true);
    expect(holds({ [`a.${name}`]: "x" }, { a: own })).toBe(true);
    expect(holds({ a: { $eq: own } }, { a: own })).toBe(true);
    expect(holds({ a: { $eq: own } }, { a: {} })).toBe(false);
    expect(Object.keys(checkedCondition(condition))).toEqual([name]);
  });

  it("is found in nobody's prototype", () => {
    checkedCondition(
      JSON.parse('{ "__proto__": { "polluted": true }, "a": { "$eq": { "__proto__": { "polluted": true } } } }'),
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("the base context", () => {
  const surroundings = { base: { region: "eu", plan: "pro", user: { id: 1 } } };

  it("counts where the context says nothing", () => {
    expect(holds({ region: "eu", "user.id": 1 }, {}, surroundings)).toBe(true);
    expect(holds({ region: "eu" }, { region: undefined }, surroundings)).toBe(true);
    expect(holds({ region: { $in: ["eu", "us"] } }, {}, surroundings)).toBe(true);
    expect(holds({ region: { $startsWith: "e" } }, {}, surroundings)).toBe(true);
  });

  it("does not count where the context says something, be it null", () => {
    expect(holds({ region: "eu" }, { region: "us" }, surroundings)).toBe(false);
    expect(holds({ region: null }, { region: null }, surroundings)).toBe(true);
    expect(holds({ region: { $in: ["eu"] } }, { region: null }, surroundings)).toBe(false);
    expect(holds({ "user.id": 1 }, { user: {} }, surroundings)).toBe(false);
  });

  it("is not there for the elements of a list", () => {
    const condition = { a: { $elemMatch: { region: "eu" } } };
    expect(holds(condition, { a: [{}] }, surroundings)).toBe(false);
    expect(holds(condition, { a: [{ region: "eu" }] }, surroundings)).toBe(true);
  });
});

describe("userId and targetingKey", () => {
  const base = { userId: "base-user", targetingKey: "base-key" };

  it.each([
    [{ userId: "u", targetingKey: "k" }, {}, "u", "k"],
    [{ userId: "u" }, {}, "u", "u"],
    [{ targetingKey: "k" }, {}, "k", "k"],
    [{ userId: undefined, targetingKey: "k" }, base, "k", "k"],
    [{ userId: "u", targetingKey: undefined }, base, "u", "u"],
    [{}, base, "base-user", "base-key"],
    [{}, { targetingKey: "base-key" }, "base-key", "base-key"],
    [{}, { userId: "base-user" }, "base-user", "base-user"],
    [{}, {}, null, null],
  ])("are one unit under two names: %o over %o", (context, under, userId, targetingKey) => {
    expect(holds({ userId }, context, { base: under })).toBe(true);
    expect(holds({ targetingKey }, context, { base: under })).toBe(true);
    expect(holds({ userId: { $in: [userId, "nobody"] } }, context, { base: under })).toBe(true);
    expect(holds({ userId: "nobody" }, context, { base: under })).toBe(false);
  });

  it("are null where they are null", () => {
    expect(holds({ userId: { $type: "null" } }, { userId: null as never, targetingKey: "k" }, { base })).toBe(true);
  });

  it("are two names in the elements of a list", () => {
    expect(holds({ a: { $elemMatch: { userId: "u" } } }, { a: [{ targetingKey: "u" }] })).toBe(false);
  });
});

describe("a context of a class", () => {
  class User {
    readonly plan = "pro";
    get country(): string {
      return "DE";
    }
  }

  it("is read as JavaScript reads it", () => {
    expect(holds({ plan: "pro", country: { $in: ["DE"] } }, new User() as never)).toBe(true);
    expect(holds({ "user.country": "DE" }, { user: new User() })).toBe(true);
  });

  it("may throw, and the error is the caller's to see", () => {
    const context = {
      get plan(): string {
        throw new Error("no plan");
      },
    };
    expect(() => holds({ plan: "pro" }, context)).toThrow("no plan");
  });

  it("is neither changed nor kept", () => {
    const context = Object.freeze({ a: Object.freeze([Object.freeze({ b: 1 })]) });
    expect(holds({ "a.b": { $gt: 0 } }, context)).toBe(true);
  });
});
