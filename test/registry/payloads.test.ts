import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { flag } from "../../src/registry/flag.js";
import { defineFlags } from "../../src/registry/registry.js";
import type { Schema } from "../../src/registry/standard-schema.js";
import { about, make } from "./untyped.js";

const weights = { control: 50, treatment: 50 };
const two = { control: { limit: 1 }, treatment: { limit: 2 } };
const limit = z.object({ limit: z.number() });
const experiment = (more: object) => make.experiment(weights, { default: "control", ...more });

describe("payloads that cannot be used", () => {
  it.each([
    [experiment({ payloads: { control: 1 } }), ["`payloads.treatment`: is left out, and every variant needs one"]],
    [
      experiment({ payloads: { control: 1, treatment: undefined } }),
      ["`payloads.treatment`: is left out, and every variant needs one"],
    ],
    [
      experiment({ payloads: { control: 1, treatmnt: 2 } }),
      [
        '`payloads` name "treatmnt", which is no variant of the flag; did you mean "treatment"?',
        "`payloads.treatment`: is left out, and every variant needs one",
      ],
    ],
    [
      experiment({ payloads: { control: 1, treatment: 2, blue: 3 } }),
      ['`payloads` name "blue", which is no variant of the flag; it has control, treatment'],
    ],
    // What an object inherits is no payload.
    [
      make.experiment({ constructor: 1, b: 1 }, { default: "b", payloads: { b: 1 } }),
      ["`payloads.constructor`: is left out, and every variant needs one"],
    ],
    [
      experiment({ payloads: { control: { at: new Date(0) }, treatment: () => 1 } }),
      [
        "`payloads.control`: it holds what JSON does not hold (an instance of Date at at); give plain data",
        "`payloads.treatment`: it holds what JSON does not hold (a function at the top); give plain data",
      ],
    ],
    [
      experiment({ payloads: [1, 2] }),
      ["`payloads` must be payloads by variant, such as { control: 10, treatment: 20 }"],
    ],
    [experiment({ payloads: 5 }), ["`payloads` must be payloads by variant, such as { control: 10, treatment: 20 }"]],
    [
      experiment({ payloads: null }),
      ["`payloads` must be payloads by variant, such as { control: 10, treatment: 20 }"],
    ],
    [make.oneOf(["x"], { default: "x", payloads: { x: 1 } }), ["a definition of this kind has no `payloads`"]],
    [make.boolean({ default: true, payloads: { true: 1 } }), ["a definition of this kind has no `payloads`"]],
    [make.oneOf(["x"], { default: "x", schema: limit }), ["a definition of this kind has no `schema`"]],
  ])("are refused, each problem with its variant: %#", (definition, messages) => {
    expect(about(definition)).toEqual(messages);
  });

  it("are those that hold themselves", () => {
    const loop: Record<string, unknown> = {};
    loop.self = { loop };
    expect(about(experiment({ payloads: { control: loop, treatment: 1 } }))).toEqual([
      "`payloads.control`: it holds what JSON does not hold (an object that holds itself at self.loop); give plain data",
    ]);
  });

  it("are those that the schema refuses, in its words", () => {
    const wrong = { control: { limit: 1 }, treatment: { limit: "2", more: [] } };
    expect(about(experiment({ payloads: wrong, schema: limit }))).toEqual([
      "`payloads.treatment`: limit: Invalid input: expected number, received string",
    ]);
    expect(about(experiment({ payloads: wrong, schema: v.object({ limit: v.number() }) }))).toEqual([
      '`payloads.treatment`: limit: Invalid type: Expected number but received "2"',
    ]);
  });

  it("are those whose schema answers late, throws, or makes what JSON does not hold", () => {
    const late = limit.refine(async () => true);
    const broken: Schema = {
      "~standard": {
        version: 1,
        vendor: "own",
        validate: () => {
          throw new Error("out of order");
        },
      },
    };
    const dates = limit.transform(() => ({ at: new Date(0) }));
    expect(about(experiment({ payloads: two, schema: late }))).toEqual(
      ["control", "treatment"].map(
        (name) =>
          `\`payloads.${name}\`: its schema answers asynchronously, and a flag's value must be known at once; use a synchronous schema`,
      ),
    );
    expect(about(experiment({ payloads: { control: 1, treatment: 2 }, schema: broken }))).toEqual([
      "`payloads.control`: its schema threw: out of order",
      "`payloads.treatment`: its schema threw: out of order",
    ]);
    expect(about(experiment({ payloads: two, schema: dates }))).toEqual(
      ["control", "treatment"].map(
        (name) =>
          `\`payloads.${name}\`: its schema gave what JSON does not hold (an instance of Date at at); give plain data`,
      ),
    );
  });

  it("are none at all beside a schema", () => {
    expect(about(experiment({ schema: limit }))).toEqual(["`schema` is for the payloads, and there are none"]);
    expect(about(experiment({ schema: "number", payloads: two }))).toEqual([
      "`schema` must be a schema (zod, or any other that follows Standard Schema)",
    ]);
  });

  it("do not make their data names: the default is a variant", () => {
    expect(about(experiment({ default: 1, payloads: { control: 1, treatment: 2 } }))).toEqual([
      "`default`: 1 is not one of control, treatment",
    ]);
    expect(
      about(experiment({ off: { limit: 1 }, expect: { production: { limit: 1 } }, rule: { serve: 2 }, payloads: two })),
    ).toEqual([
      "`expect.production`: an object is not one of control, treatment",
      "`off`: an object is not one of control, treatment",
      "rule: `serve`: 2 is not one of control, treatment",
    ]);
  });
});

describe("payloads that can", () => {
  it("are copied and frozen throughout, and the caller's stay as they were", () => {
    const payloads = { control: { list: [{ a: 1 }] }, treatment: { list: [] } };
    const registry = defineFlags({ it: flag.experiment(weights, { default: "control", payloads }) });
    const kept = registry.flags.get("it")?.payloads as typeof payloads;
    expect(kept).toEqual(payloads);
    expect(kept).toBe(registry.definitions.it.payloads);
    for (const part of [kept, kept.control, kept.control.list, kept.control.list[0]])
      expect(Object.isFrozen(part)).toBe(true);
    payloads.control.list.push({ a: 2 });
    expect(kept.control.list).toEqual([{ a: 1 }]);
    expect(Object.isFrozen(payloads.control)).toBe(false);
  });

  it("stand in the order of the variants", () => {
    const payloads = { treatment: 2, control: 1 };
    const registry = defineFlags({ it: flag.experiment(weights, { default: "control", payloads }) });
    expect(Object.keys(registry.flags.get("it")?.payloads ?? {})).toEqual(["control", "treatment"]);
  });

  it("are what the schema makes of them, which sees each once", () => {
    let seen = 0;
    const schema = z.object({ hosts: z.string(), limit: z.number().default(5) }).transform(({ hosts, limit }) => {
      seen++;
      return { hosts: hosts.split(","), limit };
    });
    const definition = flag.experiment(weights, {
      default: "control",
      payloads: { control: { hosts: "a,b" }, treatment: { hosts: "c", limit: 1 } },
      schema,
    });
    const registry = defineFlags({ it: definition });
    const made = { control: { hosts: ["a", "b"], limit: 5 }, treatment: { hosts: ["c"], limit: 1 } };
    expect(registry.flags.get("it")?.payloads).toEqual(made);
    expect(registry.flags.get("it")?.schema).toBe(schema);
    expect(defineFlags(registry).flags.get("it")?.payloads).toEqual(made);
    expect(defineFlags({ ...registry.definitions }).flags.get("it")?.payloads).toEqual(made);
    expect(seen).toBe(2);
  });

  it("may be anything that JSON holds, null too, and belong to names of any kind", () => {
    const names = JSON.parse('{ "__proto__": 1, "constructor": 1, "c": 1 }') as Record<string, number>;
    const payloads = JSON.parse('{ "__proto__": null, "constructor": false, "c": "" }') as Record<string, unknown>;
    const registry = defineFlags({ it: flag.experiment(names, { default: "c", payloads }) });
    const kept = registry.flags.get("it")?.payloads ?? {};
    expect(Object.entries(kept)).toEqual([
      ["__proto__", null],
      ["constructor", false],
      ["c", ""],
    ]);
  });

  it("are undefined for an experiment without, and in no other flag", () => {
    const registry = defineFlags({
      plain: flag.experiment(weights, { default: "control", payloads: undefined }),
      on: flag.boolean({ default: true }),
    });
    expect(registry.flags.get("plain")?.payloads).toBeUndefined();
    expect("payloads" in registry.definitions.plain).toBe(false);
    expect(registry.flags.get("on")?.payloads).toBeUndefined();
  });
});
