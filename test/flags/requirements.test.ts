import { createFlags, defineFlags, flag, resolver, type Schema } from "burgee";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorsOf, isolated, looseFlags, recorder, settled, thrownBy, withVariables } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

const token = z.object({ TOKEN: z.string().min(8), NUMBER_ID: z.string().min(1) });
const chat = (more: object = {}) => flag.boolean({ default: false, requires: token, ...more });
const met = { TOKEN: "long enough", NUMBER_ID: "7" };

describe("requirements at the start", () => {
  it("refuse with one error that lists every variable of every flag by name and code", () => {
    const { path } = profileFile("feature_flags:\n  chat: true\n");
    const error = thrownBy(() =>
      looseFlags(
        {
          chat: chat(),
          mail: flag.boolean({ default: true, requires: z.object({ SMTP_URL: z.url() }) }),
          fine: flag.boolean({ default: true, requires: z.object({ SMTP_URL: z.string() }) }),
          off: chat(),
        },
        { ...withVariables({ TOKEN: "short", SMTP_URL: "no address" }), profile: path },
      ),
    );
    expect(error.code).toBe("INVALID_CONFIGURATION");
    expect(error.problems).toEqual([
      {
        code: "REQUIREMENT_UNMET",
        flag: "chat",
        place: `${path}:2:3`,
        message: 'flag "chat" requires TOKEN (too_small), NUMBER_ID (missing); set the variables, or turn it off',
      },
      {
        code: "REQUIREMENT_UNMET",
        flag: "mail",
        place: undefined,
        message: 'flag "mail" requires SMTP_URL (invalid_format); set the variables, or turn it off',
      },
    ]);
    for (const problem of error.problems) expect(error.message).toContain(problem.message);
  });

  it("are asked for whatever the setting can give to anyone", () => {
    const definitions = { chat: chat({ rule: { allow: ["ana"] } }) };
    expect(thrownBy(() => looseFlags(definitions)).problems).toHaveLength(1);
    expect(thrownBy(() => looseFlags({ chat: chat() }, withVariables({ FLAG_CHAT: "1%" }))).problems).toHaveLength(1);
    expect(looseFlags({ chat: chat() }, withVariables({ FLAG_CHAT: "0%" })).isEnabled("chat")).toBe(false);
    expect(looseFlags(definitions, withVariables(met)).isEnabled("chat", { userId: "ana" })).toBe(true);
  });

  it("are asked for even where a custom function stands ahead", () => {
    const resolvers = [{ name: "mine", prepare: () => ({ decide: () => undefined }) }, "env" as const];
    const options = { ...withVariables({ FLAG_CHAT: "on" }), resolvers };
    expect(thrownBy(() => looseFlags({ chat: chat() }, options)).problems).toMatchObject([{ flag: "chat" }]);
  });

  it("of an enum belong to its values", () => {
    const registry = defineFlags({
      backend: flag.oneOf(["sqlite", "postgresql"], {
        default: "sqlite",
        requires: { postgresql: z.object({ DATABASE_URL: z.url() }) },
      }),
    });
    const flags = createFlags(registry, isolated);
    expect(thrownBy(() => flags.setFlag("backend", "postgresql"))).toMatchObject({
      code: "REQUIREMENT_UNMET",
      flag: "backend",
      problems: [{ code: "REQUIREMENT_UNMET", flag: "backend", message: "DATABASE_URL (missing)" }],
    });
    expect(thrownBy(() => flags.setRule("backend", { weights: { postgresql: 1, sqlite: 99 } })).code).toBe(
      "REQUIREMENT_UNMET",
    );
    expect(flags.setRule("backend", { weights: { postgresql: 0, sqlite: 99 } })).toBe(true);
    const refused = thrownBy(() => createFlags(registry, withVariables({ FLAG_BACKEND: "postgresql" })));
    expect(refused.problems).toMatchObject([{ flag: "backend", place: "FLAG_BACKEND" }]);
    const variables = { FLAG_BACKEND: "postgresql", DATABASE_URL: "postgres://db" };
    expect(createFlags(registry, withVariables(variables)).value("backend")).toBe("postgresql");
  });

  it("of an enum are not sought among what every object has", () => {
    const definition = { kind: "oneOf", values: ["a", "constructor"], default: "a", requires: { a: z.object({}) } };
    const flags = looseFlags({ backend: definition });
    expect(flags.setFlag("backend", "constructor" as never)).toBe(true);
    expect(flags.evaluate("backend").value).toBe("constructor");
  });

  it("do not refuse a flag that a dependency holds off", () => {
    const flags = looseFlags({ a: flag.boolean({ default: false }), b: chat({ default: true, dependsOn: ["a"] }) });
    expect(flags.evaluate("b")).toMatchObject({ value: false, source: "dependency", dependency: "a" });
  });

  it("leave off, with an `error`, what `onInvalid: warn` tolerates", async () => {
    const { logger, lines } = recorder();
    const flags = looseFlags({ chat: chat({ default: true }) }, { onInvalid: "warn", logger });
    expect(flags.evaluate("chat")).toMatchObject({ value: false, reason: "DISABLED", source: "requirement" });
    expect(flags.explain("chat").unmetRequirements).toEqual(["TOKEN (missing)", "NUMBER_ID (missing)"]);
    const message = 'flag "chat" requires TOKEN (missing), NUMBER_ID (missing); set the variables, or turn it off';
    expect(lines.filter(({ level }) => level === "error").map((line) => line.message)).toEqual([message]);
    const heard = new Promise((resolve) => flags.once("error", resolve));
    expect(await heard).toMatchObject({ code: "REQUIREMENT_UNMET", flag: "chat", message });
  });

  it("give those of a rule off whose answer needs what is missing, and the others theirs", () => {
    const registry = defineFlags({
      backend: flag.oneOf(["sqlite", "postgresql"], {
        default: "sqlite",
        requires: { postgresql: z.object({ DATABASE_URL: z.url() }) },
        rule: { allow: ["ana"], serve: "postgresql" },
      }),
    });
    const flags = createFlags(registry, { ...isolated, onInvalid: "warn" });
    expect(flags.evaluate("backend", { userId: "ana" })).toMatchObject({ value: "sqlite", source: "requirement" });
    expect(flags.evaluate("backend", { userId: "ben" })).toMatchObject({ value: "sqlite", source: "rollout" });
  });
});

describe("requirements at run time", () => {
  it("refuse setFlag and setRule, and leave everything as it was", () => {
    const flags = looseFlags({ chat: chat() }, withVariables({ TOKEN: "long enough" }));
    for (const act of [() => flags.setFlag("chat", true), () => flags.setRollout("chat", 1)]) {
      const error = thrownBy(act);
      expect(error).toMatchObject({ code: "REQUIREMENT_UNMET", flag: "chat" });
      expect(error.message).toContain("it requires NUMBER_ID (missing)");
    }
    expect(flags.evaluate("chat").source).toBe("default");
    expect(flags.getAuditLog()).toEqual([]);
    expect(flags.setFlag("chat", false)).toBe(true);
  });

  it("turn off a flag whose parent returns, and tell", () => {
    const { logger, lines } = recorder();
    const flags = looseFlags(
      { a: flag.boolean({ default: false }), b: chat({ default: true, dependsOn: ["a"] }) },
      { logger },
    );
    const errors = errorsOf(flags);
    expect(flags.setFlag("a", true)).toBe(true);
    expect(flags.evaluate("b")).toMatchObject({ value: false, source: "requirement" });
    expect(errors).toMatchObject([{ code: "REQUIREMENT_UNMET", flag: "b" }]);
    expect(errors[0]?.message).toBe('flag "b" stays off: it requires TOKEN (missing), NUMBER_ID (missing)');
    expect(lines.filter(({ level }) => level === "error")).toHaveLength(1);
    flags.resetFlag("a");
    expect(flags.evaluate("b")).toMatchObject({ source: "dependency" });
  });

  it("turn off, and tell, what an override that lifts itself uncovers; and never refuse a revive", () => {
    const flags = looseFlags({ chat: chat({ default: true }) }, { onInvalid: "warn" });
    const errors = errorsOf(flags);
    flags.kill("chat");
    expect(flags.evaluate("chat").source).toBe("kill");
    expect(flags.revive("chat")).toBe(true);
    expect(flags.evaluate("chat")).toMatchObject({ value: false, source: "requirement" });
    expect(errors).toMatchObject([{ code: "REQUIREMENT_UNMET", flag: "chat" }]);
  });

  it("turn off, and tell once, what a custom function turns on", async () => {
    const vip = resolver("vip", (_, context) => context.vip === true || undefined);
    const flags = looseFlags({ chat: chat() }, { resolvers: [vip, "overrides"] });
    const errors = errorsOf(flags);
    for (let turn = 0; turn < 3; turn++) {
      expect(flags.evaluate("chat", { vip: true })).toMatchObject({ value: false, source: "requirement" });
      expect(flags.evaluate("chat", {})).toMatchObject({ value: false, source: "default" });
    }
    await settled();
    expect(errors.map(({ message }) => message)).toEqual([
      'flag "chat" stays off: it requires TOKEN (missing), NUMBER_ID (missing)',
    ]);
    const ready = looseFlags({ chat: chat() }, { ...withVariables(met), resolvers: [vip] });
    expect(ready.evaluate("chat", { vip: true })).toMatchObject({ value: true, source: "vip" });
  });
});

describe("a requirement's schema", () => {
  const requiring = (requires: Schema, variables: Record<string, string> = {}) =>
    thrownBy(() => looseFlags({ f: flag.boolean({ default: true, requires }) }, withVariables(variables))).message;

  it("may be valibot's", () => {
    const schema = v.object({ API_KEY: v.pipe(v.string(), v.minLength(20)), HOST: v.string() });
    expect(requiring(schema, { API_KEY: "short" })).toContain("requires API_KEY (malformed), HOST (missing);");
  });

  it("may speak of several variables together", () => {
    const schema = z.object({}).refine((all) => "A" in all);
    expect(requiring(schema)).toContain("requires the variables together (custom);");
  });

  it("names a variable once, however much is wrong with it", () => {
    const schema = z.object({ KEY: z.string().min(8).startsWith("k-") });
    expect(requiring(schema, { KEY: "x" })).toContain("requires KEY (too_small);");
  });

  it("names a variable whole, dots and all", () => {
    const schema = z.object({ "MY.URL": z.url() });
    expect(requiring(schema, { "MY.URL": "no address" })).toContain("requires MY.URL (invalid_format);");
    expect(requiring(schema)).toContain("requires MY.URL (missing);");
  });

  it("must not be asynchronous", () => {
    const schema = z.object({ KEY: z.string().refine(async () => true) });
    expect(requiring(schema, { KEY: "x" })).toContain("(it answers asynchronously; use a synchronous one)");
  });

  it("may throw, which is unmet", () => {
    const schema: Schema = {
      "~standard": {
        version: 1,
        vendor: "own",
        validate: () => {
          throw new Error("boom");
        },
      },
    };
    expect(requiring(schema)).toContain("requires the schema (it threw);");
  });

  it("is asked once for the life of the flags", () => {
    let asked = 0;
    const validate = (value: unknown) => {
      asked++;
      return { value };
    };
    const schema: Schema = { "~standard": { version: 1, vendor: "own", validate } };
    const flags = looseFlags({ f: flag.boolean({ default: false, requires: schema }) });
    flags.setFlag("f", true);
    flags.setRollout("f", 5);
    flags.kill("f");
    flags.revive("f");
    expect(asked).toBe(1);
  });
});
