import {
  createFlags,
  defineFlags,
  type FlagChange,
  type FlagsOptions,
  flag,
  formatExplanation,
  resolver,
} from "burgee";
import { afterEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { isolated, recorder, settled, thrownBy, withVariables } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

const payloads = {
  control: { model: "small", temperature: 0 },
  treatment_a: { model: "large", temperature: 0.25 },
  treatment_b: { model: "large", temperature: 0.5 },
} as const;
const weights = { control: 50, treatment_a: 25, treatment_b: 25 };

const registry = defineFlags({
  parent: flag.boolean({ default: true }),
  model: flag.experiment(weights, { default: "control", off: "treatment_b", payloads, dependsOn: ["parent"] }),
  plain: flag.experiment(weights, { default: "control" }),
  shaped: flag.experiment(
    { a: 1, b: 1 },
    {
      default: "a",
      payloads: { a: { hosts: "x,y" }, b: { hosts: "z" } },
      schema: z.object({ hosts: z.string().transform((text) => text.split(",")) }),
    },
  ),
});
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const flags of open.splice(0)) await flags.close();
});

function create(options: FlagsOptions = {}) {
  const flags = createFlags(registry, { ...isolated, ...options });
  open.push(flags);
  return flags;
}

/** A profile that says this of the flag. */
function withProfile(entry: string): FlagsOptions {
  return { profile: profileFile(`feature_flags:\n  model: ${entry}\n`).path };
}

describe("asking for a flag with payloads", () => {
  it("gives what belongs to the variant, and its name on request", () => {
    const flags = create();
    const seen = new Set<string>();
    for (let n = 0; n < 200; n++) {
      const context = { userId: `u${n}` };
      const name = flags.resolveVariant("model", context);
      seen.add(name);
      expect(flags.value("model", context)).toBe(registry.flags.get("model")?.payloads?.[name]);
      expect(flags.value("model", context)).toEqual(payloads[name]);
      expect(flags.evaluate("model", context)).toMatchObject({ value: payloads[name], variant: name, reason: "SPLIT" });
      expect(flags.getAllFlags(context).model).toEqual(payloads[name]);
      expect(flags.snapshot(context).value("model")).toEqual(payloads[name]);
      expect(flags.snapshot(context).resolveVariant("model")).toBe(name);
    }
    expect([...seen].sort()).toEqual(Object.keys(payloads));
  });

  it("gives every unit the variant that it has without payloads", () => {
    const bare = defineFlags({ model: flag.experiment(weights, { default: "control" }) });
    const without = createFlags(bare, isolated);
    const flags = create();
    open.push(without);
    for (let n = 0; n < 500; n++)
      expect(flags.resolveVariant("model", { userId: `u${n}` })).toBe(without.value("model", { userId: `u${n}` }));
  });

  it("gives the same frozen object every time", () => {
    const flags = create();
    const value = flags.value("model");
    expect(Object.isFrozen(value)).toBe(true);
    expect(flags.value("model")).toBe(value);
    expect(flags.getAllFlags().model).toBe(value);
    expect(() => Object.assign(value, { model: "other" })).toThrow(TypeError);
  });

  it("gives what the schema made", () => {
    const flags = create();
    flags.setFlag("shaped", "b");
    expect(flags.value("shaped")).toEqual({ hosts: ["z"] });
  });

  it("without a unit gives the default's payload, and where reading the context throws, that of off", () => {
    const flags = create();
    expect(flags.evaluate("model")).toMatchObject({ value: payloads.control, variant: "control", detail: "no unit" });
    const hostile = {
      get userId(): string {
        throw new Error("lost connection");
      },
    };
    expect(flags.evaluate("model", hostile)).toEqual({
      value: payloads.treatment_b,
      variant: "treatment_b",
      reason: "ERROR",
      source: "default",
      errorCode: "INVALID_OPTIONS",
    });
  });

  it.each([null, false, true, 0, "", "b", [], {}].map((payload) => [payload]))(
    "%j is a payload like any other",
    (payload) => {
      const odd = defineFlags({
        it: flag.experiment({ a: 1, b: 1 }, { default: "a", off: "b", payloads: { a: "given", b: payload } }),
      });
      const flags = createFlags(odd, isolated);
      open.push(flags);
      const changes: FlagChange[] = [];
      flags.onFlagChanged("it", (change) => changes.push(change));
      flags.setFlag("it", "a");
      expect(flags.value("it")).toBe("given");
      expect(flags.setFlag("it", "b")).toBe(true);
      expect(flags.evaluate("it")).toEqual({ value: payload, variant: "b", reason: "STATIC", source: "overrides" });
      expect(flags.resolveVariant("it")).toBe("b");
      expect(flags.getAllFlags()).toEqual({ it: payload });
      expect(changes.map(({ value }) => value)).toEqual(["a", "b"]);
      flags.setFlag("it", "a");
      flags.kill("it");
      expect(flags.evaluate("it")).toEqual({ value: payload, variant: "b", reason: "DISABLED", source: "kill" });
    },
  );

  it("is asked by none of the questions about booleans, and reported", () => {
    const errors: unknown[] = [];
    const flags = create();
    flags.on("error", ({ code }) => errors.push(code));
    expect(flags.isEnabled("model" as never)).toBe(false);
    expect(thrownBy(() => flags.requireEnabled("model" as never)).code).toBe("TYPE_MISMATCH");
    expect(errors).toEqual(["TYPE_MISMATCH"]);
  });
});

describe("names, and no payloads, are what can be chosen", () => {
  it("by setFlag and setRule", () => {
    const flags = create();
    flags.setFlag("model", "treatment_a");
    expect(flags.value("model")).toEqual(payloads.treatment_a);
    flags.setRule("model", { allow: ["ana"], serve: "treatment_b", otherwise: "treatment_a" });
    expect(flags.value("model", { userId: "ana" })).toEqual(payloads.treatment_b);
    expect(flags.value("model", { userId: "ben" })).toEqual(payloads.treatment_a);
    flags.setRule("model", { rollout: 0, otherwise: "treatment_b" });
    expect(flags.value("model", { userId: "ben" })).toEqual(payloads.treatment_b);
    expect(thrownBy(() => flags.setFlag("model", payloads.control as never)).code).toBe("INVALID_VALUE");
    expect(thrownBy(() => flags.setRule("model", { serve: payloads.control as never })).code).toBe("INVALID_RULE");
  });

  it("by forced variants", () => {
    const flags = create();
    flags.setRule("model", { allow: { treatment_a: ["ana"], treatment_b: ["ben"] } });
    expect(flags.evaluate("model", { userId: "ana" })).toMatchObject({
      value: payloads.treatment_a,
      variant: "treatment_a",
    });
    expect(flags.value("model", { userId: "ben" })).toEqual(payloads.treatment_b);
  });

  it("by a variable", () => {
    expect(create(withVariables({ FLAG_MODEL: "treatment_a" })).evaluate("model")).toEqual({
      value: payloads.treatment_a,
      variant: "treatment_a",
      reason: "STATIC",
      source: "env",
    });
    const refused = thrownBy(() => create(withVariables({ FLAG_MODEL: '{"model":"small"}' })));
    expect(refused.problems[0]?.code).toBe("INVALID_VALUE");
  });

  it("by the profile", () => {
    expect(create(withProfile("treatment_b")).value("model")).toEqual(payloads.treatment_b);
    expect(create(withProfile("{ weights: { treatment_a: 1 } }")).value("model")).toEqual(payloads.treatment_a);
    expect(thrownBy(() => create(withProfile("{ model: small }"))).problems[0]?.code).toBe("INVALID_RULE");
  });

  it("by a resolver of one's own", async () => {
    const mine = resolver("mine", (_, { plan }) => (plan === "pro" ? "treatment_a" : undefined), { flags: ["model"] });
    const flags = create({ resolvers: [mine, "overrides", "rollout"] });
    expect(flags.evaluate("model", { plan: "pro" })).toMatchObject({
      value: payloads.treatment_a,
      variant: "treatment_a",
      source: "mine",
    });
    const wrong = resolver("wrong", () => payloads.control, { flags: ["model"] });
    const errors: string[] = [];
    const others = create({ resolvers: [wrong, "rollout"] });
    others.on("error", ({ code }) => errors.push(code));
    expect(others.value("model")).toEqual(payloads.control);
    expect(others.evaluate("model").source).toBe("rollout");
    await settled();
    expect(errors).toEqual(["RESOLVER_FAILED"]);
  });
});

describe("being off", () => {
  it("gives the payload of `off` while it is killed, by name in all that is written", () => {
    const flags = create();
    const changes: FlagChange[] = [];
    flags.onFlagChanged("model", (change) => changes.push(change));
    flags.setFlag("model", "treatment_a");
    flags.kill("model");
    expect(flags.evaluate("model")).toEqual({
      value: payloads.treatment_b,
      variant: "treatment_b",
      reason: "DISABLED",
      source: "kill",
    });
    flags.revive("model");
    expect(flags.value("model")).toEqual(payloads.treatment_a);
    expect(changes.map(({ previous, value }) => [previous, value])).toEqual([
      [undefined, "treatment_a"],
      ["treatment_a", "treatment_b"],
      ["treatment_b", "treatment_a"],
    ]);
  });

  it("follows its parent, for everybody and for some", () => {
    const flags = create();
    flags.setFlag("parent", false);
    expect(flags.evaluate("model", { userId: "ana" })).toEqual({
      value: payloads.treatment_b,
      variant: "treatment_b",
      reason: "DISABLED",
      source: "dependency",
      dependency: "parent",
    });
    expect(thrownBy(() => flags.setFlag("model", "control")).code).toBe("DEPENDENCY_UNMET");
    // To turn it off needs no parent.
    expect(flags.setFlag("model", "treatment_b")).toBe(true);
    expect(flags.evaluate("model")).toMatchObject({ value: payloads.treatment_b, source: "overrides" });
    flags.setRule("parent", { allow: ["ana"] });
    flags.setFlag("model", "treatment_a");
    expect(flags.value("model", { userId: "ana" })).toEqual(payloads.treatment_a);
    expect(flags.value("model", { userId: "ben" })).toEqual(payloads.treatment_b);
    // What is off by itself waits for nobody.
    flags.setRule("model", { allow: ["ben"], serve: "treatment_b", otherwise: "control" });
    expect(flags.evaluate("model", { userId: "ben" }).source).toBe("overrides");
  });

  const needing = defineFlags({
    it: flag.experiment(
      { a: 1, b: 1 },
      { default: "a", payloads: { a: { cheap: true }, b: { cheap: false } }, requires: z.object({ KEY: z.string() }) },
    ),
  });
  const onlyA = "feature_flags:\n  it: a\n";

  it("is what its requirements are not asked for, by name", () => {
    const flags = createFlags(needing, { ...isolated, profile: profileFile(onlyA).path });
    open.push(flags);
    expect(flags.value("it")).toEqual({ cheap: true });
    expect(thrownBy(() => flags.setFlag("it", "b")).code).toBe("REQUIREMENT_UNMET");
    expect(thrownBy(() => flags.setRule("it", { rollout: 5 })).code).toBe("REQUIREMENT_UNMET");
    expect(flags.setRule("it", { allow: ["ana"], serve: "a" })).toBe(true);
  });

  it("is the answer where they are unmet, and not where they are met", () => {
    const tolerant = createFlags(needing, { ...isolated, onInvalid: "warn" });
    const met = createFlags(needing, withVariables({ KEY: "k" }));
    const mine = resolver("mine", (_, { plan }) => (plan === "pro" ? "b" : "a"));
    const custom = createFlags(needing, { ...isolated, onInvalid: "warn", resolvers: [mine, "rollout"] });
    open.push(tolerant, met, custom);
    const names = (flags: typeof met) =>
      new Set(Array.from({ length: 50 }, (_, n) => flags.resolveVariant("it", { userId: `u${n}` })));
    expect(names(met)).toEqual(new Set(["a", "b"]));
    expect(names(tolerant)).toEqual(new Set(["a"]));
    const sources = Array.from({ length: 50 }, (_, n) => tolerant.evaluate("it", { userId: `u${n}` }).source);
    expect(new Set(sources)).toEqual(new Set(["rollout", "requirement"]));
    const given = { value: { cheap: true }, variant: "a" };
    expect(custom.evaluate("it", { plan: "pro" })).toMatchObject({ ...given, source: "requirement" });
    expect(custom.evaluate("it", { plan: "free" })).toMatchObject({ ...given, source: "mine" });
  });
});

describe("what is written of it", () => {
  it("is names alone: the audit log, changes and log lines", () => {
    const { logger, lines } = recorder();
    const flags = create({ logger });
    const heard: unknown[] = [];
    flags.on("audit", (entry) => heard.push(entry));
    flags.onFlagChanged("*", (change) => heard.push(change));
    flags.setFlag("model", "treatment_a", { reason: "try" });
    flags.setRule("model", { serve: "control", rollout: 5, otherwise: "treatment_b" });
    flags.setRule("model", { rollout: 100, serve: "control" });
    flags.kill("model");
    flags.revive("model");
    flags.resetFlag("model");
    const text = JSON.stringify([heard, lines, flags.getAuditLog()]);
    expect(text).toContain("treatment_a");
    expect(text).not.toContain("temperature");
    expect(flags.getAuditLog("model").at(-1)).toMatchObject({
      setting: { value: "treatment_a" },
      affected: [{ flag: "model", to: { value: "treatment_a" } }],
    });
    expect(flags.verify()).toMatchObject({ ok: true, entries: 6 });
  });

  it("is told once: the same name again is no change", () => {
    const flags = create();
    expect(flags.setFlag("model", "treatment_a")).toBe(true);
    expect(flags.setFlag("model", "treatment_a")).toBe(false);
    const heard: unknown[] = [];
    flags.onFlagChanged("model", (change) => heard.push(change));
    flags.setRule("model", { serve: "treatment_a" });
    expect(heard).toEqual([]);
  });

  it("compares names with what the definition expects and whether it is frozen", () => {
    const { logger, lines } = recorder();
    const watched = defineFlags({
      it: flag.experiment(
        { a: 1, b: 1 },
        { default: "a", payloads: { a: 1, b: 2 }, rule: { serve: "a" }, expect: { test: "b" }, status: "frozen" },
      ),
    });
    const flags = createFlags(watched, { ...withVariables({ NODE_ENV: "test" }), logger });
    open.push(flags);
    flags.setFlag("it", "b");
    const warnings = lines.filter(({ level }) => level === "warn").map(({ message }) => message);
    expect(warnings).toEqual([
      'flag "it" should be "b" in test, and is "a"',
      'flag "it" is frozen, and is turned on all the same',
    ]);
  });

  it("explains by names; what was answered has both", () => {
    const flags = create();
    flags.setFlag("model", "treatment_a");
    const explanation = flags.explain("model", { userId: "ana" });
    expect(explanation.resolution).toMatchObject({ value: payloads.treatment_a, variant: "treatment_a" });
    expect(explanation.steps.find(({ step }) => step === "overrides")?.value).toBe("treatment_a");
    expect(explanation.steps.at(-1)).toMatchObject({ step: "default", value: "control" });
    const text = formatExplanation(explanation);
    expect(text).toContain('model = "treatment_a"  (STATIC, by overrides)');
    expect(text).not.toContain("temperature");
  });

  it("is in the metadata, with its payloads and without its schema", () => {
    const metadata = create().getFlagMetadata("shaped");
    expect(metadata.payloads).toEqual({ a: { hosts: ["x", "y"] }, b: { hosts: ["z"] } });
    expect(metadata).not.toHaveProperty("schema");
    expect(metadata.default).toBe("a");
  });
});
