import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Schema } from "../../src/registry/standard-schema.js";
import { checkValue, readData, readPercentage, readText, show, type ValueSubject } from "../../src/registry/value.js";

const onOff: ValueSubject = { kind: "boolean" };
const backend: ValueSubject = { kind: "oneOf", values: ["sqlite", "postgresql"] };
const numeric: ValueSubject = { kind: "number" };
const text: ValueSubject = { kind: "string" };
const json = (schema: Schema): ValueSubject => ({ kind: "json", schema });
const booleanHelp = "write true or false (or yes/no, on/off, enabled/disabled, 1/0)";

describe("booleans", () => {
  const words = { true: ["true", "yes", "on", "enabled", "1"], false: ["false", "no", "off", "disabled", "0"] };
  const cases = (word: string) => [
    word,
    word.toUpperCase(),
    `${word[0]?.toUpperCase()}${word.slice(1)}`,
    ` ${word}\t\n`,
  ];

  it.each(
    Object.entries(words).flatMap(([is, list]) => list.flatMap(cases).map((word) => [word, is === "true"] as const)),
  )("read %j as %s, in a variable and in YAML", (word, value) => {
    expect(readText(onOff, word)).toEqual({ value });
    expect(readData(onOff, word)).toEqual({ value });
  });

  it("in YAML may be booleans and the numbers 1 and 0", () => {
    expect([true, false, 1, 0, -0].map((given) => readData(onOff, given))).toEqual(
      [true, false, true, false, false].map((value) => ({ value })),
    );
  });

  it.each(["", "t", "y", "ja", "2", "01", "1.0", "truee", "yes no", "null"])(
    "are never guessed: %j is refused",
    (word) => {
      const share = /^\d/.test(word) ? `, or "${word}%" for a share of the users` : "";
      const problem = `${JSON.stringify(word)} is not a boolean; ${booleanHelp}${share}`;
      expect(readText(onOff, word)).toEqual({ problem });
      expect(readData(onOff, word)).toEqual({ problem });
    },
  );

  it("may have been meant as a share, where they are numbers", () => {
    expect(readData(onOff, 2)).toEqual({
      problem: `2 is not a boolean; ${booleanHelp}, or "2%" for a share of the users`,
    });
  });

  it.each([Number.NaN, null, undefined, [], {}, 1n])("are not made of %o", (given) => {
    expect(readData(onOff, given)).toEqual({ problem: `${show(given)} is not a boolean; ${booleanHelp}` });
  });

  it("in code are booleans alone", () => {
    expect(checkValue(onOff, true)).toEqual({ value: true });
    const help = "give true or false (a share of the users is a rule: { rollout: 25 })";
    expect(checkValue(onOff, "true")).toEqual({ problem: `"true" is not a boolean; ${help}` });
    expect(checkValue(onOff, 1)).toEqual({ problem: `1 is not a boolean; ${help}` });
  });

  it("are whatever is not a word: refused, and nothing is thrown", () => {
    const all = [...words.true, ...words.false];
    const property = fc.property(fc.anything(), (given) => {
      const reading = readData(onOff, given);
      const known =
        typeof given === "boolean" || all.includes(String(show(given)).replaceAll('"', "").trim().toLowerCase());
      if (!known) expect(reading).toHaveProperty("problem");
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});

describe("percentages", () => {
  it.each([
    ["25%", 25],
    [" 25 % ", 25],
    ["0%", 0],
    ["100%", 100],
    ["0.01%", 0.01],
    ["007%", 7],
  ])("%j is a rollout of %d", (given, rollout) => {
    expect(readPercentage(given)).toEqual({ rule: { rollout } });
    expect(readText(onOff, given)).toEqual({ rule: { rollout } });
  });

  it.each(["101%", "-5%", "abc%", "%", ".5%", "1e1%", "25%%", "5.%"])(
    "%j is none, though it ends like one",
    (given) => {
      const problem = `"${given}" is not a rollout; write a percentage from 0% to 100%`;
      expect(readPercentage(given)).toEqual({ problem });
      expect(readText(onOff, given)).toEqual({ problem });
    },
  );

  it("must reach somebody", () => {
    const problem = "a rollout of 1e-8 % is less than 1 in 2^32 and would reach nobody";
    expect(readPercentage("0.00000001%")).toEqual({ problem });
  });

  it("are nothing without a percent sign, and nothing for other kinds", () => {
    expect(readPercentage("25")).toBeUndefined();
    expect(readText(numeric, "25%")).toEqual({ problem: '"25%" is not a number' });
    expect(readText(text, "25%")).toEqual({ value: "25%" });
  });
});

describe("named values", () => {
  it("are the names, exactly, trimmed in a variable", () => {
    expect(readText(backend, " sqlite ")).toEqual({ value: "sqlite" });
    expect(readData(backend, "sqlite")).toEqual({ value: "sqlite" });
    expect(readText({ ...backend, kind: "experiment" }, "postgresql")).toEqual({ value: "postgresql" });
    const names = "is not one of sqlite, postgresql";
    expect(readData(backend, " sqlite ")).toEqual({ problem: `" sqlite " ${names}; did you mean "sqlite"?` });
    expect(readText(backend, "SQLite")).toEqual({ problem: `"SQLite" ${names}; did you mean "sqlite"?` });
    expect(readText(backend, "")).toEqual({ problem: `"" ${names}` });
    expect(checkValue(backend, 5)).toEqual({ problem: `5 ${names}` });
    expect(checkValue(backend, "constructor")).toEqual({ problem: `"constructor" ${names}` });
  });

  it("are none where none were given", () => {
    expect(checkValue({ kind: "oneOf" }, "x")).toHaveProperty("problem");
  });
});

describe("numbers", () => {
  it.each([
    ["10", 10],
    [" -1.5 ", -1.5],
    ["+3", 3],
    [".5", 0.5],
    ["5.", 5],
    ["1e3", 1000],
    ["2E-2", 0.02],
    ["0", 0],
  ])("%j is %d", (given, value) => {
    expect(readText(numeric, given)).toEqual({ value });
  });

  it.each(["", "ten", "0x10", "1_000", "1,5", "Infinity", "NaN", "1e", "1 2", "--1", "."])("%j is none", (given) => {
    expect(readText(numeric, given)).toEqual({ problem: `"${given}" is not a number` });
  });

  it("must be finite", () => {
    expect(readText(numeric, "1e999")).toEqual({ problem: "Infinity is not a number" });
    expect(readData(numeric, Number.NaN)).toEqual({ problem: "NaN is not a number" });
    expect(readData(numeric, "10")).toEqual({ problem: '"10" is not a number' });
  });

  it("are read in one pass, however long the text", () => {
    expect(readText(numeric, `${"1".repeat(200_000)}x`)).toEqual({
      problem: "a text of 200001 characters is not a number",
    });
  });
});

describe("texts", () => {
  it("are kept as they are, blanks and all", () => {
    expect(readText(text, "  hello ")).toEqual({ value: "  hello " });
    expect(readText(text, "")).toEqual({ value: "" });
    expect(readData(text, 5)).toEqual({ problem: "5 is not a text; put it in quotes" });
  });
});

describe.each([
  ["zod", z.object({ perMinute: z.number().min(1) }), z.number().max(5)],
  ["valibot", v.object({ perMinute: v.pipe(v.number(), v.minValue(1)) }), v.pipe(v.number(), v.maxValue(5))],
])("schemas of %s", (_, limits, small) => {
  it("say what a value may be, and where it is wrong", () => {
    expect(checkValue(json(limits), { perMinute: 5 })).toEqual({ value: { perMinute: 5 } });
    expect(readText(json(limits), '{ "perMinute": 5 }')).toEqual({ value: { perMinute: 5 } });
    expect(checkValue(json(limits), { perMinute: 0 })).toEqual({ problem: expect.stringMatching(/^perMinute: .+/) });
    expect(readText(json(limits), "{}")).toEqual({ problem: expect.stringMatching(/^perMinute: .+/) });
    expect(readText(json(limits), "5")).toEqual({ problem: expect.stringMatching(/^Invalid /) });
  });

  it("bound numbers", () => {
    const flag: ValueSubject = { kind: "number", schema: small as Schema };
    expect(readText(flag, "5")).toEqual({ value: 5 });
    expect(readText(flag, "6")).toEqual({ problem: expect.stringMatching(/5/) });
  });

  it("give copies, frozen throughout", () => {
    const given = { perMinute: 5 };
    const reading = checkValue(json(limits), given);
    expect("value" in reading && Object.isFrozen(reading.value) && reading.value !== given).toBe(true);
    expect(Object.isFrozen(given)).toBe(false);
  });
});

describe("json", () => {
  it("that is none is not quoted, for it may be anything", () => {
    expect(readText(json(z.unknown()), "{ secret")).toEqual({ problem: "is not JSON" });
    expect(readText(json(z.unknown()), "")).toEqual({ problem: "is not JSON" });
  });

  it("lists every issue", () => {
    const both = z.object({ a: z.number(), b: z.array(z.string()) });
    const reading = checkValue(json(both), { a: "x", b: [1] });
    expect(reading).toEqual({ problem: expect.stringMatching(/^a: .+; b\.0: .+$/) });
  });
});

describe("show", () => {
  it.each([
    ["sqlite", '"sqlite"'],
    ["", '""'],
    ["treatment_alpha_2", '"treatment_alpha_2"'],
    ["v2.3.1-beta+7", '"v2.3.1-beta+7"'],
    ["12,5 %", '"12,5 %"'],
    [5, "5"],
    [true, "true"],
    [null, "null"],
    [undefined, "undefined"],
    [[1], "a list"],
    [{ a: 1 }, "an object"],
    [new Date(0), "an object"],
    [() => "secret", "a function"],
    [Symbol("secret"), "a symbol"],
    [10n ** 40n, "a bigint"],
  ])("%o as %s", (given, shown) => {
    expect(show(given)).toBe(shown);
  });

  it.each([
    "4eC39HqLyjWDarjtT1zdp7dc",
    "AKIAIOSFODNN7EXAMPLE",
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "deadbeefcafe0123",
    "4242424242424242",
    "postgres://u:p@h/db",
    "user@example.com",
    'quote"',
    "line\nbreak",
    "größe",
    "a plain text of thirty-three chars",
  ])("describes %j by its length", (given) => {
    expect(show(given)).toBe(`a text of ${given.length} characters`);
  });

  it("is short for anything at all", () => {
    const short = (given: unknown) => {
      expect(show(given).length).toBeLessThanOrEqual(40);
    };
    fc.assert(fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), short), { numRuns: 1_000 });
  });
});

describe("numbers and texts", () => {
  const numberBy = (make: (value: number) => unknown): ValueSubject => ({
    kind: "number",
    schema: z.number().transform(make),
  });

  it("are of their kind after their schema ran, too", () => {
    expect(
      checkValue(
        numberBy((value) => value * 2),
        5,
      ),
    ).toEqual({ value: 10 });
    expect(
      checkValue(
        numberBy((value) => value / 0),
        5,
      ),
    ).toEqual({
      problem: "its schema gave Infinity, which is not a number",
    });
    expect(readText(numberBy(String), "5")).toEqual({ problem: 'its schema gave "5", which is not a number' });
    const length: ValueSubject = { kind: "string", schema: z.string().transform((value) => value.length) };
    expect(checkValue(length, "hello")).toEqual({ problem: "its schema gave 5, which is not a text" });
  });
});

describe("a json value", () => {
  const anything: ValueSubject = { kind: "json", schema: z.any() };

  it("that is undefined is none, whatever the schema would make of it", () => {
    const problem = "undefined is not a value; give null, or other data that JSON holds";
    expect(checkValue(anything, undefined)).toEqual({ problem });
    expect(checkValue(json(z.number().default(5)), undefined)).toEqual({ problem });
  });

  it("is plain data: what JSON does not hold the same is refused", () => {
    for (const [given, odd] of [
      [new Map([["a", 1]]), "an instance of Map at the top"],
      [{ opening: [new Date(0)] }, "an instance of Date at opening.0"],
      [{ limit: Number.POSITIVE_INFINITY }, "Infinity at limit"],
    ] as const) {
      const problem = `its schema gave what JSON does not hold (${odd}); give plain data`;
      expect(checkValue(anything, given)).toEqual({ problem });
    }
    const nothing = z.any().transform(() => undefined);
    expect(checkValue(json(nothing), 1)).toEqual({
      problem: "its schema gave what JSON does not hold (undefined at the top); give plain data",
    });
    expect(checkValue(anything, { at: [1, "x", null] })).toEqual({ value: { at: [1, "x", null] } });
  });
});
