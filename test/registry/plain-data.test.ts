import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPlainData } from "../../src/registry/plain-data.js";

class Money {
  readonly amount = 1;
}

describe("plain data", () => {
  it("is copied as JSON would copy it, and frozen throughout", () => {
    const roundTrip = (given: unknown) => {
      expect(readPlainData(given)).toStrictEqual({ value: JSON.parse(JSON.stringify(given)) });
    };
    fc.assert(fc.property(fc.jsonValue(), roundTrip), { numRuns: 1_000 });
    const given = { list: [{ a: 1 }] };
    const reading = readPlainData(given) as { value: typeof given };
    expect(reading.value).not.toBe(given);
    for (const part of [reading.value, reading.value.list, reading.value.list[0]]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(Object.isFrozen(given.list)).toBe(false);
  });

  it("comes back the same from JSON, whatever it was made of", () => {
    const property = fc.property(
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true, withNullPrototype: true }),
      (given) => {
        const reading = readPlainData(given);
        if ("value" in reading) expect(JSON.parse(JSON.stringify(reading.value))).toStrictEqual(reading.value);
        else expect(reading.odd).not.toBe("");
      },
    );
    fc.assert(property, { numRuns: 1_000 });
  });

  it("may hold one object twice, and drops members that are undefined", () => {
    const shared = { a: 1, none: undefined };
    const reading = readPlainData({ one: shared, two: [shared, shared] });
    expect(reading).toStrictEqual({ value: { one: { a: 1 }, two: [{ a: 1 }, { a: 1 }] } });
  });

  it("keeps a key called __proto__ as a key", () => {
    const reading = readPlainData(JSON.parse('{ "__proto__": { "polluted": true } }'));
    expect(JSON.stringify(reading)).toBe('{"value":{"__proto__":{"polluted":true}}}');
  });
});

describe("what is no plain data", () => {
  const loop: { below: { self?: unknown } } = { below: {} };
  loop.below.self = loop;

  it.each([
    [undefined, "undefined at the top"],
    [[1, undefined], "undefined at 1"],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    [[1, , 2], "undefined at 1"],
    [Number.NaN, "NaN at the top"],
    [{ a: [Number.NEGATIVE_INFINITY] }, "-Infinity at a.0"],
    [{ a: 1n }, "a bigint at a"],
    [{ a: Symbol("s") }, "a symbol at a"],
    [{ call: () => 1 }, "a function at call"],
    [new Map(), "an instance of Map at the top"],
    [{ ids: new Set([1]) }, "an instance of Set at ids"],
    [{ at: new Date(0) }, "an instance of Date at at"],
    [[new Money()], "an instance of Money at 0"],
    [new (class {})(), "an instance of a class at the top"],
    [Object.create(Object.create(Object.create(null))), "an instance of a class at the top"],
    [Promise.resolve(), "an instance of Promise at the top"],
    [loop, "an object that holds itself at below.self"],
  ])("%o is refused with its place", (given, odd) => {
    expect(readPlainData(given)).toEqual({ odd });
  });

  it("may throw when it is read, or go too deep", () => {
    const trap = {
      get a() {
        throw new Error("secret");
      },
    };
    const deep = JSON.parse(`${"[".repeat(200_000)}${"]".repeat(200_000)}`) as unknown;
    for (const given of [trap, deep]) expect(readPlainData(given)).toEqual({ odd: "what cannot be read" });
  });
});
