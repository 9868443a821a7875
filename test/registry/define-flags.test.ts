import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { BurgeeError } from "../../src/errors.js";
import { flag } from "../../src/registry/flag.js";
import { defineFlags, type RegisteredFlag } from "../../src/registry/registry.js";

const registry = defineFlags({
  self_improvement: flag.boolean({ default: false, dependsOn: ["dynamic_skills", "memory"] }),
  dynamic_skills: flag.boolean({ default: true, dependsOn: ["memory"], description: "Tools found at run time" }),
  memory: flag.boolean({ default: true }),
  database_type: flag.oneOf(["sqlite", "postgresql"], { default: "sqlite", off: "postgresql" }),
  answer_model: flag.experiment({ control: 50, treatment: 50 }, { default: "control" }),
  new_checkout: flag.boolean({ default: false, rule: { rollout: "25%", allow: [7], serve: true } }),
  max_upload_mb: flag.number({ default: 10, schema: z.number().positive(), rule: { serve: 50, rollout: 5 } }),
  greeting: flag.string({ default: "hello", dependsOn: ["self_improvement"] }),
  limits: flag.json(z.object({ perMinute: z.number().default(60) }), { default: { perMinute: 5 } }),
});

function entry(name: string, of: { flags: ReadonlyMap<string, RegisteredFlag> } = registry): RegisteredFlag {
  const found = of.flags.get(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}
const namesOf = (flags: readonly RegisteredFlag[]) => flags.map(({ name }) => name);

describe("a registry", () => {
  it("keeps the order of definition", () => {
    const names = Object.keys(registry.definitions);
    expect(names[0]).toBe("self_improvement");
    expect(registry.names).toEqual(names);
    expect([...registry.flags.keys()]).toEqual(names);
  });

  it("flattens the ancestors of a flag, roots first, and its dependents", () => {
    expect(namesOf(entry("greeting").ancestors)).toEqual(["memory", "dynamic_skills", "self_improvement"]);
    expect(namesOf(entry("self_improvement").ancestors)).toEqual(["memory", "dynamic_skills"]);
    expect(namesOf(entry("memory").dependents)).toEqual(["dynamic_skills", "self_improvement", "greeting"]);
    expect(entry("memory").ancestors).toEqual([]);
    expect(entry("greeting").dependents).toEqual([]);
    expect(entry("greeting").ancestors[0]).toBe(entry("memory"));
  });

  it("knows what each flag gives when it is off", () => {
    expect(entry("dynamic_skills").off).toBe(false);
    expect(entry("database_type").off).toBe("postgresql");
    expect(entry("answer_model").off).toBe("control");
    expect(entry("max_upload_mb").off).toBe(10);
    const nullable = flag.json(z.number().nullable(), { default: 5, off: null });
    expect(entry("limit", defineFlags({ limit: nullable })).off).toBeNull();
    const falsy = flag.string({ default: "hello", off: "" });
    expect(entry("text", defineFlags({ text: falsy })).off).toBe("");
  });

  it("holds each rule checked", () => {
    expect(entry("new_checkout").rule).toEqual({ allow: ["7"], rollout: 25, serve: true });
    expect(entry("max_upload_mb").rule).toEqual({ rollout: 5, serve: 50 });
    expect(entry("memory").rule).toBeUndefined();
  });

  it("holds values as their schema made them", () => {
    const filled = flag.json(z.object({ perMinute: z.number().default(60) }), { default: {} as never });
    expect(entry("limits", defineFlags({ limits: filled })).default).toEqual({ perMinute: 60 });
    expect(entry("limits", defineFlags({ limits: filled })).definition.default).toEqual({ perMinute: 60 });
  });

  it("drops options that are undefined", () => {
    const { definition } = entry(
      "a",
      defineFlags({ a: flag.boolean({ default: true, owner: undefined, rule: undefined }) }),
    );
    expect(Object.keys(definition).sort()).toEqual(["default", "kind"]);
  });

  it("gives values, weights and schema to those that ask", () => {
    expect(entry("answer_model")).toMatchObject({
      values: ["control", "treatment"],
      weights: { control: 50, treatment: 50 },
    });
    expect(entry("database_type").values).toEqual(["sqlite", "postgresql"]);
    expect(entry("memory")).toMatchObject({
      kind: "boolean",
      values: undefined,
      weights: undefined,
      schema: undefined,
    });
  });

  it("may be empty", () => {
    expect(defineFlags({}).names).toEqual([]);
  });

  it("takes every option that there is", () => {
    const all = defineFlags({
      everything: flag.boolean({
        default: true,
        description: "All of it",
        since: "1.0.0",
        stable: true,
        strategy: "gradual",
        owner: "ana",
        tags: ["a", "b"],
        expires: "2028-02-29",
        status: "deprecated",
        dependsOn: [],
        requires: z.object({ API_KEY: z.string() }),
        env: "MY_FLAG",
        expect: { production: true },
        exposed: true,
        metadata: { maxTools: 20 },
        rule: { rollout: 5 },
        safe: true,
      }),
    });
    expect(entry("everything", all).definition).toMatchObject({
      strategy: "gradual",
      safe: true,
      expires: "2028-02-29",
    });
  });
});

describe("names that every object inherits", () => {
  const odd = defineFlags({
    constructor: flag.boolean({ default: true }),
    ["__proto__"]: flag.boolean({ default: false, dependsOn: ["constructor"] }),
    toString: flag.experiment({ constructor: 1, ["__proto__"]: 1 }, { default: "constructor" }),
  });

  it("are flags like any other", () => {
    expect(odd.names).toEqual(["constructor", "__proto__", "toString"]);
    expect(Object.keys(odd.definitions)).toEqual(["constructor", "__proto__", "toString"]);
    expect(namesOf(entry("__proto__", odd).ancestors)).toEqual(["constructor"]);
    expect(entry("toString", odd).weights).toEqual(
      Object.fromEntries([
        ["constructor", 1],
        ["__proto__", 1],
      ]),
    );
    expect(Object.getPrototypeOf(odd.definitions)).toBe(Object.prototype);
  });

  it("are no flags of a registry that does not define them", () => {
    for (const name of ["constructor", "__proto__", "toString"]) expect(registry.flags.has(name)).toBe(false);
  });
});

describe("composition", () => {
  const billing = defineFlags({
    invoices: flag.boolean({ default: true }),
    tax: flag.boolean({ default: false, dependsOn: ["invoices"] }),
  });
  const search = defineFlags({ ranking: flag.oneOf(["old", "new"], { default: "old" }) });

  it("makes one registry of several, each still usable by itself", () => {
    const both = defineFlags(billing, search);
    expect(both.names).toEqual(["invoices", "tax", "ranking"]);
    expect(namesOf(entry("tax", both).ancestors)).toEqual(["invoices"]);
    expect(billing.names).toEqual(["invoices", "tax"]);
    expect(entry("tax", both)).not.toBe(entry("tax", billing));
    expect(entry("tax", both)).toEqual(entry("tax", billing));
  });

  it("reads each value once: a schema that makes another of it does not see its own again", () => {
    const double = z.number().transform((value) => value * 2);
    const limit = flag.number({ default: 5, off: 1, schema: double, rule: { rollout: 50, serve: 7 } });
    const single = defineFlags({ limit });
    const whole = defineFlags(defineFlags(single), search);
    const spread = defineFlags({ ...single.definitions, more: flag.boolean({ default: true }) });
    for (const of of [single, whole, spread]) {
      expect(entry("limit", of)).toMatchObject({ default: 10, off: 2, rule: { rollout: 50, serve: 14 } });
      expect(entry("limit", of).definition).toBe(single.definitions.limit);
    }
    expect(entry("limit", defineFlags({ limit })).default).toBe(10);
  });

  it("still refuses what does not go together", () => {
    const messages = (define: () => unknown) => {
      try {
        define();
        return [];
      } catch (error) {
        return (error as BurgeeError).problems.map(({ message }) => message);
      }
    };
    const { invoices, tax } = billing.definitions;
    const loose = { "no name": invoices, tax: tax as never };
    expect(messages(() => defineFlags(billing, search, billing as never))).toEqual([
      'flag "invoices" is defined twice; give one of them another name',
      'flag "tax" is defined twice; give one of them another name',
    ]);
    expect(messages(() => defineFlags(loose))).toEqual([
      'flag "no name": a name is a letter or `_`, then letters, digits, `_`, `-` or `.`',
      'flag "tax" depends on "invoices", which is not a flag of this registry',
    ]);
    const circle = { invoices: flag.boolean({ default: true, dependsOn: ["tax"] }), tax: tax as never };
    expect(messages(() => defineFlags(circle as never))).toEqual([
      "the dependencies run in a circle: invoices → tax → invoices; take one of these away",
    ]);
  });

  it("can be repeated, and of one", () => {
    expect(defineFlags(defineFlags(billing), search).names).toEqual(["invoices", "tax", "ranking"]);
  });

  it("takes a flag whose name is a word of the registry for a flag", () => {
    expect(defineFlags({ flags: flag.boolean({ default: true }), names: flag.number({ default: 1 }) }).names).toEqual([
      "flags",
      "names",
    ]);
  });
});
