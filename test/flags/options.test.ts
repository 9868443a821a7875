import { type AuditSink, createFlags, defineFlags, type FlagsOptions, flag, type Resolver } from "burgee";
import { describe, expect, it } from "vitest";
import { errorsOf, isolated, settled, thrownBy } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

const registry = defineFlags({
  open: flag.boolean({ default: false, rule: { allow: ["eu"], by: "region" } }),
  limit: flag.number({ default: 10 }),
});
const refused = (options: unknown) => thrownBy(() => createFlags(registry, options as FlagsOptions));
const step = (name: unknown) => ({ name, prepare: () => undefined });

describe("an option that cannot be used", () => {
  it.each<[object, string]>([
    [{ evn: {} }, 'there is no option `evn`; did you mean "env"?'],
    [{ wholly: 1 }, "there is no option `wholly`"],
    [{ env: true }, "`env` must be false or an object"],
    [{ env: [] }, "`env` must be false or an object"],
    [{ env: { prefx: "X_" } }, 'there is no option `env.prefx`; did you mean "prefix"?'],
    [{ env: { prefix: 7 } }, "`env.prefix` must be a text"],
    [{ env: { files: ".env" } }, "`env.files` must be a list of paths"],
    [{ env: { variables: [] } }, "`env.variables` must be an object"],
    [{ profile: true }, "`profile` must be false, a path, or an object"],
    [{ profile: { nmae: "x" } }, 'there is no option `profile.nmae`; did you mean "name"?'],
    [{ profile: { path: 1 } }, "`profile.path` must be a text"],
    [{ profile: { watch: "yes" } }, "`profile.watch` must be true, false, or { settleMs, pollMs }"],
    [{ profile: { watch: { settleMs: -1 } } }, "`profile.watch.settleMs` must not be negative"],
    [{ resolvers: "env" }, "`resolvers` must be a list of steps"],
    [{ resolvers: ["evn"] }, "`resolvers.0` must be one of env, profile, overrides, rollout, or a resolver: { name,"],
    [{ resolvers: [{ name: "x" }] }, "`resolvers.0` must be one of env, profile, overrides, rollout, or a resolver"],
    [{ resolvers: ["env", "env"] }, '`resolvers` names the step "env" twice'],
    [{ resolvers: [step("a"), step("a")] }, '`resolvers` names the step "a" twice'],
    [{ resolvers: [step("env")] }, 'a resolver needs a name of its own, not "env"'],
    [{ resolvers: [step("kill")] }, 'a resolver needs a name of its own, not "kill"'],
    [{ resolvers: [step("")] }, 'a resolver needs a name of its own, not ""'],
    [{ resolvers: [step(undefined)] }, 'a resolver needs a name of its own, not "undefined"'],
    [{ context: "eu" }, "`context` must be an object"],
    [{ instance: 7 }, "`instance` must be a text"],
    [{ unknown: "ignore" }, '`unknown` must be "error" or "warn"'],
    [{ onInvalid: true }, '`onInvalid` must be "error" or "warn"'],
    [{ readOnly: "yes" }, "`readOnly` must be true or false"],
    [{ readOnly: true, profile: { path: "x", watch: true } }, "`readOnly` refuses every reload"],
    [{ logger: "loud" }, "`logger` must be a pino-compatible logger, true, false, or a level: trace, debug,"],
    [{ logger: {} }, "`logger` must be a pino-compatible logger"],
    [{ logger: null }, "`logger` must be a pino-compatible logger"],
    [{ audit: "file" }, "`audit` must be an object"],
    [{ audit: { flie: "x" } }, 'there is no option `audit.flie`; did you mean "file"?'],
    [{ audit: { limit: 0 } }, "`audit.limit` must be at least 1"],
    [{ audit: { limit: 1.5 } }, "`audit.limit` must be a whole number"],
    [{ audit: { log: { append() {} } } }, "`audit.log` must be an audit log: { append, entries, head, verify, clear }"],
    [{ audit: { sinks: {} } }, "`audit.sinks` must be a list of sinks"],
    [{ audit: { sinks: [{ name: "x" }] } }, "`audit.sinks.0` must be a sink: { name, write(entries) }"],
    [{ clock: 5 }, "`clock` must be a function"],
  ])("is refused: %j", (options, message) => {
    const error = refused({ ...isolated, ...options });
    expect(error.code).toBe("INVALID_OPTIONS");
    expect(error.message.split("\n")).toEqual([
      "createFlags was given options it cannot use",
      expect.stringContaining(`  ${message}`),
    ]);
  });

  it("is named with all the others", () => {
    const { message } = refused({ evn: 1, clock: 5, env: { prefix: 7 }, audit: { limit: 0 } });
    expect(message.split("\n")).toHaveLength(5);
  });

  it.each([null, 7, "profiles.yaml", []])("is an object, not %j", (options) => {
    expect(refused(options).message).toContain("the options must be an object");
  });

  it.each([undefined, null, {}, { flags: {} }])("does not come in the place of the registry: %j", (given) => {
    const error = thrownBy(() => createFlags(given as never, isolated));
    expect(error).toMatchObject({ code: "INVALID_OPTIONS" });
    expect(error.message).toContain("what defineFlags gives");
  });
});

describe("options", () => {
  it("may be undefined wherever they are optional", () => {
    const nothing = {
      profile: false as const,
      resolvers: undefined,
      context: undefined,
      instance: undefined,
      unknown: undefined,
      onInvalid: undefined,
      readOnly: undefined,
      logger: false as const,
      clock: undefined,
    };
    const inner = {
      env: { prefix: undefined, files: [], variables: undefined },
      audit: { log: undefined, limit: undefined, file: undefined, sinks: undefined },
    };
    expect(createFlags(registry, { ...nothing, ...inner }).value("limit")).toBe(10);
    const { path } = profileFile("feature_flags: {}\n");
    const profile = { path, name: undefined, watch: undefined };
    expect(createFlags(registry, { ...isolated, profile, audit: undefined }).value("limit")).toBe(10);
    expect(createFlags(registry, { env: undefined, profile: undefined, logger: false }).value("limit")).toBe(10);
  });

  it("may be left out altogether", () => {
    expect(createFlags(defineFlags({}))).toBeDefined();
  });

  it("are copied: what the caller changes afterwards has no effect, and nothing of the caller's is frozen", async () => {
    const variables: Record<string, string> = { FLAG_LIMIT: "1" };
    const env = { variables, files: [] as string[], prefix: "FLAG_" };
    const file = profileFile("feature_flags: {}\n");
    const profile = { path: file.path, watch: { settleMs: 1 } };
    const context: Record<string, string> = { region: "eu" };
    const written: string[] = [];
    const sinks: AuditSink[] = [{ name: "first", write: () => void written.push("first") }];
    const resolvers: ("env" | "profile" | "overrides" | "rollout" | Resolver)[] = [
      "env",
      "profile",
      "overrides",
      "rollout",
    ];
    const options = { env, profile, context, resolvers, audit: { sinks }, readOnly: false, logger: false as const };
    const flags = createFlags(registry, options);
    const errors = errorsOf(flags);
    variables.FLAG_LIMIT = "2";
    env.prefix = "OTHER_";
    profile.path = "elsewhere.yaml";
    profile.watch.settleMs = 600_000;
    context.region = "us";
    sinks.push({ name: "second", write: () => void written.push("second") });
    resolvers.unshift({ name: "late", prepare: () => ({ value: true }) });
    options.readOnly = true;
    await flags.ready();
    expect(flags.value("limit")).toBe(1);
    expect(flags.isEnabled("open")).toBe(true);
    const seen = new Promise((resolve) => flags.onFlagChanged("open", ({ value }) => resolve(value)));
    file.write("feature_flags:\n  open: false\n");
    expect(await seen).toBe(false);
    expect(flags.setFlag("open", true)).toBe(true);
    expect(flags.getFlagMetadata("limit").variable).toBe("FLAG_LIMIT");
    await flags.close();
    expect(new Set(written)).toEqual(new Set(["first"]));
    expect(errors).toEqual([]);
    for (const mine of [env, profile, profile.watch, context, sinks, resolvers, options]) {
      expect(Object.isFrozen(mine)).toBe(false);
    }
    await settled();
  });
});
