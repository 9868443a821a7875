import { describe, expect, it } from "vitest";
import { registry } from "../../examples/tour/registry/index.js";
import { describeFlags, flagsWith } from "./documented.js";

describe("optional features", () => {
  describeFlags({
    enable_fsdp: {
      variable: "ENABLE_FSDP",
      default: false,
      metadata: { composeProfiles: ["fsdp", "optional"], insteadWhenOff: "training in one process" },
    },
    enable_tabby: {
      variable: "ENABLE_TABBY",
      default: false,
      metadata: { composeProfiles: ["tabby", "optional"], insteadWhenOff: "a client that says completion is off" },
    },
  });

  it("turn Tabby on without its address or key, which have a default and may be left out", async () => {
    const flags = flagsWith({ ENABLE_TABBY: "true" });
    expect(flags.isEnabled("enable_tabby")).toBe(true);
    await flags.close();
    const { requires } = registry.definitions.enable_tabby;
    expect(requires?.parse({})).toEqual({ TABBY_URL: "http://tabbyml:8080" });
    expect(requires?.parse({ TABBY_API_KEY: "made-up" })).toMatchObject({ TABBY_API_KEY: "made-up" });
  });

  it("refuse an address of Tabby that is none", () => {
    expect(() => flagsWith({ ENABLE_TABBY: "true", TABBY_URL: "tabby" })).toThrow(/TABBY_URL/);
  });
});

describe("lablet", () => {
  describeFlags({
    lablet_enabled: {
      variable: "LABLET_ENABLED",
      default: false,
      exposed: true,
      dependents: ["scheduler_enabled", "controller_enabled"],
      metadata: {
        phase: 1,
        etcd: { host: "localhost", port: 2379 },
        artifactStorage: { endpoint: "http://localhost:9000", bucket: "lablet-artifacts" },
      },
    },
  });

  it.each([
    ["scheduler_enabled", "SCHEDULER_ENABLED", ["lablet_enabled"], { phase: 2, reconcileIntervalSeconds: 30 }],
    ["controller_enabled", "CONTROLLER_ENABLED", ["scheduler_enabled"], { phase: 3 }],
  ] as const)("has %s off by default, set by %s, depending on %s", async (name, variable, dependencies, metadata) => {
    const flags = flagsWith({});
    expect(flags.getFlagMetadata(name)).toMatchObject({ default: false, variable, dependencies, metadata });
    expect(flags.isEnabled(name)).toBe(false);
    await flags.close();
  });
});

describe("showcase", () => {
  it("has a staged rollout of 25 % and an experiment of 50/25/25", async () => {
    const { new_checkout, answer_model } = registry.definitions;
    expect(new_checkout).toMatchObject({ kind: "boolean", default: false, exposed: true, rule: { rollout: 25 } });
    expect(answer_model).toMatchObject({
      default: "control",
      weights: { control: 50, treatment_a: 25, treatment_b: 25 },
    });
    const flags = flagsWith({});
    expect(flags.getFlagMetadata("new_checkout").variable).toBe("VICTOR_FEATURE_NEW_CHECKOUT");
    expect(flags.getFlagMetadata("answer_model").variable).toBe("VICTOR_FEATURE_ANSWER_MODEL");
    await flags.close();
  });
});

describe("the whole registry", () => {
  it("exposes the flags that users may know of, and no others", () => {
    const exposed = [...registry.flags.values()].filter(({ definition }) => definition.exposed).map(({ name }) => name);
    expect(exposed).toEqual(["whatsapp_enabled", "image_generation_enabled", "lablet_enabled", "new_checkout"]);
  });

  it("holds 26 flags", () => {
    expect(registry.names).toHaveLength(26);
  });
});
