import { type BurgeeError, createFlags, defineFlags, flag } from "burgee";
import { codeCompletionFactory, tabbyFlag } from "burgee/services/code-completion";
import { afterEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { failure, secrets } from "./fixtures/failure.js";
import { type Loopback, listen } from "./fixtures/loopback.js";

const request = { language: "python", prefix: secrets.prompt };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A Tabby that keeps each completion until it is told to answer. */
async function tabby(): Promise<Loopback & { answer(): void; asked(n: number): Promise<void>; requests: string[] }> {
  const held: (() => void)[] = [];
  const requests: string[] = [];
  const waiting: (() => void)[] = [];
  const server = await listen((incoming, reply) => {
    requests.push(`${incoming.url} ${incoming.headers.authorization}`);
    if (incoming.url === "/v1/health") reply.end('{"model":"m"}');
    else held.push(() => reply.end('{"id":"real","choices":[]}'));
    for (const look of waiting) look();
  });
  closing.push(server.close);
  const asked = (n: number) =>
    new Promise<void>((done) => {
      const look = () => void (requests.length >= n && done());
      waiting.push(look);
      look();
    });
  return { ...server, requests, asked, answer: () => void held.splice(0).map((go) => go()) };
}

function flagsOver(variables: Readonly<Record<string, string>>) {
  const flags = createFlags(defineFlags({ enable_tabby: tabbyFlag() }), {
    env: { files: [], variables },
    profile: false,
    logger: false,
  });
  closing.push(() => flags.close());
  return flags;
}

describe("the flag", () => {
  it("is off, and set by ENABLE_TABBY", () => {
    expect(flagsOver({}).isEnabled("enable_tabby")).toBe(false);
    expect(flagsOver({ ENABLE_TABBY: "true" }).isEnabled("enable_tabby")).toBe(true);
    expect(flagsOver({}).getFlagMetadata("enable_tabby")).toMatchObject({ variable: "ENABLE_TABBY", default: false });
  });

  it("may be told what any flag may", () => {
    const registry = defineFlags({
      parent: flag.boolean({ default: true }),
      enable_tabby: tabbyFlag({ dependsOn: ["parent"], owner: "editor team", env: "FLAG_TABBY" }),
    });
    expect(registry.definitions.enable_tabby).toMatchObject({ owner: "editor team", env: "FLAG_TABBY" });
  });

  it("gives the service its variables, with the usual address", () => {
    const { requires } = tabbyFlag();
    const parse = (variables: object) => requires?.["~standard"].validate(variables);
    expect(parse({ TABBY_API_KEY: "" })).toEqual({ value: { TABBY_URL: "http://tabbyml:8080" } });
    expect(parse({ OTHER: "x" })).toEqual({ value: { TABBY_URL: "http://tabbyml:8080" } });
    const all = { TABBY_URL: "https://ai.example/tabby", TABBY_API_KEY: "made-up", NODE_ENV: "production" };
    expect(parse(all)).toEqual({ value: all });
  });

  it.each([
    ["TABBY_URL", "hunter2", "not_an_http_address"],
    ["TABBY_URL", "ftp://hunter2", "not_an_http_address"],
    ["TABBY_URL", "http://hunter2:99999", "not_an_http_address"],
    ["TABBY_URL", "http://tabbyml/hunter2 x", "not_an_http_address"],
    ["TABBY_URL", "http://ana:hunter2@tabbyml", "holds_credentials"],
    ["TABBY_URL", "http://:hunter2@tabbyml", "holds_credentials"],
    ["TABBY_URL", "http://tabbyml?key=hunter2", "holds_a_query"],
    ["TABBY_URL", "http://tabbyml/#hunter2", "holds_a_query"],
    ["TABBY_API_KEY", "hunter2 and a space", "not_visible_ascii"],
    ["TABBY_API_KEY", "Bearer hunter2", "begins_with_bearer"],
  ])("cannot be on where %s is %s, which is not shown: %s", (name, value, code) => {
    const start = () => flagsOver({ ENABLE_TABBY: "true", [name]: value });
    expect(start).toThrow(new RegExp(`requires ${name} \\(${code}\\);`));
    expect(start).not.toThrow(/hunter2/);
    const off = flagsOver({ [name]: value });
    expect(off.isEnabled("enable_tabby")).toBe(false);
    expect(codeCompletionFactory(off).status()).toMatchObject({ state: "disabled" });
  });
});

describe("codeCompletionFactory", () => {
  it("has the null client while the flag is off, the real one while it is on", async () => {
    const server = await tabby();
    const flags = flagsOver({ TABBY_URL: server.url, TABBY_API_KEY: secrets.key });
    const { service } = codeCompletionFactory(flags);
    const message = expect.stringContaining('(flag "enable_tabby", variable ENABLE_TABBY)');
    expect(await service.complete(request)).toEqual({ id: "", choices: [], message });
    expect(await service.isAvailable()).toBe(false);
    expect(server.requests).toEqual([]);

    flags.setFlag("enable_tabby", true);
    expect(await service.isAvailable()).toBe(true);
    const [inFlight, listed] = [service.complete(request), () => flags.services()[0]];
    await server.asked(2);
    expect(listed()).toMatchObject({ name: "enable_tabby", state: "ready", inFlight: 1 });

    flags.setFlag("enable_tabby", false);
    expect(await service.healthCheck()).toEqual({ status: "disabled", message });
    server.answer();
    expect(await inFlight).toEqual({ id: "real", choices: [] });
    expect(server.requests).toEqual(["/v1/health", "/v1/completions"].map((path) => `${path} Bearer ${secrets.key}`));
  });

  it("lets what a call fails with through, and serves on", async () => {
    const server = await listen((_, reply) => void reply.writeHead(501).end());
    closing.push(server.close);
    const flags = flagsOver({ TABBY_URL: server.url, ENABLE_TABBY: "true" });
    const completion = codeCompletionFactory(flags, { timeoutMs: 5_000, retries: 0 });
    expect(await failure(completion.service.complete(request))).toMatchObject({ reason: "no-model" });
    expect(completion.status()).toMatchObject({ state: "ready", healthy: true });
    expect(await flags.checkServices()).toMatchObject([{ healthy: false, error: { code: expect.any(String) } }]);
    expect(JSON.stringify(flags.services())).not.toContain(server.url);
  });

  it("tells of an address that cannot be used, and has the null client meanwhile", async () => {
    const lax = flag.boolean({ default: true, env: "ON", requires: z.object({ TABBY_URL: z.string() }) });
    const flags = createFlags(defineFlags({ completion: lax }), {
      env: { files: [], variables: { TABBY_URL: "http://ana:hunter2@tabbyml" } },
      profile: false,
      logger: false,
    });
    closing.push(() => flags.close());
    const errors: BurgeeError[] = [];
    flags.on("error", (error) => errors.push(error));
    const completion = codeCompletionFactory(flags, { flag: "completion", name: "the completion" });
    await expect(completion.ready()).rejects.toMatchObject({ code: "SERVICE_FAILED" });
    expect(errors).toMatchObject([{ code: "SERVICE_FAILED" }]);
    expect(completion.status()).toMatchObject({ name: "the completion", state: "failing", healthy: false });
    expect(JSON.stringify([completion.status(), errors.map(String)])).not.toContain("hunter2");
    const { choices, message } = await completion.service.complete(request);
    expect({ choices, message }).toEqual({
      choices: [],
      message: expect.stringContaining('"completion", variable ON)'),
    });
  });

  it("warns of a missing key in production once, however often the flag goes off and on", async () => {
    const warn = vi.fn();
    const flags = flagsOver({ NODE_ENV: "production" });
    const completion = codeCompletionFactory(flags, { logger: { info: vi.fn(), warn, error: vi.fn() } });
    expect(warn).not.toHaveBeenCalled();
    for (let n = 0; n < 3; n++) {
      flags.setFlag("enable_tabby", true);
      await completion.ready();
      flags.setFlag("enable_tabby", false);
      await completion.ready();
    }
    expect(warn).toHaveBeenCalledOnce();
  });

  it("refuses options that cannot be used before anything is turned on", () => {
    const flags = flagsOver({});
    expect(() => codeCompletionFactory(flags, { timeoutMs: -1 })).toThrow(/`timeoutMs`/);
    // @ts-expect-error there is no such option
    expect(() => codeCompletionFactory(flags, { timeout: 1 })).toThrow(/no option `timeout`.*did you mean "timeoutMs"/);
    // @ts-expect-error there is no such option
    expect(() => codeCompletionFactory(flags, { healthCheck: null })).toThrow(/there are .*drainMs.*retries/);
    for (const options of [{ start: "lazy" }, { drainMs: 1 }, { startTimeoutMs: 1 }, { retry: {} }] as const)
      expect(() => codeCompletionFactory(flagsOver({}), options)).not.toThrow();
  });

  it("refuses flags that cannot choose, where it is compiled and where it runs", () => {
    const flags = createFlags(
      defineFlags({
        other: flag.boolean({ default: false, requires: z.object({ URL: z.optional(z.string()) }) }),
        bare: flag.boolean({ default: false }),
        level: flag.number({ default: 1 }),
      }),
      { env: { files: [], variables: {} }, profile: false, logger: false },
    );
    closing.push(() => flags.close());
    // @ts-expect-error there is no flag 'enable_tabby' in this registry
    expect(() => codeCompletionFactory(flags)).toThrow(expect.objectContaining({ code: "FLAG_NOT_FOUND" }));
    // @ts-expect-error 'level' is not a boolean flag
    expect(() => codeCompletionFactory(flags, { flag: "level" })).toThrow(
      expect.objectContaining({ code: "TYPE_MISMATCH" }),
    );
    const noneOfTabby = (name: string) =>
      expect.objectContaining({
        code: "INVALID_OPTIONS",
        flag: name,
        message: expect.stringContaining(`needs a flag that tabbyFlag() defines, and "${name}" is none`),
      });
    // @ts-expect-error codeCompletionFactory needs a flag that tabbyFlag() defines, and 'other' is none
    expect(() => codeCompletionFactory(flags, { flag: "other" })).toThrow(noneOfTabby("other"));
    // @ts-expect-error codeCompletionFactory needs a flag that tabbyFlag() defines, and 'bare' is none
    expect(() => codeCompletionFactory(flags, { flag: "bare" })).toThrow(noneOfTabby("bare"));
    // @ts-expect-error these are no flags
    expect(() => codeCompletionFactory({})).toThrow(/codeCompletionFactory needs flags first/);
    expect(flags.services()).toEqual([]);
  });
});
