import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { type Ended, runExample } from "./child.js";

const tour = (words: readonly string[] = ["--once"], variables: Readonly<Record<string, string>> = {}, cwd?: string) =>
  runExample("tour/main.ts", words, variables, cwd);

/** The row of a flag in the printed table, by column. */
function row({ stdout }: Ended, flag: string): string[] {
  const line = stdout.split("\n").find((candidate) => candidate.startsWith(`${flag} `)) ?? "";
  return line.split(/ {2,}/);
}

/** The shares that were printed: answer → [share, target]. */
function shares({ stdout }: Ended, flag: string): Record<string, number[]> {
  const lines = stdout.matchAll(new RegExp(`^  ${flag} +(\\w+) +([\\d.]+) %   target +([\\d.]+) %$`, "gm"));
  return Object.fromEntries([...lines].map(([, answer, share, target]) => [answer, [Number(share), Number(target)]]));
}

describe("the tour in development", () => {
  it("ends well, and prints nothing wider than 120 columns", async () => {
    const ended = await tour();
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^26 flags in development/);
    expect(ended.stdout.split("\n").filter((line) => line.length > 120)).toEqual([]);
    expect(ended.stdout).not.toContain("\u001b");
  });

  it("shows each flag with its value, source, place and reason", async () => {
    const ended = await tour();
    expect(row(ended, "flag")).toEqual(["flag", "value", "source", "where", "reason"]);
    expect(row(ended, "image_generation_enabled")).toEqual([
      "image_generation_enabled",
      "true",
      "env",
      "FEATURE_IMAGE_GENERATION_ENABLED (.env:3)",
      "STATIC",
    ]);
    expect(row(ended, "lazy_loading_enabled").slice(0, 3)).toEqual(["lazy_loading_enabled", "true", "profile"]);
    expect(row(ended, "lazy_loading_enabled")[3]).toMatch(/^profiles\.yaml:\d+:\d+$/);
    expect(row(ended, "enable_fsdp")).toEqual(["enable_fsdp", "false", "default", "definition", "DEFAULT"]);
    expect(row(ended, "new_checkout").slice(0, 3)).toEqual(["new_checkout", "25 %", "rollout"]);
    expect(row(ended, "answer_model").slice(0, 3)).toEqual(["answer_model", "50/25/25", "rollout"]);
  });

  it("spreads 100,000 users as it was told to", async () => {
    const ended = await tour();
    for (const flag of ["new_checkout", "answer_model"]) {
      const printed = Object.entries(shares(ended, flag));
      expect(printed.length).toBe(flag === "new_checkout" ? 2 : 3);
      for (const [answer, [share = 0, target = 0]] of printed) {
        expect(Math.abs(share - target), `${flag} ${answer}`).toBeLessThan(0.5);
      }
    }
    expect(shares(ended, "answer_model").control?.[1]).toBe(50);
    expect(shares(ended, "new_checkout").on?.[1]).toBe(25);
  });

  it("tells its story: a refusal, changes that are heard, a kill, a revival, and an audit log that holds", async () => {
    const { stdout } = await tour();
    expect(stdout).toMatch(
      /refused, DEPENDENCY_UNMET: [^\n]*self_improvement_enabled[^\n]*(\n {6,}[^\n]*)*dynamic_skills_enabled/,
    );
    expect(stdout).toMatch(/heard of dynamic_skills_enabled: skills are loaded/);
    expect(stdout).toMatch(/heard of \*: dynamic_skills_enabled false → true \(set\)/);
    expect(stdout).toMatch(
      /heard of \*: self_improvement_enabled true → false \(dependency, because of dynamic_skills_/,
    );
    const actions = [...stdout.matchAll(/^ {2}#(\d+) .*Z {2}(\w+)/gm)].map(([, number, action]) => [
      Number(number),
      action,
    ]);
    expect(actions.map(([number]) => number)).toEqual(actions.map((_, index) => actions.length - index));
    expect(actions.map(([, action]) => action)).toEqual(["reset", "revive", "kill", "set", "set"]);
    expect(stdout).toMatch(/the chain of 5 entries is whole/);
  });

  it("logs to stderr at the level of the .env, and to stdout not at all", async () => {
    const { stdout, stderr } = await tour();
    expect(stdout).not.toMatch(/^\{/m);
    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { level: number });
    expect(lines.some(({ level }) => level === 30)).toBe(true);
    const quiet = await tour(["--once"], { LOG_LEVEL: "SILENT" });
    expect(quiet).toMatchObject({ code: 0, stderr: "" });
  });

  it("runs from another folder", async () => {
    expect(await tour(["--once"], {}, tmpdir())).toMatchObject({ code: 0 });
  });

  it("ends by itself where nobody watches, without --once too", async () => {
    expect(await tour([])).toMatchObject({ code: 0 });
  });
});

describe("the tour with other variables", () => {
  it("goes well where a variable pins the flag of the story", async () => {
    const ended = await tour(["--once"], { VICTOR_FEATURE_DYNAMIC_SKILLS_ENABLED: "true" });
    expect(ended.code).toBe(0);
    expect(row(ended, "dynamic_skills_enabled")).toEqual([
      "dynamic_skills_enabled",
      "true",
      "env",
      "VICTOR_FEATURE_DYNAMIC_SKILLS_ENABLED",
      "STATIC",
    ]);
    expect(ended.stdout).toMatch(/refused, FLAG_PINNED: [^\n]*(\n {6,}[^\n]*)*VICTOR_FEATURE_DYNAMIC_SKILLS_ENABLED/);
    expect(ended.stdout).not.toContain("DEPENDENCY_UNMET");
    expect(ended.stdout).toMatch(/the chain of \d entries is whole/);
  });

  it.each([
    ["VICTOR_FEATURE_DYNAMIC_SKILLS_ENABLED", "false"],
    ["VICTOR_FEATURE_DYNAMIC_SKILLS_ENABLED", "25%"],
    ["VICTOR_FEATURE_SELF_IMPROVEMENT_ENABLED", "true"],
    ["VICTOR_FEATURE_SELF_IMPROVEMENT_ENABLED", "off"],
    ["VICTOR_FEATURE_ANSWER_MODEL", "treatment_a"],
    ["VICTOR_FEATURE_NO_SUCH_FLAG", "true"],
    ["NODE_ENV", "test"],
  ])("goes well with %s=%s", async (variable, value) => {
    expect(await tour(["--once"], { [variable]: value })).toMatchObject({ code: 0 });
  });

  it("measures the rollout that a variable asks for", async () => {
    const ended = await tour(["--once"], { VICTOR_FEATURE_NEW_CHECKOUT: "60%" });
    expect(row(ended, "new_checkout").slice(0, 3)).toEqual(["new_checkout", "60 %", "env"]);
    expect(shares(ended, "new_checkout").on?.[1]).toBe(60);
    expect(Math.abs((shares(ended, "new_checkout").on?.[0] ?? 0) - 60)).toBeLessThan(0.5);
  });

  it.each([
    ["BURGEE_PROFILE", "staging", "postgresql", "true"],
    ["NODE_ENV", "staging", "postgresql", "true"],
    ["BURGEE_PROFILE", "production", "postgresql", "false"],
    ["NODE_ENV", "production", "postgresql", "false"],
    ["NODE_ENV", "development", "sqlite", "true"],
  ])("reads the files of the environment that %s=%s asks for", async (variable, environment, database, docs) => {
    const ended = await tour(["--once"], { [variable]: environment });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain(`26 flags in ${environment} (${variable})`);
    expect(row(ended, "database_type")[1]).toBe(database);
    expect(row(ended, "api_docs_enabled")[1]).toBe(docs);
  });
});

describe("a configuration that cannot be used", () => {
  it.each([
    [{ VICTOR_FEATURE_DYNAMIC_SKILLS_ENABLED: "maybe" }, /VICTOR_FEATURE_DYNAMIC_SKILLS_ENABLED: .*"maybe"/],
    [{ FEATURE_WHATSAPP_ENABLED: "true" }, /WHATSAPP_TOKEN/],
    [{ FEATURE_DATABASE_TYPE: "mysql" }, /FEATURE_DATABASE_TYPE.*"mysql".*sqlite, postgresql/],
    [{ BURGEE_PROFILE: "moon" }, /BURGEE_PROFILE: there is no moon/],
    [{ LOG_LEVEL: "loud" }, /LOG_LEVEL: there is no level loud/],
  ])("ends with 1 and says why: %j", async (variables, message) => {
    const { code, stdout, stderr } = await tour(["--once"], variables);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("names every problem at once", async () => {
    const variables = { VICTOR_FEATURE_LAZY_LOADING_ENABLED: "perhaps", RATE_LIMIT_ENABLED: "seldom" };
    const { code, stderr } = await tour(["--once"], variables);
    expect(code).toBe(1);
    expect(stderr).toMatch(/VICTOR_FEATURE_LAZY_LOADING_ENABLED: /);
    expect(stderr).toMatch(/RATE_LIMIT_ENABLED: /);
  });

  it("refuses a profile that is not there", async () => {
    const { code, stderr } = await tour(["--once", "--profile", "/no/such/profiles.yaml"]);
    expect(code).toBe(1);
    expect(stderr).toContain("/no/such/profiles.yaml");
  });
});

describe("the command line", () => {
  it("prints its usage for --help", async () => {
    const { code, stdout, stderr } = await tour(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: /);
  });

  it.each([[["--twice"]], [["production"]], [["--profile"]], [["--once=no"]], [["--on"]], [["--off="]]])(
    "refuses %j with 2",
    async (words) => {
      const { code, stdout, stderr } = await tour(words);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/\n\nUsage: /);
    },
  );
});
