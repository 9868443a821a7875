import { channel } from "node:diagnostics_channel";
import { EventEmitter, getEventListeners, once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import { TabbyCodeCompletionClient } from "../../../src/services/code-completion/index.js";
import { failure, secrets } from "./fixtures/failure.js";
import { closedPort, type Loopback, listen } from "./fixtures/loopback.js";

const request = { language: "python", prefix: secrets.prompt };
const reason = new Error("the editor moved on");

const open: Loopback[] = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  for (const server of open.splice(0)) await server.close();
});

/** A server that tells of what it does: `asked` and `closed`. */
async function serve(answer: RequestListener) {
  const events = new EventEmitter();
  const server = await listen((incoming, reply) => {
    reply.on("close", () => events.emit("closed"));
    answer(incoming, reply);
    events.emit("asked");
  });
  open.push(server);
  const client = new TabbyCodeCompletionClient({ url: server.url, apiKey: secrets.key });
  return { client, events, url: server.url };
}

describe("a caller's signal", () => {
  it.each([
    ["before the answer", () => undefined],
    ["in the middle of the answer", (_, reply) => void reply.write('{"id":')],
  ] satisfies [string, RequestListener][])("ends a call %s", async (_, answer) => {
    const { client, events } = await serve(answer);
    const caller = new AbortController();
    const [asked, closed] = [once(events, "asked"), once(events, "closed")];
    const ending = failure(client.complete(request, { signal: caller.signal }));
    await asked;
    caller.abort(reason);
    const error = await ending;
    expect(error).toMatchObject({ reason: "aborted" });
    expect(error.cause).toBe(reason);
    expect(getEventListeners(caller.signal, "abort")).toEqual([]);
    // The server need not go on for nobody.
    await closed;
  });

  it("that was aborted already lets nothing be sent", async () => {
    const { client, events } = await serve((_, reply) => void reply.end());
    let asked = 0;
    events.on("asked", () => asked++);
    const signal = AbortSignal.abort(reason);
    expect((await failure(client.complete(request, { signal }))).cause).toBe(reason);
    expect((await failure(client.healthCheck({ signal }))).cause).toBe(reason);
    expect(await client.isAvailable({ signal })).toBe(false);
    expect(asked).toBe(0);
  });

  it("may be a time of the caller's own", async () => {
    const { client } = await serve(() => undefined);
    const error = await failure(client.complete(request, { signal: AbortSignal.timeout(30) }));
    expect(error.reason).toBe("aborted");
    expect(error.cause).toMatchObject({ name: "TimeoutError" });
  });

  it("ends a wait for another try", async () => {
    const { client } = await serve((_, reply) => void reply.writeHead(503, { "retry-after": "8" }).end());
    const error = await failure(client.complete(request, { signal: AbortSignal.timeout(200) }));
    expect(error.reason).toBe("aborted");
  });

  it("that lives long gathers nothing, and no timer is left", async () => {
    const { client } = await serve((_, reply) => void reply.end('{"id":"a","choices":[]}'));
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const { signal } = new AbortController();
    const before = timers();
    for (let n = 0; n < 50; n++) await client.complete(request, { signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(timers()).toBeLessThan(before + 10);
  });
});

describe("a server that is not there", () => {
  it("is told of", async () => {
    const url = await closedPort();
    const error = await failure(new TabbyCodeCompletionClient({ url, retries: 1 }).complete(request));
    expect(error).toMatchObject({ reason: "unreachable", message: `Tabby at ${url} cannot be reached (ECONNREFUSED)` });
    expect(await new TabbyCodeCompletionClient({ url, retries: 0 }).isAvailable()).toBe(false);
  });

  it("is told of where fetch does not say why, and asked once", async () => {
    const nothingSaid = vi.fn(() => Promise.reject(new TypeError(secrets.prompt)));
    vi.stubGlobal("fetch", nothingSaid);
    const error = await failure(new TabbyCodeCompletionClient({ url: "http://tabbyml:8080" }).complete(request));
    expect(error).toMatchObject({ reason: "unreachable", message: expect.stringContaining("(no code)") });
    expect(nothingSaid).toHaveBeenCalledOnce();
  });

  it("is told of as such where fetch never asks its port, and asked once", async () => {
    const client = new TabbyCodeCompletionClient({ url: "http://127.0.0.1:10080" });
    const message = "Tabby at http://127.0.0.1:10080 is on a port that fetch never asks (bad port)";
    expect(await failure(client.complete(request))).toMatchObject({ reason: "blocked-port", message });
    expect(await failure(client.healthCheck())).toMatchObject({ reason: "blocked-port", message });
  });

  it("under a name that nobody has is looked for once", async () => {
    const client = new TabbyCodeCompletionClient({ url: "http://tabby.invalid", retries: 0 });
    expect(await failure(client.complete(request))).toMatchObject({ reason: "unreachable" });
  });

  it("yet is tried again, for nothing was sent", async () => {
    const url = await closedPort();
    const refused = channel("undici:client:connectError");
    const bodies: string[] = [];
    const server = createServer(async (incoming, reply) => {
      bodies.push((await incoming.toArray()).join(""));
      reply.end('{"id":"a","choices":[]}');
    });
    // Only a connection that was refused lets the server come up.
    const comeUp = () => void server.listen(Number(new URL(url).port), "127.0.0.1");
    refused.subscribe(comeUp);
    try {
      const call = new TabbyCodeCompletionClient({ url, retries: 6 }).complete(request);
      await once(server, "listening");
      refused.unsubscribe(comeUp);
      expect(await call).toEqual({ id: "a", choices: [] });
      expect(bodies).toHaveLength(1);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
