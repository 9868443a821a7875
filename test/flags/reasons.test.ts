import { type Context, errorCodes, flag } from "burgee";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { isolated, looseFlags, withVariables } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

describe("reason and source", () => {
  const definitions = {
    f: flag.boolean({ default: false }),
    listed: flag.boolean({ default: false, rule: { allow: ["ana"], deny: ["eve"], rollout: 50 } }),
    model: flag.experiment({ a: 1, b: 1 }, { default: "a" }),
    parent: flag.boolean({ default: false }),
    child: flag.boolean({ default: true, dependsOn: ["parent"] }),
    costly: flag.boolean({ default: false, requires: z.object({ KEY: z.string() }) }),
  };
  const ask = (name: string, context: Context = {}, act = (_: ReturnType<typeof looseFlags>) => {}) => {
    const flags = looseFlags(definitions);
    act(flags);
    const { value, reason, source, detail } = flags.evaluate(name, context);
    return { value, reason, source, ...(detail !== undefined && { detail }) };
  };

  it("is STATIC for a constant from any source", () => {
    const fromEnv = looseFlags(definitions, withVariables({ FLAG_F: "on" }));
    expect(fromEnv.evaluate("f")).toMatchObject({ value: true, reason: "STATIC", source: "env" });
    const fromProfile = looseFlags(definitions, { profile: profileFile("feature_flags:\n  f: true\n").path });
    expect(fromProfile.evaluate("f")).toMatchObject({ value: true, reason: "STATIC", source: "profile" });
    expect(ask("f", {}, (flags) => flags.setFlag("f", true))).toMatchObject({ reason: "STATIC", source: "overrides" });
    expect(ask("f", {}, (flags) => flags.setRollout("f", 100))).toMatchObject({ reason: "STATIC" });
  });

  it("is DEFAULT for the definition's default and for no unit", () => {
    expect(ask("f")).toEqual({ value: false, reason: "DEFAULT", source: "default" });
    expect(ask("listed")).toEqual({ value: false, reason: "DEFAULT", source: "rollout", detail: "no unit" });
  });

  it("is TARGETING_MATCH for a list", () => {
    expect(ask("listed", { userId: "ana" })).toMatchObject({ value: true, reason: "TARGETING_MATCH" });
    expect(ask("listed", { userId: "eve" })).toMatchObject({ value: false, reason: "TARGETING_MATCH" });
  });

  it("is SPLIT for whatever was hashed, in or out", () => {
    const answers = Array.from({ length: 50 }, (_, user) => ask("listed", { userId: `u${user}` }));
    expect(new Set(answers.map(({ reason }) => reason))).toEqual(new Set(["SPLIT"]));
    expect(new Set(answers.map(({ value }) => value))).toEqual(new Set([true, false]));
    expect(ask("model", { userId: "u1" })).toMatchObject({ reason: "SPLIT", source: "rollout" });
  });

  it("is DISABLED for kill, dependency and requirement", () => {
    expect(ask("f", {}, (flags) => flags.kill("f"))).toEqual({ value: false, reason: "DISABLED", source: "kill" });
    expect(ask("child")).toEqual({ value: false, reason: "DISABLED", source: "dependency" });
    const tolerant = looseFlags(
      { costly: { ...definitions.costly, default: true } },
      { ...isolated, onInvalid: "warn" },
    );
    expect(tolerant.evaluate("costly")).toMatchObject({ value: false, reason: "DISABLED", source: "requirement" });
  });

  it("is ERROR with one of the stable codes otherwise", () => {
    const { reason, errorCode } = looseFlags(definitions).evaluate("nope");
    expect(reason).toBe("ERROR");
    expect(Object.keys(errorCodes)).toContain(errorCode);
  });

  it("names the variant of flags that have names for their values, and only theirs", () => {
    const flags = looseFlags({
      backend: flag.oneOf(["sqlite", "postgresql"], { default: "sqlite" }),
      model: flag.experiment({ a: 1, b: 1 }, { default: "a" }),
      limit: flag.number({ default: 10 }),
    });
    expect(flags.evaluate("backend")).toMatchObject({ value: "sqlite", variant: "sqlite" });
    expect(flags.evaluate("model", { userId: "u1" }).variant).toBe(flags.value("model", { userId: "u1" }));
    expect(flags.evaluate("limit")).not.toHaveProperty("variant");
    flags.kill("backend");
    expect(flags.evaluate("backend")).toMatchObject({ variant: "sqlite", source: "kill" });
  });
});

describe("the base context", () => {
  const half = { f: flag.boolean({ default: false, rule: { rollout: 50, by: "region" } }) };

  it("gives its attributes to every evaluation that does not have them", () => {
    const regions = Array.from({ length: 40 }, (_, index) => `r${index}`);
    const plain = looseFlags(half);
    for (const region of regions) {
      const based = looseFlags(half, { context: { region } });
      expect(based.isEnabled("f")).toBe(plain.isEnabled("f", { region }));
      expect(based.isEnabled("f", { userId: "u1" })).toBe(plain.isEnabled("f", { region }));
      expect(based.isEnabled("f", { region: "r0" })).toBe(plain.isEnabled("f", { region: "r0" }));
    }
  });

  it("is there for custom resolvers too, behind what the call says", () => {
    const seen: Context[] = [];
    const flags = looseFlags(
      { f: flag.boolean({ default: false }) },
      {
        context: { region: "eu", service: "web" },
        resolvers: [{ name: "spy", prepare: () => ({ decide: (context) => void seen.push(context) }) }],
      },
    );
    seen.length = 0;
    flags.isEnabled("f", { region: "us" });
    flags.isEnabled("f");
    expect(seen).toEqual([
      { region: "us", service: "web" },
      { region: "eu", service: "web" },
    ]);
  });

  it("names the instance that `by: instance` hashes, unless the option does", () => {
    const definitions = { f: flag.boolean({ default: false, rule: { allow: ["host-1"], by: "instance" } }) };
    expect(looseFlags(definitions, { context: { instance: "host-1" } }).isEnabled("f")).toBe(true);
    expect(looseFlags(definitions, { instance: "host-1" }).isEnabled("f")).toBe(true);
    const both = { context: { instance: "host-1" }, instance: "host-2" };
    expect(looseFlags(definitions, both).isEnabled("f")).toBe(false);
    expect(looseFlags(definitions, { context: { instance: 7 } }).isEnabled("f")).toBe(false);
  });
});
