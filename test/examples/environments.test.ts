import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createFlags, type InferFlags } from "burgee";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { registry } from "../../examples/tour/registry/index.js";
import { flagsWith } from "./documented.js";

type Environment = "development" | "staging" | "production";
type Values = Partial<InferFlags<typeof registry>>;

const tour = (path: string) => fileURLToPath(new URL(`../../examples/tour/${path}`, import.meta.url));
const files = { development: ".env", staging: "config/staging.env", production: "config/prod.env" };

/** The flags as the tour has them in one environment, whatever the variables of this process are. */
function flagsIn(environment: Environment, warnings: string[] = []) {
  const warn = (_details: object, message: string) => warnings.push(message);
  return createFlags(registry, {
    env: { prefix: "VICTOR_FEATURE_", files: [tour(files[environment])], variables: {} },
    profile: { path: tour("profiles.yaml"), name: environment },
    logger: { info: () => undefined, warn, error: warn },
  });
}

const documented: Readonly<Record<Environment, { flags: Values; logLevel: string }>> = {
  development: {
    flags: {
      whatsapp_enabled: false,
      image_generation_enabled: true,
      database_type: "sqlite",
      api_docs_enabled: true,
      rate_limit_enabled: false,
    },
    logLevel: "DEBUG",
  },
  staging: {
    flags: {
      whatsapp_enabled: false,
      image_generation_enabled: false,
      database_type: "postgresql",
      api_docs_enabled: true,
      rate_limit_enabled: true,
    },
    logLevel: "INFO",
  },
  production: {
    flags: {
      whatsapp_enabled: false,
      image_generation_enabled: false,
      database_type: "postgresql",
      api_docs_enabled: false,
      rate_limit_enabled: true,
      security_headers_enabled: true,
    },
    logLevel: "INFO",
  },
};

const environments: readonly Environment[] = ["development", "staging", "production"];

describe.each(environments)("%s", (environment) => {
  it("has the documented values, each from its file", async () => {
    const flags = flagsIn(environment);
    const { flags: expected } = documented[environment];
    expect(flags.getAllFlags()).toMatchObject(expected);
    for (const name of Object.keys(expected) as (keyof Values)[]) {
      expect(flags.evaluate(name).source, name).toBe("env");
    }
    await flags.close();
  });

  it("leaves every flag that it does not name at its default", async () => {
    const flags = flagsIn(environment);
    expect(flags.getAllFlags()).toMatchObject({
      tts_cache_enabled: true,
      session_affinity_enabled: false,
      read_replica_enabled: false,
      multi_region_enabled: false,
      security_headers_enabled: true,
      enable_fsdp: false,
      enable_tabby: false,
      lablet_enabled: false,
      scheduler_enabled: false,
      controller_enabled: false,
      lazy_loading_enabled: true,
      parallel_execution_enabled: true,
    });
    await flags.close();
  });

  it("logs at the documented level", () => {
    expect(parse(readFileSync(tour(files[environment]))).LOG_LEVEL).toBe(documented[environment].logLevel);
  });

  it("is what its flags expect of it", async () => {
    const warnings: string[] = [];
    await flagsIn(environment, warnings).close();
    const expecting = registry.names.filter((name) => registry.flags.get(name)?.definition.expect !== undefined);
    expect(expecting).not.toEqual([]);
    expect(warnings.filter((warning) => expecting.some((name) => warning.includes(name)))).toEqual([]);
  });
});

describe("production", () => {
  it("warns where rate limiting is off", async () => {
    const warnings: string[] = [];
    const flags = createFlags(registry, {
      env: { prefix: "VICTOR_FEATURE_", files: [], variables: { RATE_LIMIT_ENABLED: "false", NODE_ENV: "production" } },
      profile: false,
      logger: { info: () => undefined, warn: (_details, message) => warnings.push(message), error: () => undefined },
    });
    expect(warnings.join("\n")).toMatch(/rate_limit_enabled/);
    await flags.close();
  });
});

describe("the phases of Lablet", () => {
  const phase = (lablet: boolean, scheduler: boolean, controller: boolean) =>
    flagsWith({
      LABLET_ENABLED: String(lablet),
      SCHEDULER_ENABLED: String(scheduler),
      CONTROLLER_ENABLED: String(controller),
    });

  it.each([
    ["1, foundation", true, false, false],
    ["2, scheduling", true, true, false],
    ["3, auto-scaling", true, true, true],
  ] as const)("%s", async (_title, lablet_enabled, scheduler_enabled, controller_enabled) => {
    const flags = phase(lablet_enabled, scheduler_enabled, controller_enabled);
    expect(flags.getAllFlags()).toMatchObject({ lablet_enabled, scheduler_enabled, controller_enabled });
    await flags.close();
  });

  it("rolls back by one variable: the process starts, warns, and all three are off", async () => {
    const warnings: string[] = [];
    const flags = createFlags(registry, {
      env: {
        prefix: "VICTOR_FEATURE_",
        files: [],
        variables: { LABLET_ENABLED: "false", SCHEDULER_ENABLED: "true", CONTROLLER_ENABLED: "true" },
      },
      profile: false,
      logger: { info: () => undefined, warn: (_details, message) => warnings.push(message), error: () => undefined },
    });
    const all = { lablet_enabled: false, scheduler_enabled: false, controller_enabled: false };
    expect(flags.getAllFlags()).toMatchObject(all);
    expect(flags.evaluate("scheduler_enabled")).toMatchObject({ source: "dependency", dependency: "lablet_enabled" });
    expect(flags.evaluate("controller_enabled")).toMatchObject({ source: "dependency", dependency: "lablet_enabled" });
    for (const name of ["scheduler_enabled", "controller_enabled"]) {
      expect(warnings.filter((warning) => warning.includes(name)).length, name).toBeGreaterThan(0);
    }
    await flags.close();
  });

  it("refuses the scheduler at run time while Lablet is off", async () => {
    const flags = flagsWith({});
    expect(() => flags.setFlag("scheduler_enabled", true)).toThrow(/lablet_enabled/);
    expect(() => flags.setFlag("controller_enabled", true)).toThrow(/lablet_enabled[\s\S]*scheduler_enabled/);
    await flags.close();
  });
});
