import { once } from "node:events";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { TabbyCodeCompletionClient, type TabbyOptions } from "../../../src/services/code-completion/index.js";
import { failure, secrets } from "./fixtures/failure.js";
import { type Loopback, listen } from "./fixtures/loopback.js";

const request = { language: "python", prefix: secrets.prompt };
const answer = { id: "cmpl-1", choices: [{ index: 0, text: "pass" }] };
const LIMIT = 1_048_576;
/** Where fetch looks for what sends its requests, as the package undici documents it. */
const DISPATCHER = Symbol.for("undici.globalDispatcher.1");

const open: Loopback[] = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  for (const server of open.splice(0)) await server.close();
});

/** A server that answers each request by the next of these, the last one for ever, and counts them. */
async function serve(...answers: readonly [RequestListener, ...RequestListener[]]) {
  let requests = 0;
  const server = await listen((incoming, reply) =>
    answers[Math.min(requests++, answers.length - 1)]?.(incoming, reply),
  );
  open.push(server);
  return {
    url: server.url,
    get requests() {
      return requests;
    },
    client: (options: Partial<TabbyOptions> = {}) =>
      new TabbyCodeCompletionClient({ url: server.url, apiKey: secrets.key, ...options }),
  };
}

function status(code: number, headers: Readonly<Record<string, string>> = {}): RequestListener {
  return (_, reply) => void reply.writeHead(code, headers).end(secrets.answer);
}

function packed(body: Buffer): RequestListener {
  return (_, reply) => void reply.writeHead(200, { "content-encoding": "gzip" }).end(body);
}

const good: RequestListener = (_, reply) => void reply.end(JSON.stringify(answer));
const healthy: RequestListener = (_, reply) => void reply.end('{"model":"m"}');
const reset: RequestListener = ({ socket }) => void socket.resetAndDestroy();
const silent: RequestListener = () => undefined;

describe("a server that is slow", () => {
  const half: RequestListener = (_, reply) => void reply.write('{"id":');

  it.each([
    ["never answers", silent],
    ["never ends its answer", half],
  ])("and %s is given up when the time is over", async (_, slow) => {
    const server = await serve(slow);
    const error = await failure(server.client({ timeoutMs: 60 }).complete(request));
    expect(error).toMatchObject({ reason: "timeout", status: undefined });
    expect(error.message).toContain("60 ms");
    expect(await server.client({ timeoutMs: 60 }).isAvailable()).toBe(false);
  });

  it.each([
    ["never answers", silent, "headersTimeout"],
    ["never ends its answer", half, "bodyTimeout"],
  ])("and %s is given up where the process lets no fetch wait that long", async (_, slow, limit) => {
    const server = await serve(slow);
    await expect(fetch(server.url, { signal: AbortSignal.abort() })).rejects.toThrow();
    const usual = Reflect.get(globalThis, DISPATCHER);
    Reflect.set(globalThis, DISPATCHER, new usual.constructor({ [limit]: 60 }));
    try {
      expect(await failure(server.client().complete(request))).toMatchObject({ reason: "timeout" });
      expect(server.requests).toBe(1);
    } finally {
      Reflect.set(globalThis, DISPATCHER, usual);
    }
  });

  it("may not make the time longer by asking for more tries", async () => {
    const server = await serve(status(503, { "retry-after": "0" }));
    const error = await failure(server.client({ timeoutMs: 150, retries: 1_000 }).complete(request));
    expect(["unavailable", "timeout"]).toContain(error.reason);
    expect(server.requests).toBeLessThanOrEqual(2);
  });
});

describe("a server that breaks off", () => {
  const inTheMiddle: RequestListener = ({ socket }, reply) =>
    void reply.writeHead(200, { "content-length": "100" }).write('{"id":', () => socket.destroy());
  const inAChunk: RequestListener = ({ socket }, reply) => void reply.write('{"id":', () => socket.destroy());

  it.each([
    ["before its answer", reset],
    ["in the middle of its answer", inTheMiddle],
    ["in the middle of its answer, of no known length", inAChunk],
  ])("%s is not asked for a completion again", async (_, broken) => {
    const server = await serve(broken, good);
    expect(await failure(server.client().complete(request))).toMatchObject({ reason: "cut-off" });
    expect(server.requests).toBe(1);
  });

  it("is asked for its health again, three times in all", async () => {
    const once = await serve(reset, inTheMiddle, healthy);
    expect(await once.client().healthCheck()).toEqual({ status: "ok", model: "m" });
    const always = await serve(reset);
    expect(await failure(always.client().healthCheck())).toMatchObject({ reason: "cut-off" });
    expect(always.requests).toBe(3);
  });
});

describe("an answer that is none", () => {
  const text = (body: string | Buffer): RequestListener => {
    return (_, reply) => void reply.writeHead(200, { "content-type": "application/json" }).end(body);
  };

  it.each([
    ["a page", text(`<html>${secrets.answer}</html>`)],
    ["half of it", text(`{"id":"${secrets.answer}`)],
    ["half of it, packed", packed(gzipSync(JSON.stringify(answer)).subarray(0, 20))],
    ["nothing", text("")],
    ["no content", (_: IncomingMessage, reply: ServerResponse) => void reply.writeHead(204).end()],
    ["no text", text(Buffer.from([0x22, 0xff, 0xfe, 0x22]))],
  ])("is not JSON: %s", async (_, broken) => {
    const server = await serve(broken);
    expect(await failure(server.client().complete(request))).toMatchObject({ reason: "not-json" });
    expect(await failure(server.client().healthCheck())).toMatchObject({ reason: "not-json" });
    expect(server.requests).toBe(2);
  });

  it("is not HTTP", async () => {
    const server = createServer((socket) => {
      socket.once("data", () => socket.end(`SSH-2.0-${secrets.answer}\r\n`));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const client = new TabbyCodeCompletionClient({ url: `http://127.0.0.1:${port}`, apiKey: secrets.key });
    expect(await failure(client.complete(request))).toMatchObject({ reason: "not-json" });
    server.close();
    await once(server, "close");
  });

  it.each([
    ["[]", "the answer itself"],
    ["null", "the answer itself"],
    ['"text"', "the answer itself"],
    ["{}", "id, choices"],
    ['{"id":7,"choices":{}}', "id, choices"],
    ['{"id":"a","choices":[{"index":0,"text":"x"},{"index":-1}]}', "choices.1.index, choices.1.text"],
    ['{"id":"a","choices":[{"index":0.5,"text":null}]}', "choices.0.index, choices.0.text"],
  ])("is of another shape: %s", async (body, places) => {
    const error = await failure((await serve(text(body))).client().complete(request));
    expect(error.reason).toBe("wrong-shape");
    expect(error.message).toMatch(new RegExp(`at ${places}$`));
  });

  it.each(["[]", '{"model":7}', '{"version":"v1"}'])("is no health: %s", async (body) => {
    const server = await serve(text(body));
    expect(await failure(server.client().healthCheck())).toMatchObject({ reason: "wrong-shape" });
    expect(await server.client().isAvailable()).toBe(false);
  });

  it.each(["{}", '{"model":null}', '{"model":""}'])("tells that no model is there: %s", async (body) => {
    const server = await serve(text(body));
    expect(await server.client().healthCheck()).toEqual({ status: "no-model" });
    expect(await server.client().isAvailable()).toBe(false);
  });
});

describe("an answer that is too large", () => {
  it("is refused by its length alone", async () => {
    let closed: Promise<unknown> | undefined;
    const server = await serve((_, reply) => {
      closed = once(reply, "close");
      reply.writeHead(200, { "content-length": String(10 * LIMIT) }).write("{");
    });
    expect(await failure(server.client().complete(request))).toMatchObject({ reason: "too-large" });
    await closed;
  });

  it.each([10 * LIMIT, Number.POSITIVE_INFINITY])("of %d bytes is not read to its end", async (bytes) => {
    let closed: Promise<unknown> | undefined;
    const server = await serve((_, reply) => {
      closed = once(reply, "close");
      let left = bytes;
      const more = () => {
        while (left > 0 && !reply.destroyed) {
          left -= LIMIT / 16;
          if (!reply.write(" ".repeat(LIMIT / 16))) return;
        }
      };
      reply.on("drain", more);
      more();
    });
    expect(await failure(server.client().complete(request))).toMatchObject({ reason: "too-large" });
    // The server sees that nobody listens any more; one that goes on for ever would never end by itself.
    await closed;
  });

  it("is measured unpacked", async () => {
    const server = await serve(packed(gzipSync(Buffer.alloc(10 * LIMIT, " "))));
    expect(await failure(server.client().complete(request))).toMatchObject({ reason: "too-large" });
  });

  it("may have 1 MiB, and not a byte more", async () => {
    const padded = (length: number): RequestListener => {
      return (_, reply) => void reply.write(JSON.stringify(answer).padEnd(length), () => reply.end());
    };
    expect(await (await serve(padded(LIMIT))).client().complete(request)).toEqual(answer);
    const error = await failure((await serve(padded(LIMIT + 1))).client().complete(request));
    expect(error).toMatchObject({ reason: "too-large" });
  });

  it("may not have endless headers either", async () => {
    const server = await serve((_, reply) => void reply.writeHead(200, { "x-much": "x".repeat(100_000) }).end());
    expect(await failure(server.client().complete(request))).toMatchObject({ reason: "too-large" });
  });
});

describe("a status that is no success", () => {
  it.each([
    [400, "empty-prompt"],
    [401, "unauthorized"],
    [403, "forbidden"],
    [404, "not-found"],
    [415, "invalid-request"],
    [421, "invalid-request"],
    [422, "invalid-request"],
    [429, "rate-limited"],
    [500, "server-error"],
    [501, "no-model"],
    [502, "server-error"],
    [503, "unavailable"],
  ] as const)("%i is %s, and asked once", async (code, reason) => {
    const server = await serve(status(code));
    const error = await failure(server.client().complete(request));
    expect(error).toMatchObject({ reason, status: code, retryAfterMs: undefined, code: "SERVICE_CALL_FAILED" });
    expect(error.message).toContain(`Tabby at ${server.url} `);
    expect(error.message).toContain(`(${code} at /v1/completions)`);
    expect(server.requests).toBe(1);
  });

  // A server would see the connection end as soon as the answer's memory is collected, and so tells nothing.
  it.each([
    ["server-error", { status: 500 }],
    ["too-large", { headers: { "content-length": String(2 * LIMIT) } }],
  ])("lets go of an answer that nobody reads: %s", async (reason, init) => {
    const cancel = vi.fn(() => Promise.reject(new Error(secrets.answer)));
    vi.stubGlobal("fetch", async () => new Response(new ReadableStream({ cancel }), init));
    const client = new TabbyCodeCompletionClient({ url: "http://tabbyml:8080" });
    expect(await failure(client.complete(request))).toMatchObject({ reason });
    expect(cancel).toHaveBeenCalledOnce();
  });

  it.each([500, 502, 503])("%i is worth another question after the health", async (code) => {
    const server = await serve(status(code), healthy);
    expect(await server.client().isAvailable()).toBe(true);
  });

  it.each([401, 404, 429, 501])("%i is none", async (code) => {
    const server = await serve(status(code), healthy);
    expect(await failure(server.client().healthCheck())).toMatchObject({ status: code });
    expect(server.requests).toBe(1);
  });

  it.each([301, 302, 303, 307, 308])("%i is not followed, and the key stays here", async (code) => {
    const elsewhere = await serve(good);
    const server = await serve(status(code, { location: `${elsewhere.url}/v1/completions` }));
    expect(await failure(server.client().complete(request))).toMatchObject({ reason: "redirected", status: code });
    expect(await failure(server.client().healthCheck())).toMatchObject({ reason: "redirected", status: code });
    expect(elsewhere.requests).toBe(0);
  });
});

describe("a server that says when to come back", () => {
  const past = new Date(0).toUTCString();

  it.each([
    [429, "0"],
    [503, "0"],
    [429, past],
    [503, past],
  ])("with %i, %s is asked again", async (code, retryAfter) => {
    const server = await serve(status(code, { "retry-after": retryAfter }), good);
    expect(await server.client().complete(request)).toEqual(answer);
    expect(server.requests).toBe(2);
  });

  it("is asked three times in all, or as often as was wanted", async () => {
    for (const [options, times] of [
      [{}, 3],
      [{ retries: 0 }, 1],
      [{ retries: 1 }, 2],
    ] as const) {
      const server = await serve(status(429, { "retry-after": "0" }));
      const error = await failure(server.client(options).complete(request));
      expect(error).toMatchObject({ reason: "rate-limited", retryAfterMs: 0 });
      expect(server.requests).toBe(times);
    }
  });

  it("too late for this call is told so to the caller, at once", async () => {
    const server = await serve(status(429, { "retry-after": "3600" }));
    expect(await failure(server.client().complete(request))).toMatchObject({ retryAfterMs: 3_600_000 });
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    const dated = await serve(status(503, { "retry-after": date }));
    const { retryAfterMs = 0 } = await failure(dated.client().complete(request));
    expect(retryAfterMs).toBeGreaterThan(3_000_000);
    expect(retryAfterMs).toBeLessThanOrEqual(3_600_000);
    expect([server.requests, dated.requests]).toEqual([1, 1]);
  });

  it("in other words is not understood, and so not asked again", async () => {
    for (const retryAfter of ["soon", "1.5", "-1", "", "Thu, 99 Foo 2026 00:00:00 GMT"]) {
      const server = await serve(status(429, { "retry-after": retryAfter }));
      expect(await failure(server.client().complete(request))).toMatchObject({ retryAfterMs: undefined });
      expect(server.requests).toBe(1);
    }
  });

  it("means it for a busy server only", async () => {
    const server = await serve(status(500, { "retry-after": "0" }));
    expect(await failure(server.client().complete(request))).toMatchObject({ retryAfterMs: undefined });
    expect(server.requests).toBe(1);
  });
});
