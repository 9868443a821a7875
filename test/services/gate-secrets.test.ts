import { inspect } from "node:util";
import { type BurgeeError, createFlags, defineFlags, flag, gate, type Schema } from "burgee";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Blotter } from "../../src/services/blotter.js";
import { isolated, rejectionOf, thrownBy, withVariables } from "../flags/fixtures/isolated.js";
import { type Echo, off } from "./fixtures/echo.js";

const KEYED = z.object({ KEY: z.string() });
const KEY = "sk-live-abcdef123456";
const PEM = `-----BEGIN PRIVATE KEY-----\n${"MIIEvQIBADANBgkqhkiG9w0B\n".repeat(3)}-----END PRIVATE KEY-----\n`;

/** What a gate tells when its service throws this at the start. */
async function told(
  variables: Readonly<Record<string, string>>,
  thrower: (config: never) => unknown,
  requires?: Schema,
): Promise<BurgeeError> {
  const definition = requires === undefined ? {} : { requires };
  const flags = createFlags(defineFlags({ keyed: flag.boolean({ default: true, ...definition }) }), {
    ...withVariables(variables),
  });
  const keyed = gate(flags, "keyed", {
    on: async (config): Promise<Echo> => {
      throw thrower(config as never);
    },
    off,
  });
  const error = await rejectionOf(keyed.ready());
  expect(keyed.status().error?.message).toBe(error.message);
  await flags.close();
  return error;
}

/** Why it could not be started. */
function why({ message }: BurgeeError): string {
  return message.slice('the service "keyed" could not be started: '.length, -"; it is tried again in 1000 ms".length);
}

/** All that a logger could ever find in it. */
function everything(value: unknown, seen = new Set<unknown>()): string {
  if (Buffer.isBuffer(value)) return value.toString();
  if (typeof value !== "object" || value === null || seen.has(value)) return String(value);
  seen.add(value);
  return Reflect.ownKeys(value)
    .map((key) => everything(Reflect.get(value, key), seen))
    .join("\n");
}

describe("the cause of a failure", () => {
  it("is what was thrown, where the flag requires nothing", async () => {
    const thrown = Object.assign(new Error("no luck"), { request: { id: 7 } });
    expect((await told({}, () => thrown)).cause).toBe(thrown);
    expect((await told({}, () => thrown, z.object({}))).cause).toBe(thrown);
  });

  it("is told anew where it requires variables: name, message, stack, code, and the same beneath", async () => {
    class HttpError extends Error {
      override readonly name = "HttpError";
      readonly code = "ECONNREFUSED";
      readonly request = { headers: { authorization: KEY } };
    }
    const thrown = new HttpError(`no ${KEY}`, { cause: new AggregateError([new TypeError(`IPv6 ${KEY}`), 7], "all") });
    const { cause } = await told({ KEY }, () => thrown, KEYED);
    expect(cause).toBeInstanceOf(Error);
    expect(cause).toMatchObject({ name: "HttpError", message: "no [hidden]", code: "ECONNREFUSED" });
    expect(cause).toMatchObject({ cause: { name: "AggregateError", message: "all", errors: [{ name: "TypeError" }] } });
    const { stack } = cause as Error;
    expect(stack).toBe(thrown.stack?.replace(KEY, "[hidden]"));
    expect(inspect(cause)).toContain("ECONNREFUSED");
    expect(cause).not.toHaveProperty("request");
    expect(cause).not.toHaveProperty("cause.errors.1");
    expect(everything(cause)).not.toContain(KEY);
  });

  it.each<readonly [string, string, (secret: string) => unknown]>([
    ["in a property", PEM, (secret) => Object.assign(new Error("bad"), { config: { key: secret } })],
    ["in a nested message", PEM, (secret) => new Error("bad", { cause: new Error(`no PEM: ${secret}`) })],
    ["shown line by line", PEM, (secret) => new Error(`bad options: ${inspect({ key: secret })}`)],
    ["that is not listed", KEY, (secret) => Object.defineProperty(new Error("bad"), "config", { value: secret })],
    ["in bytes", KEY, (secret) => Object.assign(new Error("bad"), { body: Buffer.from("x".repeat(60) + secret) })],
    ["in a code", KEY, (secret) => Object.assign(new Error("bad"), { code: secret.replaceAll("-", "_") })],
    ["in a name", KEY, (secret) => Object.assign(new Error("bad"), { name: secret })],
    ["in what is no error", KEY, (secret) => ({ toString: () => `bad ${secret}` })],
    ["in an error of another kind", KEY, (secret) => ({ name: secret, message: secret, stack: secret })],
    ["without a stack", KEY, (secret) => Object.assign(new Error(`bad ${secret}`), { stack: undefined })],
  ])("holds no secret %s", async (_where, secret, thrower) => {
    const variables = { KEY: secret, OTHER: KEY.replaceAll("-", "_") };
    const read = z.object({ KEY: z.string(), OTHER: z.string() });
    const error = await told(variables, (config: { KEY: string }) => thrower(config.KEY), read);
    expect(error.cause).toBeInstanceOf(Error);
    const all = everything(error) + everything(error.cause);
    for (const needle of ["MIIEvQ", KEY, variables.OTHER]) expect(all).not.toContain(needle);
  });

  it("holds five errors at most, each once", async () => {
    const round = new Error("round");
    round.cause = round;
    expect((await told({ KEY }, () => round, KEYED)).cause).not.toHaveProperty("cause");
    const chain = [7, 6, 5, 4, 3, 2, 1].reduce<Error | undefined>(
      (cause, depth) => new Error(`${depth}`, { cause }),
      undefined,
    );
    const { cause } = await told({ KEY }, () => chain, KEYED);
    expect(cause).toHaveProperty("cause.cause.cause.cause.message", "5");
    expect(cause).not.toHaveProperty("cause.cause.cause.cause.cause");
  });

  it("is left out where it cannot be read", async () => {
    const odd = Object.defineProperty(new Error("odd"), "code", {
      get: () => {
        throw new Error(KEY);
      },
    });
    const error = await told({ KEY }, () => odd, KEYED);
    expect([why(error), error.cause]).toEqual(["odd", undefined]);
  });
});

describe("the message of a failure", () => {
  const ADDRESS = "postgres://shop:p%40ss%20word@db/x";

  it.each<readonly [string, string, (secret: string) => string, string]>([
    ["an address", ADDRESS, (secret) => `no ${secret}`, "no [hidden]"],
    ["the name and password in it", ADDRESS, () => "shop, p%40ss%20word, p@ss word", "[hidden], [hidden], [hidden]"],
    ["but not its host", ADDRESS, () => "no host db", "no host db"],
    ["a password that cannot be decoded", "http://a:%ff-secret@db", () => "no %ff-secret", "no [hidden]"],
    ["a form", "p@ss w!rd'", (secret) => `${new URLSearchParams({ secret })}`, "secret=[hidden]"],
    ["a part of an address", "p@ss w/rd", (secret) => `/?k=${encodeURIComponent(secret)}`, "/?k=[hidden]"],
    ["JSON", 'a "key"', (secret) => JSON.stringify({ secret }), '{"secret":"[hidden]"}'],
    ["JSON in JSON", 'a "key"', (secret) => JSON.stringify(JSON.stringify(secret)), '"\\"[hidden]\\""'],
    ["JSON that is shown", 'a "key"', (secret) => inspect({ body: JSON.stringify(secret) }), `{ body: '"[hidden]"' }`],
    ["a line of a value", PEM, () => "MIIEvQIBADANBgkqhkiG9w0B", "[hidden]"],
    ["a value that its reader has trimmed", `  ${KEY}\n`, () => `no ${KEY}`, "no [hidden]"],
    ["a short value as a word alone", "abc12", () => "abc12, xabc12 and abc123", "[hidden], xabc12 and abc123"],
  ])("hides %s", async (_what, secret, message, shown) => {
    const error = await told({ KEY: secret }, () => new Error(message(secret)), KEYED);
    expect(why(error)).toBe(shown);
  });

  it("hides the longest first, where one value is part of another", async () => {
    const read = z.object({ A: z.string(), B: z.string(), C: z.string() });
    const variables = { A: "secret", B: "my-secret-key", C: "my-secret" };
    const error = await told(variables, () => new Error("my-secret-key my-secret secret"), read);
    expect(why(error)).toBe("[hidden] [hidden] [hidden]");
  });

  it("hides every variable that a schema reads, whatever it makes of it, and no other", async () => {
    const variables = { KEY: "c2VjcmV0LXNlY3JldA==", OTHER: "not-read-by-it" };
    const bytes = KEYED.transform((env) => ({ secret: Buffer.from(env.KEY, "base64"), more: [{ pin: 123456n }] }));
    const error = await told(
      variables,
      ({ secret }: { secret: Buffer }) =>
        new Error(
          `${secret.toString("base64")} ${secret.toString("hex")} ${secret} ${secret[0]} 123456 ${variables.OTHER}`,
        ),
      bytes,
    );
    expect(why(error)).toBe("[hidden] [hidden] [hidden] 115 [hidden] not-read-by-it");
    const renamed = KEYED.transform((env) => ({ user: env.KEY.slice(1, 9) }));
    expect(why(await told({ KEY }, () => new Error(`no ${KEY}`), renamed))).toBe("no [hidden]");
  });

  it("hides what a schema puts into objects of a class, which may be cyclic", async () => {
    class Settings {
      readonly self = this;
      readonly token: string;
      readonly url = new URL("https://api.example/v1");
      constructor(key: string) {
        this.token = key.slice(3);
      }
      get broken(): string {
        throw new Error("not to be read");
      }
    }
    const schema = KEYED.transform((env) => new Settings(env.KEY));
    const thrown = new Error("no live-abcdef123456 at https://api.example/v1");
    expect(why(await told({ KEY }, () => thrown, schema))).toBe("no [hidden] at [hidden]");
  });

  it("never holds a value, whatever it is and wherever it stands", () => {
    const value = fc.string({ minLength: 6, unit: "grapheme" }).filter((text) => !"[hidden]".includes(text));
    fc.assert(
      fc.property(value, fc.string(), fc.string(), (secret, before, after) => {
        const blotter = new Blotter([secret], undefined);
        const shown = [
          secret,
          JSON.stringify(secret),
          encodeURIComponent(secret),
          inspect({ body: JSON.stringify(secret) }),
        ];
        for (const one of shown) {
          const message = blotter.message(new Error(before + one + after));
          expect(message).not.toContain(secret);
          expect(message).toContain("[hidden]");
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["ERR_MODULE_NOT_FOUND", "Cannot find package 'pg' imported from /app/a.js", "; npm install pg"],
    [
      "ERR_MODULE_NOT_FOUND",
      "Cannot find package '@libsql/client' imported from /app/a.js",
      "; npm install @libsql/client",
    ],
    ["MODULE_NOT_FOUND", "Cannot find module 'pg/lib/x'\nRequire stack:\n- /app/a.js", "; npm install pg"],
    ["ERR_MODULE_NOT_FOUND", "Cannot find module '/app/b.js' imported from /app/a.js", ""],
    ["MODULE_NOT_FOUND", "Cannot find module './b.js'", ""],
    ["OTHER", "Cannot find package 'pg'", ""],
  ])("says how to install a missing package: %s, %s", async (code, message, end) => {
    const error = await told({}, () => Object.assign(new Error(message), { code }));
    expect(error.message.endsWith(`it is tried again in 1000 ms${end}`)).toBe(true);
    const hidden = await told({ KEY }, () => Object.assign(new Error(message), { code }), KEYED);
    expect(hidden.message).toBe(error.message);
  });
});

describe("what a schema gives", () => {
  it.each<readonly [string, () => unknown]>([
    [
      "is cyclic",
      () => {
        const round: Record<string, unknown> = {};
        round.round = round;
        return round;
      },
    ],
    [
      "throws as it is read",
      () => ({
        get late() {
          throw new Error(KEY);
        },
      }),
    ],
  ])("is an unmet requirement where it %s", (_how, make) => {
    const requires: Schema = { "~standard": { version: 1, vendor: "x", validate: () => ({ value: make() }) } };
    const registry = defineFlags({ odd: flag.boolean({ default: true, requires }) });
    expect(thrownBy(() => createFlags(registry, isolated))).toMatchObject({
      code: "INVALID_CONFIGURATION",
      problems: [
        { flag: "odd", message: expect.stringContaining("requires the schema (what it gives cannot be copied)") },
      ],
    });
  });
});
