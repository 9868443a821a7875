import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { flag } from "../../src/registry/flag.js";
import { defineFlags, type RegisteredFlag } from "../../src/registry/registry.js";
import { envResolver, variableName } from "../../src/resolvers/env.js";
import { readEnvironment } from "../../src/resolvers/environment.js";

const folder = mkdtempSync(join(tmpdir(), "burgee-env-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { flags } = defineFlags({
  new_checkout: flag.boolean({ default: false }),
  "search.v2-beta": flag.boolean({ default: false }),
  whatsapp: flag.boolean({ default: false, env: "FEATURE_WHATSAPP" }),
  database_type: flag.oneOf(["sqlite", "postgresql"], { default: "sqlite" }),
  max_upload_mb: flag.number({ default: 10 }),
  greeting: flag.string({ default: "hello" }),
  limits: flag.json(z.object({ perMinute: z.number() }), { default: { perMinute: 60 } }),
});

function named(name: string): RegisteredFlag {
  const found = flags.get(name);
  if (found === undefined) throw new Error(`no flag ${name}`);
  return found;
}

function resolve(variables: Record<string, string>, prefix = "APP_", files: string[] = []) {
  const { resolver, problems, warnings } = envResolver(flags.values(), readEnvironment({ files, variables }), prefix);
  return { resolver, problems, warnings, prepare: (name: string) => resolver.prepare(named(name)) };
}

describe("variableName", () => {
  it("is prefix and name in upper case, unless the definition names it", () => {
    expect(variableName(named("new_checkout"), "VICTOR_FEATURE_")).toBe("VICTOR_FEATURE_NEW_CHECKOUT");
    expect(variableName(named("search.v2-beta"), "APP_")).toBe("APP_SEARCH_V2_BETA");
    expect(variableName(named("whatsapp"), "APP_")).toBe("FEATURE_WHATSAPP");
  });
});

describe("envResolver", () => {
  it("answers with what the variables say, and abstains where there is none", () => {
    const { resolver, prepare, problems, warnings } = resolve({
      APP_NEW_CHECKOUT: "25%",
      APP_SEARCH_V2_BETA: " Yes ",
      FEATURE_WHATSAPP: "on",
      APP_MAX_UPLOAD_MB: "2.5",
      APP_LIMITS: '{"perMinute": 5}',
      APP_DATABASE_TYPE: "",
    });
    expect(resolver.name).toBe("env");
    expect(prepare("new_checkout")).toEqual({ rule: { rollout: 25 }, place: "APP_NEW_CHECKOUT" });
    expect(prepare("search.v2-beta")).toEqual({ value: true, place: "APP_SEARCH_V2_BETA" });
    expect(prepare("whatsapp")).toEqual({ value: true, place: "FEATURE_WHATSAPP" });
    expect(prepare("max_upload_mb")).toEqual({ value: 2.5, place: "APP_MAX_UPLOAD_MB" });
    expect(prepare("limits")).toEqual({ value: { perMinute: 5 }, place: "APP_LIMITS" });
    expect(prepare("database_type")).toBeUndefined();
    expect(prepare("greeting")).toBeUndefined();
    expect(Object.isFrozen(prepare("whatsapp"))).toBe(true);
    expect([problems, warnings]).toEqual([[], []]);
  });

  it("refuses what is no value, and has no answer for that flag", () => {
    const { prepare, problems } = resolve({
      APP_NEW_CHECKOUT: "maybe",
      APP_DATABASE_TYPE: "postgres",
      APP_GREETING: "hi",
    });
    expect(problems).toEqual([
      {
        code: "INVALID_VALUE",
        flag: "new_checkout",
        place: "APP_NEW_CHECKOUT",
        message: '"maybe" is not a boolean; write true or false (or yes/no, on/off, enabled/disabled, 1/0)',
      },
      {
        code: "INVALID_VALUE",
        flag: "database_type",
        place: "APP_DATABASE_TYPE",
        message: '"postgres" is not one of sqlite, postgresql; did you mean "postgresql"?',
      },
    ]);
    expect(prepare("new_checkout")).toBeUndefined();
    expect(prepare("greeting")).toEqual({ value: "hi", place: "APP_GREETING" });
  });

  it("says which file and line a variable comes from", () => {
    const path = join(folder, "prod.env");
    writeFileSync(path, "\n\nAPP_NEW_CHECKOUT=soon\nAPP_GREETING=hi\n");
    const { prepare, problems } = resolve({}, "APP_", [path]);
    expect(problems[0]?.place).toBe(`APP_NEW_CHECKOUT (${path}:3)`);
    expect(prepare("greeting")?.place).toBe(`APP_GREETING (${path}:4)`);
  });

  it("refuses flags that meet in one variable, and answers for none of them", () => {
    const meeting = defineFlags({
      "a-b": flag.boolean({ default: false }),
      "a.b": flag.boolean({ default: false }),
      other: flag.boolean({ default: false, env: "APP_A_B" }),
      free: flag.boolean({ default: false }),
    });
    const environment = readEnvironment({ files: [], variables: { APP_A_B: "true", APP_FREE: "true" } });
    const { resolver, problems } = envResolver(meeting.flags.values(), environment, "APP_");
    expect(problems).toEqual([
      {
        code: "INVALID_DEFINITION",
        flag: "other",
        place: "APP_A_B",
        message:
          'the flags "a-b", "a.b" and "other" would all be set by APP_A_B; give them variables of their own with `env`',
      },
    ]);
    const prepared = [...meeting.flags.values()].map((item) => resolver.prepare(item)?.place);
    expect(prepared).toEqual([undefined, undefined, undefined, "APP_FREE"]);
  });

  it("warns of variables under the prefix that set no flag", () => {
    const { warnings, problems } = resolve({
      APP_NEW_CHEKOUT: "true",
      APP_SOMETHING_ELSE_ENTIRELY: "1",
      APP_NEW_CHECKOUT: "true",
      BURGEE_PROFILE: "staging",
      PATH: "/bin",
      FEATURE_WHATSAP: "1",
    });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      {
        code: "FLAG_NOT_FOUND",
        place: "APP_NEW_CHEKOUT",
        message: 'sets no flag; did you mean "APP_NEW_CHECKOUT"?',
      },
      {
        code: "FLAG_NOT_FOUND",
        place: "APP_SOMETHING_ELSE_ENTIRELY",
        message: "sets no flag",
      },
    ]);
  });

  it("does not warn of a flag's own `env`, of BURGEE_PROFILE, or without a prefix", () => {
    expect(resolve({ FEATURE_WHATSAPP: "1" }, "FEATURE_").warnings).toEqual([]);
    expect(resolve({ BURGEE_PROFILE: "staging" }, "BURGEE_").warnings).toEqual([]);
    expect(resolve({ HOME: "/root", NEW_CHEKOUT: "1" }, "").warnings).toEqual([]);
  });

  it("never throws, whatever the variables hold", () => {
    const names = fc.constantFrom(
      ...[...flags.values()].map((item) => variableName(item, "APP_")),
      "APP_OTHER",
      "__proto__",
    );
    const texts = fc.oneof(fc.string(), fc.constantFrom("true", "25%", "-5%", "{}", "1e999", '{"perMinute":1}'));
    fc.assert(
      fc.property(fc.dictionary(names, texts), (variables) => {
        const { problems, prepare } = resolve(variables);
        for (const { name } of flags.values()) {
          const variable = variableName(named(name), "APP_");
          const bad = problems.some((problem) => problem.flag === name);
          expect(prepare(name) !== undefined).toBe(!bad && (variables[variable] ?? "") !== "");
        }
      }),
      { numRuns: 1000 },
    );
  });
});
