import { json } from "node:stream/consumers";
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  CodeCompletionError,
  NullCodeCompletionClient,
  TabbyCodeCompletionClient,
} from "../../../src/services/code-completion/index.js";
import { readCompletion, readHealth } from "../../../src/services/code-completion/tabby-answers.js";
import { tabbyRequest } from "../../../src/services/code-completion/tabby-request.js";
import { retryAfterOf } from "../../../src/services/code-completion/tabby-status.js";
import { failure, secrets } from "./fixtures/failure.js";
import { listen } from "./fixtures/loopback.js";

const url = "http://tabbyml:8080";
const request = { language: "python", prefix: secrets.prompt };

describe("NullCodeCompletionClient", () => {
  const client = new NullCodeCompletionClient();

  it("has no choices, and says which flag and variable decide, and where the reason is found", async () => {
    const message =
      'Code completion is off here (flag "enable_tabby", variable ENABLE_TABBY): it is off for this user, killed, ' +
      'closed or not started; flags.explain("enable_tabby") and flags.services() tell why';
    expect(await client.complete()).toEqual({ id: "", choices: [], message });
    expect(await client.healthCheck()).toEqual({ status: "disabled", message });
    expect(await client.isAvailable()).toBe(false);
  });

  it("names a flag and variable of one's own", async () => {
    const named = new NullCodeCompletionClient({ flag: "completion", variable: "FLAG_COMPLETION" });
    expect((await named.complete()).message).toMatch(
      /\(flag "completion", variable FLAG_COMPLETION\).*explain\("completion"\)/,
    );
    const bare = new NullCodeCompletionClient({ flag: "completion" });
    expect((await bare.complete()).message).toContain('(flag "completion"):');
  });

  it("gives the same to all, which nobody can change", async () => {
    const [one, other] = [await client.complete(), await client.complete()];
    expect(one).toBe(other);
    for (const part of [one, one.choices, await client.healthCheck()]) expect(Object.isFrozen(part)).toBe(true);
  });
});

describe("the options", () => {
  const made = (options: object) => () => new TabbyCodeCompletionClient({ url, ...options });

  it.each([
    [{ url: "tabbyml:8080" }, "url"],
    [{ url: "ftp://tabbyml" }, "url"],
    [{ url: "" }, "url"],
    [{ url: "http://" }, "url"],
    [{ url: "http://tabby:99999" }, "url"],
    [{ url: undefined }, "url"],
    [{ url: new URL(url) }, "url"],
    [{ url: "http://ana:hunter2@tabbyml:8080" }, "url"],
    [{ url: "http://hunter2@tabbyml:8080" }, "url"],
    [{ url: "http:\\\\ana:hunter2@tabbyml" }, "url"],
    [{ url: "http://tabbyml?key=hunter2" }, "url"],
    [{ url: "http://tabbyml/#hunter2" }, "url"],
    [{ apiKey: "hunter2\n" }, "apiKey"],
    [{ apiKey: "hunter2 " }, "apiKey"],
    [{ apiKey: "hunter2ü" }, "apiKey"],
    [{ apiKey: 7 }, "apiKey"],
    [{ timeoutMs: 0 }, "timeoutMs"],
    [{ timeoutMs: 1.5 }, "timeoutMs"],
    [{ timeoutMs: "10" }, "timeoutMs"],
    [{ timeoutMs: 300_001 }, "timeoutMs"],
    [{ retries: -1 }, "retries"],
    [{ retries: Number.POSITIVE_INFINITY }, "retries"],
  ])("%o are refused by name, and never shown", (options, name) => {
    expect(made(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
    expect(made(options)).toThrow(new RegExp(`\`${name}\``));
    expect(made(options)).not.toThrow(/hunter2/);
  });

  it("may give a call as long as fetch itself waits", () => expect(made({ timeoutMs: 300_000 })).not.toThrow());

  it("are all told of at once, and misspelt ones with the nearest", () => {
    expect(made({ url: "x", retries: -1 })).toThrow(/`url`[\s\S]*`retries`/);
    expect(made({ timeout: 1 })).toThrow(/no option `timeout`.*did you mean "timeoutMs"/);
  });

  it.each(["http://tabbyml", "HTTPS://ai.example/tabby/", "http://[::1]:8080", "http://127.0.0.1:1/a/b"])(
    "may hold the address %s",
    (address) => expect(made({ url: address })).not.toThrow(),
  );

  it.each(["/a/b", "/a/b/", "/a//b///"])("may hold an address with the path %s, which is kept", async (path) => {
    const paths: (string | undefined)[] = [];
    const server = await listen((incoming, reply) => {
      paths.push(incoming.url);
      reply.end('{"model":"m"}');
    });
    await new TabbyCodeCompletionClient({ url: server.url + path }).healthCheck();
    expect(paths).toEqual([`${path.replace(/\/+$/, "")}/v1/health`]);
    await server.close();
  });
});

describe("a missing key", () => {
  const logger = () => ({ info: vi.fn(), warn: vi.fn(), error: vi.fn() });

  it("is warned of in production, and nowhere else", () => {
    const warned = (options: object) => {
      const told = logger();
      new TabbyCodeCompletionClient({ url, logger: told, ...options });
      return told.warn.mock.calls.length;
    };
    expect(warned({ environment: "production" })).toBe(1);
    expect(warned({ environment: "production", apiKey: "" })).toBe(1);
    expect(warned({ environment: "production", apiKey: "made-up" })).toBe(0);
    expect(warned({ environment: "development" })).toBe(0);
    expect(warned({})).toBe(0);
  });

  it("is looked for in production by NODE_ENV", () => {
    vi.stubEnv("NODE_ENV", "production");
    const told = logger();
    new TabbyCodeCompletionClient({ url, logger: told });
    expect(told.warn).toHaveBeenCalledExactlyOnceWith(
      { service: "code-completion" },
      expect.stringContaining("TABBY_API_KEY"),
    );
    vi.unstubAllEnvs();
  });
});

describe("a request", () => {
  const client = new TabbyCodeCompletionClient({ url: "http://127.0.0.1:9", apiKey: secrets.key });

  it.each([{ prefix: "" }, { prefix: "", suffix: "" }])("with nothing in it is not sent: %o", async (given) => {
    expect(await failure(client.complete({ language: "python", ...given }))).toMatchObject({
      reason: "empty-prompt",
      status: undefined,
    });
  });

  it.each([
    ["language", { language: "" }],
    ["language", { language: undefined }],
    ["prefix", { prefix: undefined }],
    ["prefix", { prefix: [secrets.prompt] }],
    ["suffix", { suffix: null }],
    ["user", { user: 7 }],
    ["temperature", { temperature: -1 }],
    ["temperature", { temperature: Number.NaN }],
    ["seed", { seed: -1 }],
    ["seed", { seed: 0.5 }],
    ["seed", { seed: 2 ** 53 }],
  ])("whose %s cannot be used is not sent", async (field, given) => {
    const error = await failure(client.complete({ ...request, ...given } as typeof request));
    expect(error).toMatchObject({ reason: "invalid-request", status: undefined });
    expect(error.message).toContain(`\`${field}\``);
  });

  it("that is none is not sent", async () => {
    for (const given of [undefined, null, 7]) {
      const error = await failure(client.complete(given as unknown as typeof request));
      expect(error.reason).toBe("invalid-request");
    }
  });

  it("may begin at the top of a file", () => {
    expect(tabbyRequest({ language: "python", prefix: "", suffix: "x" }).segments).toEqual({ prefix: "", suffix: "x" });
  });

  it("is sent as it was when the call was made, whatever is done with it afterwards", async () => {
    const sent: unknown[] = [];
    const server = await listen(async (incoming, reply) => {
      sent.push(await json(incoming));
      reply.end('{"id":"a","choices":[]}');
    });
    const given = { language: "python", prefix: "a", suffix: "b", user: "ana", temperature: 0, seed: 1 };
    const options: { signal?: AbortSignal } = {};
    const call = new TabbyCodeCompletionClient({ url: server.url }).complete(given, options);
    Object.assign(given, { language: "c", prefix: "x", suffix: "y", user: "ben", temperature: 1, seed: 2 });
    options.signal = AbortSignal.abort();
    await call;
    const segments = { prefix: "a", suffix: "b" };
    expect(sent).toEqual([{ language: "python", segments, user: "ana", temperature: 0, seed: 1 }]);
    await server.close();
  });

  it("is left as it is, and half an emoji is a mark in what is sent", () => {
    const given = Object.freeze({ language: "c", prefix: "👋\ud83d", suffix: "\udc4b", user: "\ud83d" });
    expect(tabbyRequest(given)).toEqual({
      language: "c",
      segments: { prefix: "👋\ufffd", suffix: "\ufffd" },
      user: "\ufffd",
    });
  });
});

describe("whatever is answered", () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.record({ id: fc.jsonValue(), choices: fc.array(fc.record({ index: fc.jsonValue(), text: fc.jsonValue() })) }),
    fc.record({ id: fc.string(), choices: fc.array(fc.record({ index: fc.nat(), text: fc.string() })) }),
    fc.record({ model: fc.jsonValue(), version: fc.record({ git_describe: fc.jsonValue() }) }),
  );

  it("is an answer of the right shape, or an error that quotes nothing of it", () => {
    const text = fc.oneof(
      fc.string(),
      value.map((given) => JSON.stringify(given)),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(readCompletion, readHealth), (answered, read) => {
        try {
          const got = read(answered);
          if ("status" in got) expect(["ok", "no-model"]).toContain(got.status);
          else {
            expect(typeof got.id).toBe("string");
            for (const { index, text } of got.choices) {
              expect(Number.isInteger(index) && index >= 0).toBe(true);
              expect(typeof text).toBe("string");
            }
          }
        } catch (error) {
          if (!(error instanceof CodeCompletionError)) throw error;
          expect(error.message).toMatch(
            /^Tabby's answer is not (JSON; is this address Tabby's\?|what its API promises, at [a-z_0-9., ]+)$/,
          );
          expect(error.cause).toBeUndefined();
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("Retry-After", () => {
  const now = Date.UTC(2026, 0, 1, 12);

  it.each([
    ["0", 0],
    ["120", 120_000],
    [" 7 ", 7_000],
    ["Thu, 01 Jan 2026 12:00:30 GMT", 30_000],
    ["Thu, 01 Jan 2026 11:59:30 GMT", 0],
    ["", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["1e3", undefined],
    ["99999999999", undefined],
    ["2026-01-01T12:00:30Z", undefined],
    ["Thu, 99 Foo 2026 00:00:00 GMT", undefined],
  ])("%o is %o", (header, wait) => {
    expect(retryAfterOf(header, now)).toBe(wait);
  });
});
