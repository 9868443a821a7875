import { describe, expect, it } from "vitest";
import { flag } from "../../src/registry/flag.js";
import { defineFlags } from "../../src/registry/registry.js";
import { rolloutResolver } from "../../src/resolvers/rollout.js";
import { flagOf } from "./fixtures/flag-of.js";

const registry = defineFlags({
  plain: flag.boolean({ default: false }),
  staged: flag.boolean({ default: false, rule: { rollout: "25%" } }),
  model: flag.experiment({ control: 3, test: 1 }, { default: "control" }),
  limited: flag.experiment({ control: 1, test: 1 }, { default: "control", rule: { rollout: 10 } }),
});
const prepared = (name: string) => rolloutResolver.prepare(flagOf(registry, name));

describe("the rollout step", () => {
  it("abstains for a flag without a rule", () => {
    expect(prepared("plain")).toBeUndefined();
  });

  it("gives the definition's rule, checked", () => {
    expect(prepared("staged")).toEqual({ rule: { rollout: 25 }, place: "definition" });
  });

  it("spreads an experiment by its weights, and by its rule where it has one", () => {
    expect(prepared("model")).toEqual({ rule: { weights: { control: 3, test: 1 } }, place: "definition" });
    expect(prepared("limited")).toEqual({ rule: { rollout: 10 }, place: "definition" });
  });
});
