import { execFile } from "node:child_process";
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createFlags, defineFlags, flag, type Logger } from "burgee";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { isolated, looseFlags, recorder, withVariables } from "./fixtures/isolated.js";

const registry = defineFlags({
  open: flag.boolean({ default: false, rule: { allow: ["ana"] } }),
  limit: flag.number({ default: 10 }),
  mode: flag.oneOf(["a", "b"], { default: "a" }),
});
const anything = { "~standard": { version: 1, vendor: "own", validate: (value: unknown) => ({ value }) } };
const run = promisify(execFile);
const program = fileURLToPath(new URL("fixtures/logging-program.ts", import.meta.url));

/** What burgee's own logger writes in a process of its own, a JSON object a line. */
async function logged(variables: Record<string, string>, logger?: string) {
  const env = { PATH: process.env.PATH, ...variables };
  const { stdout, stderr } = await run(process.execPath, ["--import", "tsx", program, logger ?? ""], { env });
  expect(stdout).toBe("");
  const lines = stderr.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as { level: number; msg: string; name: string; code?: string });
}

describe("the start", () => {
  it("is one line with every flag's value, or its rule where there is no one value", () => {
    const { logger, lines } = recorder();
    const expected = (limit: number) => ({ open: { allow: ["ana"] }, limit, mode: "a" });
    createFlags(registry, { ...withVariables({ FLAG_LIMIT: "20" }), logger });
    expect(lines).toEqual([{ level: "info", message: "feature flags", details: { flags: expected(20) } }]);
    const based = recorder();
    createFlags(registry, { ...isolated, logger: based.logger, context: { userId: "ana" } });
    expect(based.lines[0]?.details).toEqual({ flags: expected(10) });
  });

  it("warns of frozen flags that are on, and of flags past their day", () => {
    const { logger, lines } = recorder();
    const clock = () => Date.UTC(2027, 1, 1, 12);
    looseFlags(
      {
        frozen_on: flag.boolean({ default: true, status: "frozen" }),
        frozen_off: flag.boolean({ default: false, status: "frozen" }),
        past: flag.boolean({ default: false, expires: "2027-01-31" }),
        future: flag.boolean({ default: false, expires: "2027-02-01" }),
      },
      { logger, clock },
    );
    expect(
      lines.filter(({ level }) => level === "warn").map(({ message, details }) => [details.flag, message]),
    ).toEqual([
      ["frozen_on", 'flag "frozen_on" is frozen, and is turned on all the same'],
      ["past", 'flag "past" expired on 2027-01-31; take it out of the code'],
    ]);
  });
});

describe("a change", () => {
  it("is an info line with what, from what, by whom, and why", () => {
    const { logger, lines } = recorder();
    const flags = createFlags(registry, { ...isolated, logger });
    lines.length = 0;
    flags.setFlag("limit", 20, { actor: "ana", reason: "launch", source: "ops" });
    flags.setRollout("open", 25);
    flags.setFlag("limit", 20);
    expect(lines).toEqual([
      {
        level: "info",
        message: 'flag "limit" changed',
        details: {
          flag: "limit",
          from: 10,
          to: 20,
          source: "ops",
          actor: "ana",
          reason: "launch",
          cause: { kind: "set" },
        },
      },
      {
        level: "info",
        message: 'flag "open" changed',
        details: { flag: "open", from: undefined, rule: { rollout: 25 }, source: "runtime", cause: { kind: "set" } },
      },
    ]);
  });

  it("warns where it is not what is expected of this environment", () => {
    const { logger, lines } = recorder();
    const flags = looseFlags(
      {
        f: flag.boolean({ default: true, expect: { production: true, test: false } }),
        sizes: { kind: "json", default: { max: 1 }, expect: { production: { max: 1 } }, schema: anything },
        child: flag.boolean({ default: true, dependsOn: ["f"], expect: { production: true } }),
        unasked: flag.boolean({ default: true }),
      },
      { ...withVariables({ NODE_ENV: "production" }), logger },
    );
    const warnings = () => lines.filter(({ level }) => level === "warn").map(({ message }) => message);
    expect(warnings()).toEqual([]);
    flags.setFlag("f", false);
    expect(warnings()).toContain('flag "f" should be true in production, and is false');
    expect(warnings()).toContain('flag "child" should be true in production, and is false');
    lines.length = 0;
    flags.setRollout("f", 50);
    expect(warnings()).toEqual([
      'flag "f" should be true in production, and is "decided by the context"',
      'flag "child" should be true in production, and is "decided by the context"',
    ]);
    lines.length = 0;
    flags.resetFlag("f");
    expect(warnings()).toEqual([]);
  });

  it.each([
    [{ NODE_ENV: "production", BURGEE_PROFILE: "staging" }, undefined, 'flag "f" should be false in staging'],
    [{ NODE_ENV: "production" }, undefined, 'flag "f" should be 2 in production'],
    [{ NODE_ENV: "other" }, undefined, undefined],
    [{}, undefined, undefined],
  ])("speaks of the environment that %j names", (variables, _, expected) => {
    const { logger, lines } = recorder();
    const f = { kind: "json", default: true, schema: anything, expect: { staging: false, production: 2 } };
    looseFlags({ f }, { ...withVariables(variables as Record<string, string>), logger });
    const warnings = lines.filter(({ level }) => level === "warn").map(({ message }) => message);
    expect(warnings).toEqual(expected === undefined ? [] : [`${expected}, and is true`]);
  });
});

describe("the logger", () => {
  it("is called as a method, as pino needs it", () => {
    class Mine implements Logger {
      readonly lines: string[] = [];
      info(_: object, message: string): void {
        this.lines.push(message);
      }
      warn(_: object, message: string): void {
        this.lines.push(message);
      }
      error(_: object, message: string): void {
        this.lines.push(message);
      }
    }
    const logger = new Mine();
    const flags = createFlags(registry, { ...isolated, logger });
    flags.kill("limit");
    flags.isEnabled("nope" as "open");
    expect(logger.lines).toHaveLength(2);
  });

  it("that throws disturbs nobody", () => {
    const fail = () => {
      throw new Error("disk full");
    };
    const flags = createFlags(registry, { ...isolated, logger: { info: fail, warn: fail, error: fail } });
    expect(flags.setFlag("limit", 20)).toBe(true);
    expect(flags.isEnabled("nope" as "open")).toBe(false);
  });

  it("of its own writes to stderr from the first line that it has to write", () => {
    const written: string[] = [];
    const spy = vi.spyOn(fs, "writeSync").mockImplementation((descriptor, text) => {
      written.push(`${descriptor} ${String(text)}`);
      return Buffer.byteLength(String(text));
    });
    onTestFinished(() => spy.mockRestore());
    const flags = createFlags(registry, { ...isolated, logger: "error" });
    flags.kill("limit");
    expect(written).toEqual([]);
    flags.isEnabled("nope" as "open");
    flags.isEnabled("nada" as "open");
    expect(written).toHaveLength(2);
    expect(written[0]).toMatch(/^2 \{"level":50,.*"name":"burgee","code":"FLAG_NOT_FOUND","flag":"nope"/);
  });

  it.each([
    { variables: {}, says: ["warn", "error"] },
    { variables: { LOG_LEVEL: "info" }, says: ["info", "warn", "error"] },
    { variables: { LOG_LEVEL: " ERROR " }, says: ["error"] },
    { variables: { LOG_LEVEL: "silent" }, says: [] },
    { variables: { LOG_LEVEL: "shouting" }, says: ["warn", "error"] },
    { variables: {}, logger: "true", says: ["info", "warn", "error"] },
    { variables: { LOG_LEVEL: "error" }, logger: "true", says: ["error"] },
    { variables: { LOG_LEVEL: "error" }, logger: "info", says: ["info", "warn", "error"] },
    { variables: { LOG_LEVEL: "info" }, logger: "false", says: [] },
    { variables: { LOG_LEVEL: "info" }, logger: "silent", says: [] },
  ])("of its own is pino on stderr: $variables, logger $logger", async ({ variables, logger, says }) => {
    const lines = await logged(variables, logger);
    const levels = { 30: "info", 40: "warn", 50: "error" } as Record<number, string>;
    expect([...new Set(lines.map(({ level }) => levels[level]))].toSorted()).toEqual([...says].toSorted());
    expect(lines.every(({ name }) => name === "burgee")).toBe(true);
    expect(lines.filter(({ code }) => code === "FLAG_NOT_FOUND")).toHaveLength(says.includes("error") ? 1 : 0);
    expect(lines.filter(({ msg }) => msg === "feature flags")).toHaveLength(says.includes("info") ? 1 : 0);
  });
});
