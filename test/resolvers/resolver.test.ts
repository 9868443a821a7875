import { describe, expect, it } from "vitest";
import { flag } from "../../src/registry/flag.js";
import { defineFlags } from "../../src/registry/registry.js";
import { overridesResolver } from "../../src/resolvers/overrides.js";
import { resolver } from "../../src/resolvers/resolver.js";
import { flagOf } from "./fixtures/flag-of.js";

const registry = defineFlags({ open: flag.boolean({ default: false }), shut: flag.boolean({ default: false }) });
const open = flagOf(registry, "open");
const shut = flagOf(registry, "shut");

describe("resolver()", () => {
  it("asks the function at each evaluation, with the flag and the context", () => {
    const asked: unknown[] = [];
    const mine = resolver("mine", ({ name }, context) => {
      asked.push([name, context]);
      return context.userId === "ana" ? true : undefined;
    });
    expect(mine.name).toBe("mine");
    const prepared = mine.prepare(open);
    if (prepared === undefined || !("decide" in prepared)) throw new Error("it should decide");
    expect(prepared.decide({ userId: "ana" })).toBe(true);
    expect(prepared.decide({})).toBeUndefined();
    expect(asked).toEqual([
      ["open", { userId: "ana" }],
      ["open", {}],
    ]);
  });

  it("abstains for flags that it was not made for", () => {
    const mine = resolver("mine", () => true, { flags: ["open"] });
    expect(mine.prepare(open)).toBeDefined();
    expect(mine.prepare(shut)).toBeUndefined();
    expect(resolver("mine", () => true, { flags: undefined }).prepare(shut)).toBeDefined();
  });

  it("gives the same function again, so that preparing anew is no change", () => {
    const mine = resolver("mine", () => undefined);
    expect(mine.prepare(open)).toBe(mine.prepare(open));
    expect(mine.prepare(open)).not.toBe(mine.prepare(shut));
  });

  it("may serve several registries, and gives each its own flag", () => {
    const other = flagOf(defineFlags({ open: flag.number({ default: 1 }) }), "open");
    const mine = resolver("mine", ({ kind }) => kind);
    const answers = [open, other, open].map((asked) => {
      const prepared = mine.prepare(asked);
      return prepared !== undefined && "decide" in prepared && prepared.decide({});
    });
    expect(answers).toEqual(["boolean", "number", "boolean"]);
  });
});

describe("overridesResolver()", () => {
  it("answers with what its source has at that moment", () => {
    const source = new Map([["open", { value: true, origin: { source: "ops", at: 1 } }]]);
    const step = overridesResolver(source);
    expect(step.name).toBe("overrides");
    expect(step.prepare(open)).toBe(source.get("open"));
    expect(step.prepare(shut)).toBeUndefined();
    source.delete("open");
    expect(step.prepare(open)).toBeUndefined();
  });
});
