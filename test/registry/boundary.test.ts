import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { flag } from "../../src/registry/flag.js";
import { frozenCopy } from "../../src/registry/frozen-copy.js";
import { defineFlags } from "../../src/registry/registry.js";

function thaw() {
  const requires: Record<string, z.ZodType> = { postgresql: z.object({ DATABASE_URL: z.string() }) };
  const options = {
    default: "sqlite" as const,
    tags: ["storage"],
    metadata: { limits: { rows: [1, 2, 3] } },
    expect: { production: "postgresql" as const },
    rule: { allow: ["ana"], serve: "postgresql" as const, weights: undefined },
    requires,
  };
  const values: ("sqlite" | "postgresql")[] = ["sqlite", "postgresql"];
  const weights = { control: 50, treatment: 50 };
  const value = { perMinute: 5, hosts: ["a"] };
  const schema = z.object({ perMinute: z.number(), hosts: z.array(z.string()) });
  const definitions = {
    database_type: flag.oneOf(values, options),
    answer_model: flag.experiment(weights, { default: "control" }),
    limits: flag.json(schema, { default: value, off: value }),
  };
  return { options, values, weights, value, definitions };
}

/** Every object below a value that is not frozen, schemas aside. */
function notFrozen(value: unknown, path = "registry", seen = new Set<unknown>()): string[] {
  if (typeof value !== "object" || value === null || seen.has(value) || "~standard" in value) return [];
  seen.add(value);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const below = entries.flatMap(([key, item]) => notFrozen(item, `${path}.${String(key)}`, seen));
  return Object.isFrozen(value) || value instanceof Map ? below : [path, ...below];
}

describe("the caller's objects", () => {
  it("are as they were, and thawed, after defineFlags", () => {
    const { options, values, weights, value, definitions } = thaw();
    const before = structuredClone({ ...options, requires: {} });
    defineFlags(definitions);
    expect({ ...options, requires: {} }).toEqual(before);
    for (const own of [options, options.tags, options.metadata.limits.rows, options.rule.allow, options.requires]) {
      expect(Object.isFrozen(own)).toBe(false);
    }
    for (const own of [values, weights, value, value.hosts, definitions]) expect(Object.isFrozen(own)).toBe(false);
  });

  it("may be changed later, to no effect", () => {
    const { options, values, weights, value, definitions } = thaw();
    const registry = defineFlags(definitions);
    const text = () =>
      JSON.stringify([
        registry.definitions,
        [...registry.flags.values()].map((entry) => ({ ...entry, ancestors: [], dependents: [] })),
      ]);
    const before = text();
    const requires = registry.definitions.database_type.requires;
    options.tags.push("x");
    options.metadata.limits.rows.pop();
    options.expect.production = "sqlite" as never;
    options.rule.allow.push("ben");
    options.requires.sqlite = z.never();
    values.pop();
    weights.control = 0;
    value.perMinute = 0;
    value.hosts.push("b");
    Object.assign(definitions, { more: flag.boolean({ default: true }) });
    expect(text()).toBe(before);
    expect(Object.keys(requires ?? {})).toEqual(["postgresql"]);
    expect(registry.names).toHaveLength(3);
  });

  it("that name the values are read when the flag is built", () => {
    const { values, weights, definitions } = thaw();
    values.reverse();
    weights.control = 0;
    const { database_type, answer_model } = defineFlags(definitions).definitions;
    expect(database_type.values).toEqual(["sqlite", "postgresql"]);
    expect(answer_model.weights).toEqual({ control: 50, treatment: 50 });
  });

  it("may be frozen", () => {
    const { definitions } = thaw();
    expect(defineFlags(frozenCopy(definitions)).names).toHaveLength(3);
  });
});

describe("a registry", () => {
  it("is frozen throughout", () => {
    expect(notFrozen(defineFlags(thaw().definitions))).toEqual([]);
    const parent = flag.boolean({ default: true, requires: z.object({}) });
    expect(notFrozen(defineFlags({ parent, child: flag.boolean({ default: true, dependsOn: ["parent"] }) }))).toEqual(
      [],
    );
  });

  it("keeps schemas as they are, plain objects though they may be", () => {
    const requires = v.object({ API_KEY: v.string() });
    const limits = v.object({ perMinute: v.number() });
    const registry = defineFlags({
      a: flag.boolean({ default: true, requires }),
      b: flag.json(limits, { default: { perMinute: 1 } }),
      c: flag.oneOf(["x", "y"], { default: "x", requires: { y: requires } }),
    });
    expect(registry.definitions.a.requires).toBe(requires);
    expect(registry.definitions.c.requires?.y).toBe(requires);
    expect(registry.flags.get("b")?.schema).toBe(limits);
  });
});

describe("frozenCopy", () => {
  it("copies plain data to its depths and freezes it", () => {
    const given = {
      list: [1, { a: null }],
      none: undefined,
      text: "x",
      bare: Object.assign(Object.create(null), { b: 1 }),
    };
    const copy = frozenCopy(given);
    expect(copy).toEqual({ ...given, bare: { b: 1 } });
    expect(notFrozen(copy)).toEqual([]);
    expect(copy.list).not.toBe(given.list);
  });

  it("keeps objects that have a class, and functions", () => {
    class Money {
      readonly amount = 1;
    }
    const given = { at: new Date(0), price: new Money(), map: new Map(), call: () => 1 };
    const copy = frozenCopy(given);
    for (const key of ["at", "price", "map", "call"] as const) expect(copy[key]).toBe(given[key]);
    expect(Object.isFrozen(given.price)).toBe(false);
  });

  it("keeps a key called __proto__ as a key", () => {
    const copy = frozenCopy(JSON.parse('{ "__proto__": { "polluted": true } }') as object);
    expect(Object.keys(copy)).toEqual(["__proto__"]);
    expect("polluted" in copy).toBe(false);
  });
});
