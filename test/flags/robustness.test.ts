import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createFlags,
  defineFlags,
  flag,
  jsonLinesSink,
  type Resolver,
  readAuditFile,
  verifyAuditEntries,
} from "burgee";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../changes/fixtures/temporary-folder.js";
import { errorsOf, isolated, recorder, rejectionOf, settled, thrownBy } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

const registry = defineFlags({
  open: flag.boolean({ default: false }),
  limit: flag.number({ default: 10 }),
});

describe("options of a call that cannot be used", () => {
  it.each([
    [{ ttl: 1000 }, "there is no option `ttl` of this command"],
    [{ actr: "ana" }, 'did you mean "actor"?'],
    [{ actor: 5n }, "`actor` must be a text"],
    ["ana", "the options of this command must be an object"],
    [null, "the options of this command must be an object"],
  ])("refuse the command, and nothing has happened: %o", (options, message) => {
    const flags = createFlags(registry, isolated);
    flags.setFlag("open", true);
    flags.kill("limit");
    const before = flags.auditHead();
    for (const command of [
      () => flags.setFlag("open", false, options as never),
      () => flags.resetFlag("open", options as never),
      () => flags.resetAll(options as never),
      () => flags.revive("limit", options as never),
      () => flags.clearAuditLog(options as never),
    ]) {
      expect(thrownBy(command)).toMatchObject({ code: "INVALID_OPTIONS", message: expect.stringContaining(message) });
    }
    expect(flags.auditHead()).toEqual(before);
    expect(flags.revive("limit")).toBe(true);
    expect(flags.resetFlag("open")).toBe(true);
  });

  it("are refused where a query or a listener has them", () => {
    const flags = createFlags(registry, isolated);
    expect(thrownBy(() => flags.getAuditLog({ actr: "x" } as never)).message).toContain('did you mean "actor"?');
    expect(thrownBy(() => flags.on("eror" as never, () => {})).message).toBe(
      'there is no event "eror"; did you mean "error"?',
    );
    expect(thrownBy(() => flags.onFlagChanged("*", () => {}, { onze: true } as never)).message).toContain("`onze`");
    expect(thrownBy(() => flags.kill("open", { ttlMs: 5 } as never)).message).toContain("`ttlMs`");
  });
});

describe("a creation that fails", () => {
  it("gives the audit file back", async () => {
    const path = join(temporaryFolder(), "audit.jsonl");
    const broken = { ...isolated, audit: { file: path }, logger: recorder().logger };
    let calls = 0;
    // It is asked once to see that it is a clock.
    const clock = () => (calls++ === 0 ? Date.now() : Number.NaN);
    expect(() => createFlags(registry, { ...broken, clock })).toThrow(RangeError);
    await settled();
    await expect.poll(() => createFlags(registry, broken).auditHead().sequence).toBe(0);
    expect(thrownBy(() => createFlags(registry, { ...isolated, clock: () => Number.NaN })).message).toContain(
      "`clock`",
    );
  });
});

describe("the resolvers of others", () => {
  it("that cannot be let go do not keep the rest from closing", async () => {
    const closed: string[] = [];
    const bad: Resolver = {
      name: "bad",
      prepare: () => undefined,
      onChange: () => () => {
        throw new Error("no stop");
      },
    };
    const good: Resolver = { name: "good", prepare: () => undefined, close: () => void closed.push("good") };
    const flags = createFlags(registry, { ...isolated, resolvers: [bad, good, "overrides"] });
    const errors = errorsOf(flags);
    await flags.close();
    expect(closed).toEqual(["good"]);
    expect(errors.map(({ message }) => message)).toEqual(['resolver "bad" cannot be let go: no stop']);
  });

  it("change nothing after close(), nor under readOnly", async () => {
    for (const readOnly of [true, false]) {
      let value = 1;
      let tell = (): void => {};
      const table: Resolver = {
        name: "table",
        prepare: ({ name }) => (name === "limit" ? { value } : undefined),
        onChange: (changed) => {
          tell = changed;
          return () => {};
        },
      };
      const flags = createFlags(registry, { ...isolated, readOnly, resolvers: [table] });
      if (!readOnly) await flags.close();
      value = 2;
      tell();
      expect(flags.value("limit")).toBe(1);
    }
  });

  it("are taken back whole where another refuses the reload, and explain says what is in force", async () => {
    let value = 1;
    const willing: Resolver = {
      name: "willing",
      prepare: ({ name }) => (name === "limit" ? { value } : undefined),
      reload: () => {
        value = 2;
      },
    };
    const unwilling: Resolver = {
      name: "unwilling",
      prepare: () => undefined,
      reload: () => Promise.reject(new Error("not now")),
    };
    const flags = createFlags(registry, { ...isolated, resolvers: [willing, unwilling, "overrides"] });
    expect((await rejectionOf(flags.reload())).code).toBe("RELOAD_FAILED");
    flags.kill("limit");
    flags.revive("limit");
    expect(flags.value("limit")).toBe(1);
    expect(flags.explain("limit").steps.find(({ said }) => said === "answered")?.value).toBe(1);
  });

  it("must name flags that are there", () => {
    const table: Resolver = { name: "table", flags: ["limmit"], prepare: () => undefined };
    expect(thrownBy(() => createFlags(registry, { ...isolated, resolvers: [table] })).message).toContain(
      'the resolver "table" names an unknown flag "limmit"; did you mean "limit"?',
    );
  });
});

describe("several audit sinks", () => {
  it("have all entries in order, whatever an `error` listener does meanwhile", async () => {
    const path = join(temporaryFolder(), "audit.jsonl");
    const failing = {
      name: "failing",
      write: () => {
        throw new Error("full");
      },
    };
    const flags = createFlags(registry, { ...isolated, audit: { sinks: [failing, jsonLinesSink({ path })] } });
    flags.once("error", () => void flags.kill("open"));
    flags.setFlag("limit", 20);
    await flags.close();
    const entries = readAuditFile(path);
    expect(entries.map(({ action }) => action)).toEqual(["set", "kill"]);
    expect(verifyAuditEntries(entries).ok).toBe(true);
  });
});

describe("a frozen flag", () => {
  it("that a reload turns on is warned of and noted in the entry", async () => {
    const { logger, lines } = recorder();
    const frozen = defineFlags({ old: flag.boolean({ default: false, status: "frozen" }) });
    const { path, write } = profileFile("feature_flags: { old: off }\n");
    const flags = createFlags(frozen, { ...isolated, profile: path, logger });
    write("feature_flags: { old: on }\n");
    await flags.reload();
    const warning = 'flag "old" is frozen, and is turned on all the same';
    expect(lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([warning]);
    expect(flags.getAuditLog("old")[0]?.warnings).toEqual([warning]);
  });
});

describe("what is asked for and is not there", () => {
  it.each([
    [{ profile: { name: "production" } }, '`profile.name` asks for its section "production"'],
    [
      { env: { files: [], variables: { BURGEE_PROFILE: "staging" } }, profile: {} },
      'BURGEE_PROFILE asks for its section "staging"',
    ],
  ])("is an error where a section was chosen: %o", (options, message) => {
    const error = thrownBy(() => createFlags(registry, { ...isolated, ...options }));
    expect(error.message).toContain(message);
    expect(
      createFlags(registry, {
        ...isolated,
        env: { files: [], variables: { NODE_ENV: "production" } },
        profile: {},
      }).value("limit"),
    ).toBe(10);
  });

  it("is shown as a failure of its step, where the options tolerate it", () => {
    const flags = createFlags(registry, {
      ...isolated,
      onInvalid: "warn",
      env: { files: [], variables: { FLAG_LIMIT: "many" } },
    });
    expect(flags.explain("limit").steps.find(({ step }) => step === "env")).toMatchObject({
      said: "failed",
      problem: 'FLAG_LIMIT: "many" is not a number',
    });
  });

  it("is told where a context is none", () => {
    const flags = createFlags(defineFlags({ some: flag.boolean({ default: false, rule: { rollout: 50 } }) }), isolated);
    const errors = errorsOf(flags);
    expect(flags.isEnabled("some", "ana" as never)).toBe(false);
    expect(errors.map(({ message }) => message)).toEqual([
      'flag "some" was asked about "ana", which is no context; give an object such as { userId: "u1" }',
    ]);
  });

  it("is named where a requirement turned the flag off", () => {
    const needy = defineFlags({ old: flag.boolean({ default: true, requires: need("TOKEN") }) });
    const flags = createFlags(needy, { ...isolated, onInvalid: "warn" });
    expect(thrownBy(() => flags.requireEnabled("old")).message).toBe(
      'flag "old" is off (by requirement: TOKEN (missing))',
    );
  });
});

describe("the watch", () => {
  it("outlives a folder that is out of reach for a while", async () => {
    const inner = join(temporaryFolder(), "inner");
    mkdirSync(inner);
    const path = join(inner, "profiles.yaml");
    writeFileSync(path, "feature_flags: { limit: 1 }\n");
    const flags = createFlags(registry, { ...isolated, profile: { path, watch: { settleMs: 10, pollMs: 20 } } });
    await flags.ready();
    const told = new Promise((resolve) => flags.once("error", resolve));
    rmSync(inner, { recursive: true });
    symlinkSync(inner, inner);
    await told;
    const seen = new Promise((resolve) => flags.onFlagChanged("limit", ({ value }) => resolve(value), { once: true }));
    rmSync(inner);
    mkdirSync(inner);
    writeFileSync(path, "feature_flags: { limit: 2 }\n");
    expect(await seen).toBe(2);
    await flags.close();
  });
});

function need(name: string) {
  const issues = [{ message: "needed", path: [name] }];
  const validate = (env: unknown) =>
    (env as Record<string, unknown>)[name] === undefined ? { issues } : { value: env };
  return { "~standard": { version: 1 as const, vendor: "own", validate } };
}
