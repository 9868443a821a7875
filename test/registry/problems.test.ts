import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { flag } from "../../src/registry/flag.js";
import { defineFlags } from "../../src/registry/registry.js";
import { about, define, errorOf, make, messagesOf } from "./untyped.js";

const help = "give true or false (a share of the users is a rule: { rollout: 25 })";
const on = { default: true };
const variants = { default: "control" };
const asynchronous = z.object({ a: z.number() }).refine(async () => true);

describe("dependencies", () => {
  const needs = (...dependsOn: string[]) => make.boolean({ ...on, dependsOn });

  it("may not run in a circle, which is named whole", () => {
    const circle = { a: needs("b"), b: needs("c"), c: needs("a"), d: needs("a") };
    expect(errorOf(circle).problems).toEqual([
      {
        code: "INVALID_DEFINITION",
        flag: "a",
        message: "the dependencies run in a circle: a → b → c → a; take one of these away",
      },
    ]);
    expect(messagesOf({ d: needs("a"), a: needs("b"), b: needs("a") })[0]).toContain(": a → b → a;");
  });

  it("may not be on the flag itself", () => {
    expect(messagesOf({ a: needs("a") })).toEqual(["the dependencies run in a circle: a → a; take one of these away"]);
  });

  it("must be on flags of the registry", () => {
    expect(messagesOf({ memory: make.boolean(on), a: needs("memroy"), b: needs("whatever") })).toEqual([
      'flag "a" depends on "memroy", which is not a flag of this registry; did you mean "memory"?',
      'flag "b" depends on "whatever", which is not a flag of this registry',
    ]);
    expect(messagesOf({ a: needs("constructor") })).toHaveLength(1);
  });

  it("must be on boolean flags", () => {
    expect(messagesOf({ mode: make.oneOf(["x", "y"], { default: "x" }), a: needs("mode") })).toEqual([
      'flag "a" depends on "mode", which is oneOf and not boolean',
    ]);
  });

  it("on a flag that is itself broken are no second problem", () => {
    expect(messagesOf({ mode: make.boolean({ default: 5 }), a: needs("mode") })).toHaveLength(1);
  });
});

describe("values", () => {
  it.each([
    [make.boolean({ default: "yes" }), [`\`default\`: "yes" is not a boolean; ${help}`]],
    [make.boolean({}), [`\`default\`: undefined is not a boolean; ${help}`]],
    [make.boolean(undefined), [`\`default\`: undefined is not a boolean; ${help}`]],
    [
      make.oneOf(["sqlite", "postgresql"], { default: "postgres" }),
      ['`default`: "postgres" is not one of sqlite, postgresql; did you mean "postgresql"?'],
    ],
    [make.oneOf(["x"], { default: 5, off: "z" }), ["`default`: 5 is not one of x", '`off`: "z" is not one of x']],
    [make.number({ default: Number.NaN }), ["`default`: NaN is not a number"]],
    [make.number({ default: -1, schema: z.number().positive() }), [expect.stringMatching(/^`default`: Too small/)]],
    [make.string({ default: 5 }), ["`default`: 5 is not a text; put it in quotes"]],
    [
      make.json(z.object({ a: z.object({ b: z.number() }) }), { default: { a: { b: "x" } } }),
      [expect.stringMatching(/^`default`: a\.b: Invalid input: expected number/)],
    ],
    [
      make.boolean({ ...on, expect: { production: "yes" } }),
      [`\`expect.production\`: "yes" is not a boolean; ${help}`],
    ],
    [make.boolean({ ...on, expect: true }), ["`expect` must be values by environment, such as { production: true }"]],
  ])("must be ones the flag can have: %#", (definition, messages) => {
    expect(about(definition)).toEqual(messages);
  });

  it("may not wait for an asynchronous schema", () => {
    const message =
      "its schema answers asynchronously, and a flag's value must be known at once; use a synchronous schema";
    expect(about(make.json(asynchronous, { default: { a: 1 } }))).toEqual([`\`default\`: ${message}`]);
  });

  it("are refused, and nothing else, where their schema throws", () => {
    const broken = v.custom<number>(() => {
      throw new TypeError("no such table");
    });
    expect(about(make.json(broken, { default: 1 }))).toEqual(["`default`: its schema threw: no such table"]);
  });

  it.each([
    [make.oneOf(["x", "y", "x"], { default: "x" }), ['the value "x" is given twice']],
    [make.oneOf(["x", ""], { default: "x" }), ["a value's name must not be empty"]],
    [
      make.oneOf(["1", "x", "0"], { default: "1" }),
      ["1", "0"].map(
        (one) => `the value "${one}" looks like an integer, and JavaScript would reorder it; write "v${one}"`,
      ),
    ],
    [make.oneOf([], { default: "x" }), ["`values` must not be empty"]],
    [make.oneOf("xy", { default: "x" }), ["`values` must be a list of texts"]],
    [make.oneOf(["x", 5], { default: "x" }), ["`values.1` must be a text"]],
  ])("have names that can be told apart: %#", (definition, messages) => {
    expect(about(definition)).toEqual(messages);
  });

  it("may look like other numbers", () => {
    const odd = define({ a: make.oneOf(["01", "-1", "1.5", "1e3"], { default: "01" }) }) as { names: unknown };
    expect(odd.names).toEqual(["a"]);
  });
});

describe("weights", () => {
  it.each([
    [{ control: -1, b: 1 }, ['the weight of "control" must be a number that is not negative']],
    [{ control: Number.NaN, b: 1 }, ['the weight of "control" must be a number that is not negative']],
    [{ control: 0, b: 0 }, ["`weights` are all zero: somebody must get something"]],
    [{}, ["`weights` are all zero: somebody must get something"]],
    [5, ["`weights` must be weights by variant, such as { control: 50, treatment: 50 }"]],
    [undefined, ["`weights` must be weights by variant, such as { control: 50, treatment: 50 }"]],
    [["control"], ["`weights` must be weights by variant, such as { control: 50, treatment: 50 }"]],
  ])("%o are refused", (weights, messages) => {
    expect(about(make.experiment(weights, variants))).toEqual(messages);
  });

  it("that are undefined are none", () => {
    const registry = define({ a: make.experiment({ control: 1, b: undefined }, variants) }) as {
      flags: Map<string, { weights: unknown }>;
    };
    expect(registry.flags.get("a")?.weights).toEqual({ control: 1, b: 0 });
  });
});

describe("what is no definition at all", () => {
  const notOne =
    "is not a flag definition; make it with flag.boolean(…), flag.oneOf(…), flag.experiment(…), flag.number(…), flag.string(…) or flag.json(…)";

  it.each([[true], [undefined], [null], ["on"], [{}], [{ default: true }], [{ kind: "constructor" }], [flag.boolean]])(
    "%o is refused by name",
    (definition) => {
      expect(about(definition)).toEqual([notOne]);
    },
  );

  it.each([
    [undefined, "undefined is neither flag definitions by name nor a registry"],
    [null, "null is neither flag definitions by name nor a registry"],
    ["flags", '"flags" is neither flag definitions by name nor a registry'],
    [() => ({}), "a function is neither flag definitions by name nor a registry"],
  ])("%o is refused as a whole", (part, message) => {
    expect(messagesOf(part)).toEqual([message]);
    expect(messagesOf({ a: make.boolean(on) }, part)).toEqual([message]);
  });

  it.each(["", "1a", "a b", "ä", "a/b", "-a", ".a", "a\n"])("the name %j is refused", (name) => {
    expect(messagesOf({ [name]: make.boolean(on) })).toEqual([
      `flag "${name}": a name is a letter or \`_\`, then letters, digits, \`_\`, \`-\` or \`.\``,
    ]);
  });
});

describe("problems", () => {
  it("come all at once, in one error", () => {
    const error = errorOf(
      {
        "1a": make.boolean({ default: 5 }),
        b: make.boolean({ default: "x", requires: 5, rule: { rollout: 120, servee: true } }),
        c: make.boolean({ ...on, dependsOn: ["d"], stable: 5, descripton: "" }),
        e: make.boolean({ ...on, dependsOn: ["f", "nowhere"] }),
        f: make.boolean({ ...on, dependsOn: ["e"] }),
      },
      { e: make.boolean({ default: 1 }) },
    );
    expect(error.code).toBe("INVALID_DEFINITION");
    expect(error.problems.map((problem) => problem.flag)).toEqual(["1a", "b", "b", "b", "b", "c", "c", "e", "e"]);
    expect(new Set(error.problems.map((problem) => problem.code))).toEqual(new Set(["INVALID_DEFINITION"]));
    const lines = error.message.split("\n");
    expect(lines[0]).toBe("the registry cannot be used (9 problems)");
    expect(lines.slice(1)).toEqual(error.problems.map(({ message }) => `  ${message}`));
  });

  it("say twice what is defined twice, when registries are joined", () => {
    const one = defineFlags({ a: flag.boolean(on), b: flag.boolean(on) });
    const other = defineFlags({ b: flag.number({ default: 1 }) });
    expect(errorOf(one, other).problems).toEqual([
      { code: "INVALID_DEFINITION", flag: "b", message: 'flag "b" is defined twice; give one of them another name' },
    ]);
  });
});
