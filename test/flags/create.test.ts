import { join } from "node:path";
import { createFlags, defineFlags, type FlagsOptions, flag, type Resolver, resolver } from "burgee";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { labletFlags } from "../../examples/tour/registry/lablet.js";
import { temporaryFolder } from "../changes/fixtures/temporary-folder.js";
import { errorsOf, isolated, looseFlags, recorder, settled, thrownBy, withVariables } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

const definitions = {
  open: flag.boolean({ default: true }),
  limit: flag.number({ default: 10 }),
  chat: flag.boolean({ default: false, requires: z.object({ TOKEN: z.string() }) }),
};
const bad = {
  variables: { FLAG_OPEN: "maybe", FLAG_CHAT: "on" },
  profile: "feature_flags:\n  limit: many\n  opne: true\n  open: { rollout: 5, slat: x }\n",
};

function create(options: FlagsOptions, text = bad.profile) {
  const { path } = profileFile(text);
  const env = { variables: bad.variables, files: [] };
  return { path, make: () => looseFlags(definitions, { env, profile: path, ...options }) };
}

const warningsOf = (lines: ReturnType<typeof recorder>["lines"]) =>
  lines.filter(({ level }) => level === "warn").map(({ message }) => message);

describe("a bad configuration", () => {
  it("is refused with ONE error that has every problem and its place", () => {
    const { path, make } = create({});
    const error = thrownBy(make);
    expect(error.code).toBe("INVALID_CONFIGURATION");
    expect(error.problems.map(({ code, place, flag: name }) => [code, place, name])).toEqual([
      ["INVALID_VALUE", "FLAG_OPEN", "open"],
      ["INVALID_VALUE", `${path}:2:10`, "limit"],
      ["FLAG_NOT_FOUND", `${path}:3:3`, "opne"],
      ["INVALID_RULE", `${path}:4:23`, "open"],
      ["REQUIREMENT_UNMET", "FLAG_CHAT", "chat"],
    ]);
    expect(error.message.split("\n")).toEqual([
      "the flags cannot be created (5 problems)",
      '  FLAG_OPEN: "maybe" is not a boolean; write true or false (or yes/no, on/off, enabled/disabled, 1/0)',
      `  ${path}:2:10: "many" is not a number`,
      `  ${path}:3:3: unknown flag "opne"; did you mean "open"?`,
      `  ${path}:4:23: a rule has no \`slat\`; did you mean "salt"?`,
      '  FLAG_CHAT: flag "chat" requires TOKEN (missing); set the variables, or turn it off',
    ]);
  });

  it("falls back to what stands below with `onInvalid: warn`, and warns of each problem", () => {
    const { logger, lines } = recorder();
    const { path, make } = create({ onInvalid: "warn", logger });
    const flags = make();
    expect(flags.getAllFlags()).toEqual({ open: true, limit: 10, chat: false });
    expect(warningsOf(lines)).toEqual([
      expect.stringContaining('FLAG_OPEN: "maybe" is not a boolean'),
      `${path}:2:10: "many" is not a number`,
      expect.stringContaining(`${path}:3:3: unknown flag "opne"`),
      expect.stringContaining(`${path}:4:23: a rule has no`),
    ]);
    expect(lines.find(({ level }) => level === "warn")?.details).toEqual({ code: "INVALID_VALUE", flag: "open" });
  });

  it("is refused even so where two flags meet in one variable", () => {
    const clash = { "a-b": flag.boolean({ default: false }), a_b: flag.boolean({ default: false }) };
    const error = thrownBy(() => looseFlags(clash, { onInvalid: "warn" }));
    expect(error.problems).toMatchObject([{ code: "INVALID_DEFINITION", place: "FLAG_A_B" }]);
    expect(looseFlags(clash, { env: false }).isEnabled("a_b")).toBe(false);
  });

  it("tolerates the flags of other services with `unknown: warn`, and nothing else", () => {
    const { logger, lines } = recorder();
    const text = "feature_flags:\n  limit: 20\n  theirs: { anything: [goes] }\n";
    const env = { variables: {}, files: [] };
    const { path, make } = create({ unknown: "warn", logger, env }, text);
    expect(make().value("limit")).toBe(20);
    expect(warningsOf(lines)).toEqual([`${path}:3:3: unknown flag "theirs"`]);
    const { make: worse } = create({ unknown: "warn", env }, `${text}  open: maybe\n`);
    expect(thrownBy(worse).problems).toHaveLength(1);
  });

  it("is no variable under the prefix that no flag has: that is a warning with the nearest name", () => {
    const { logger, lines } = recorder();
    looseFlags(definitions, { ...withVariables({ FLAG_LIMT: "5", FLAG_OLD_THING: "on", OTHER: "x" }), logger });
    expect(warningsOf(lines)).toEqual([
      expect.stringMatching(/^FLAG_LIMT: .*; did you mean "FLAG_LIMIT"\?$/),
      expect.stringMatching(/^FLAG_OLD_THING: [^;]*$/),
    ]);
  });
});

describe("a profile that does not exist", () => {
  const nowhere = () => join(temporaryFolder(), "nowhere.yaml");

  it("is refused where it was asked for", () => {
    const path = nowhere();
    for (const profile of [path, { path }]) {
      expect(thrownBy(() => looseFlags(definitions, { profile })).problems).toEqual([
        {
          code: "INVALID_CONFIGURATION",
          place: path,
          message: "the profile does not exist; create it, or mend `profile.path`",
        },
      ]);
    }
  });

  it("is nothing where nobody asked", () => {
    const { profile: _, ...unasked } = isolated;
    expect(looseFlags(definitions, { ...unasked, profile: undefined }).isEnabled("open")).toBe(true);
    expect(looseFlags(definitions, { profile: { watch: false } }).isEnabled("open")).toBe(true);
  });

  it("is told apart from one that cannot be read", () => {
    const path = temporaryFolder();
    expect(thrownBy(() => looseFlags(definitions, { profile: path })).problems).toEqual([
      { code: "INVALID_CONFIGURATION", place: path, message: "is a folder and not a file" },
    ]);
  });
});

describe("a section of the profile", () => {
  const text = "feature_flags:\n  limit: 1\nprofiles:\n  staging:\n    feature_flags:\n      limit: 2\n";

  it.each([
    [{}, {}, 1],
    [{ name: "staging" }, {}, 2],
    [{}, { BURGEE_PROFILE: "staging", NODE_ENV: "production" }, 2],
    [{}, { NODE_ENV: "staging" }, 2],
  ])("is chosen by %j or %j", (profile, variables, limit) => {
    const { path } = profileFile(text);
    const env = { variables: variables as Record<string, string>, files: [] };
    expect(looseFlags(definitions, { env, profile: { path, ...profile } }).value("limit")).toBe(limit);
  });
});

describe("three features of which each needs the one before", () => {
  it("are all off, with warnings, where only the first is", () => {
    const { logger, lines } = recorder();
    const variables = { LABLET_ENABLED: "false", SCHEDULER_ENABLED: "true", CONTROLLER_ENABLED: "true" };
    const flags = createFlags(labletFlags, { ...withVariables(variables), logger });
    expect(flags.getAllFlags()).toEqual({ lablet_enabled: false, scheduler_enabled: false, controller_enabled: false });
    expect(warningsOf(lines)).toEqual([
      'flag "scheduler_enabled" is off because "lablet_enabled" is',
      'flag "controller_enabled" is off because "lablet_enabled" is',
    ]);
    const on = createFlags(labletFlags, withVariables({ ...variables, LABLET_ENABLED: "true" }));
    expect(Object.values(on.getAllFlags())).toEqual([true, true, true]);
  });
});

describe("a resolver that fails", () => {
  const registry = defineFlags({ open: flag.boolean({ default: true }), limit: flag.number({ default: 10 }) });
  const failing = (name: string): Resolver =>
    resolver(name, () => {
      throw new Error(`no ${name}`);
    });

  it("is neither an abstention nor false: the walk goes on, and the error comes once the caller can listen", async () => {
    const { logger, lines } = recorder();
    const flags = createFlags(registry, { ...isolated, logger, resolvers: [failing("db"), "rollout"] });
    const errors = errorsOf(flags);
    expect(flags.isEnabled("open")).toBe(true);
    expect(errors).toEqual([]);
    await settled();
    expect(errors.map(({ code, flag: name, message }) => [code, name, message])).toEqual([
      ["RESOLVER_FAILED", "open", 'resolver "db" failed for flag "open": no db; the walk goes on without it'],
      ["RESOLVER_FAILED", "limit", 'resolver "db" failed for flag "limit": no db; the walk goes on without it'],
    ]);
    expect(lines.filter(({ level }) => level === "error")).toHaveLength(2);
  });

  it("is told of once a minute for each resolver and flag", async () => {
    let now = Date.UTC(2027, 0, 1);
    const resolvers = [failing("db"), failing("cache")];
    const flags = createFlags(registry, { ...isolated, clock: () => now, resolvers });
    const errors = errorsOf(flags);
    await settled();
    expect(errors).toHaveLength(4);
    const ask = async (times: number) => {
      errors.length = 0;
      for (let turn = 0; turn < times; turn++) flags.isEnabled("open");
      await settled();
      return errors.map(({ message }) => message.split(":")[0]);
    };
    expect(await ask(100)).toEqual([]);
    now += 59_999;
    expect(await ask(100)).toEqual([]);
    now += 1;
    expect(await ask(100)).toEqual(['resolver "db" failed for flag "open"', 'resolver "cache" failed for flag "open"']);
    expect(await ask(100)).toEqual([]);
  });
});
