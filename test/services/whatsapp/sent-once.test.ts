import type { Clock } from "burgee";
import { MessagingError, WhatsAppMessagingService } from "burgee/services/whatsapp";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type CloudApi, cloudApi, phoneNumberId, type Reaction, token } from "./cloud-api-server.js";
import { TestClock } from "./test-clock.js";

const to = "+15551234567";
const timeoutMs = 15_000;

let api: CloudApi;
let clock: TestClock;
let whatsapp: WhatsAppMessagingService;

beforeEach(async () => {
  api = await cloudApi();
  clock = new TestClock();
  whatsapp = new WhatsAppMessagingService({
    phoneNumberId,
    token,
    verifyToken: "verify-me",
    baseUrl: api.baseUrl,
    timeoutMs,
    clock,
  });
});

afterEach(async () => {
  await whatsapp.close();
  await api[Symbol.asyncDispose]();
  expect(clock.waiting).toBe(0);
});

/** Sent or not, as the caller sees it. */
async function outcomeOf(call: Promise<unknown>): Promise<"sent" | MessagingError> {
  try {
    await call;
    return "sent";
  } catch (error) {
    if (error instanceof MessagingError) return error;
    throw error;
  }
}

/** The request has reached the server, which does what the test says. */
function arrives(react: Reaction): Promise<void> {
  return new Promise((resolve) => {
    api.next.push((it) => {
      react(it);
      resolve();
    });
  });
}

/** What a server may do that has sent the message, and not have its answer arrive. */
const faults: readonly [string, string, Reaction][] = [
  ["resets the connection", "connection-lost", ({ response }) => response.socket?.resetAndDestroy()],
  ["closes the connection", "connection-lost", ({ response }) => response.socket?.end()],
  [
    "answers half",
    "connection-lost",
    ({ response }) => {
      response.writeHead(200, { "Content-Length": 100 }).write('{"messages":[{"id":"wam');
      setImmediate(() => response.socket?.destroy());
    },
  ],
  [
    "refuses, but half of it is missing",
    "connection-lost",
    ({ response }) => {
      response.writeHead(429, { "Content-Length": 100 }).write('{"error":{"code":13042');
      setImmediate(() => response.socket?.destroy());
    },
  ],
  [
    "would speak another protocol",
    "connection-lost",
    ({ response }) => response.socket?.end("HTTP/1.1 101 Switching\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n"),
  ],
  ["speaks no HTTP", "connection-lost", ({ response }) => response.socket?.end("SMTP ready\r\n\r\n")],
  [
    "answers without end",
    "invalid-answer",
    ({ response }) => {
      response.writeHead(200);
      for (let part = 0; part < 20; part++) response.write(" ".repeat(64 * 1024));
    },
  ],
  ["answers an empty body", "invalid-answer", ({ response }) => response.end()],
  ["fails with 500", "server", (it) => it.refuse(500, 131000)],
  ["fails with 503, and says that it was too much", "throughput", (it) => it.refuse(503, 130429)],
  ["says 408", "parameter", ({ response }) => response.writeHead(408).end()],
  ["answers 502 from a proxy", "server", ({ response }) => response.writeHead(502).end("<html>")],
  [
    "points elsewhere with 307",
    "invalid-answer",
    ({ response }) => response.writeHead(307, { Location: `${api.baseUrl}/v24.0/${phoneNumberId}/messages` }).end(),
  ],
];

describe("one call sends once", () => {
  test.each(faults)("where the server has sent it and %s: %s", async (_, reason, fault) => {
    api.next.push((it) => {
      it.accept();
      fault(it);
    });
    const outcome = await outcomeOf(whatsapp.sendText(to, "Hello"));
    expect(outcome).toMatchObject({ reason, mayHaveBeenSent: true });
    expect(api.accepted).toEqual([to]);
    expect(api.requests.length).toBe(1);
  });

  test("where the server has sent it and misdirects it with 421, at which fetch sends again", async () => {
    api.next.push((it) => {
      it.accept();
      it.response.writeHead(421).end();
    });
    expect(await outcomeOf(whatsapp.sendText(to, "Hello"))).toMatchObject({ reason: "parameter", status: 421 });
    expect(api.requests.length).toBe(1);
  });

  test("where the server has sent it and does not answer in time", async () => {
    const arrived = arrives((it) => void it.accept());
    const outcome = outcomeOf(whatsapp.sendText(to, "Hello"));
    await arrived;
    clock.pass(timeoutMs);
    expect(await outcome).toMatchObject({ reason: "timeout", mayHaveBeenSent: true });
    expect(api.requests.length).toBe(1);
  });

  test("where the connection that is used again was closed meanwhile", async () => {
    await whatsapp.sendText(to, "Hello");
    expect(await api.connections()).toBe(1);
    api.next.push(({ response }) => response.socket?.resetAndDestroy());
    expect(await outcomeOf(whatsapp.sendText(to, "Hello"))).toMatchObject({ reason: "connection-lost" });
    expect(api.requests.length).toBe(2);
  });

  test("and where nobody listens, nothing was sent", async () => {
    const { baseUrl } = api;
    await api[Symbol.asyncDispose]();
    const lonely = new WhatsAppMessagingService({ phoneNumberId, token, verifyToken: "v", baseUrl });
    const outcome = await outcomeOf(lonely.sendText(to, "Hello"));
    expect(outcome).toMatchObject({
      reason: "unreachable",
      mayHaveBeenSent: false,
      message: `WhatsApp cannot be reached at ${new URL(baseUrl).host} (ECONNREFUSED); nothing was sent`,
      cause: { code: "ECONNREFUSED" },
    });
    await lonely.close();
    api = await cloudApi();
  });

  test("whatever the server does, in whatever order", async () => {
    const refusals: readonly Reaction[] = [
      (it) => it.refuse(429, 130429),
      (it) => it.refuse(400, 131056),
      (it) => it.refuse(429, 80007),
      ({ response }) => response.writeHead(429).end("slow down"),
    ];
    const ends: readonly Reaction[] = [
      ...faults
        .filter(([name]) => name !== "answers without end")
        .map(
          ([, , fault]): Reaction =>
            (it) => {
              it.accept();
              fault(it);
            },
        ),
      (it) => it.answer(),
      (it) => it.refuse(401, 190),
    ];
    const swift = {
      now: () => 0,
      wake: (at: number, ring: () => void) => {
        // Waits between tries pass at once; time-outs never come.
        if (at !== timeoutMs) setImmediate(ring);
        return () => undefined;
      },
    };
    const service = new WhatsAppMessagingService({
      ...{ phoneNumberId, token, verifyToken: "v", baseUrl: api.baseUrl, timeoutMs, clock: swift },
      backoff: { firstMs: 1, limitMs: 10_000 },
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...refusals), { maxLength: 4 }),
        fc.constantFrom(...ends),
        async (no, end) => {
          const [sentBefore, askedBefore] = [api.accepted.length, api.requests.length];
          api.next.push(...no, end);
          const outcome = await outcomeOf(service.sendText(to, "Hello"));
          const sent = api.accepted.length - sentBefore;
          expect(sent).toBeLessThanOrEqual(1);
          expect(api.requests.length - askedBefore).toBe(no.length + 1);
          if (outcome === "sent") expect(sent).toBe(1);
          else if (sent === 1) expect(outcome.mayHaveBeenSent).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
    await service.close();
  });
});

describe("what Meta refuses for want of room", () => {
  test.each([
    ["throughput", 429, 130429],
    ["throughput", 400, 130429],
    ["throughput", 429, 80007],
    ["throughput", 429, 4],
    ["pair-rate", 400, 131056],
    ["throughput", 429, 999999],
  ])("is sent later: %s, status %i, code %i", async (_, status, code) => {
    for (let time = 0; time < 3; time++) api.next.push((it) => it.refuse(status, code));
    const outcome = outcomeOf(whatsapp.sendText(to, "Hello"));
    for (const least of [1_000, 4_000, 16_000]) {
      const pause = await clock.pauseOf(timeoutMs);
      expect(pause).toBeGreaterThanOrEqual(least);
      expect(pause).toBeLessThanOrEqual(least * 1.25);
      expect(api.accepted).toEqual([]);
      clock.pass(pause);
    }
    expect(await outcome).toBe("sent");
    expect(api.accepted).toEqual([to]);
  });

  test.each([0, 0.5, 0.999])("is sent later by up to a quarter more, by chance: %d", async (chance) => {
    const random = vi.spyOn(Math, "random").mockReturnValue(chance);
    try {
      api.next.push((it) => it.refuse(429, 130429));
      const outcome = outcomeOf(whatsapp.sendText(to, "Hello"));
      const pause = await clock.pauseOf(timeoutMs);
      expect(pause).toBe(Math.ceil(1_000 + 250 * chance));
      clock.pass(pause);
      expect(await outcome).toBe("sent");
    } finally {
      random.mockRestore();
    }
  });

  test("is told where the next try would begin after the limit", async () => {
    for (let time = 0; time < 9; time++) api.next.push((it) => it.refuse(400, 131056));
    const outcome = outcomeOf(whatsapp.sendText(to, "Hello"));
    for (let time = 0; time < 3; time++) clock.pass(await clock.pauseOf(timeoutMs));
    expect(await outcome).toMatchObject({ reason: "pair-rate", metaCode: 131056, mayHaveBeenSent: false });
    expect(api.requests.length).toBe(4);
  });

  test("waits as long as the server asks, never shorter than without, and not where that is too long", async () => {
    const answers = ["7", "0", "soon", "3600"];
    for (const header of answers) api.next.push((it) => it.refuse(429, 130429, { headers: { "Retry-After": header } }));
    const outcome = outcomeOf(whatsapp.sendText(to, "Hello"));
    for (const least of [7_000, 4_000, 16_000]) {
      const pause = await clock.pauseOf(timeoutMs);
      expect(pause).toBeGreaterThanOrEqual(least);
      expect(pause).toBeLessThanOrEqual(least * 1.25);
      clock.pass(pause);
    }
    expect(await outcome).toMatchObject({ reason: "throughput", retryAfterMs: 3_600_000 });
  });

  test("understands a date of the server's", async () => {
    const later = new Date(Date.now() + 3_600_000).toUTCString();
    api.next.push((it) => it.refuse(429, 130429, { headers: { "Retry-After": later } }));
    api.next.push((it) => it.refuse(401, 190, { headers: { "Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT" } }));
    const outcome = await outcomeOf(whatsapp.sendText(to, "Hello"));
    if (outcome === "sent") throw new Error("it was sent too early");
    expect(outcome.retryAfterMs).toBeGreaterThan(3_500_000);
    expect(await outcomeOf(whatsapp.sendText(to, "Hello"))).toMatchObject({ retryAfterMs: 0 });
  });

  test("is told at once where no time is given for it", async () => {
    const options = { phoneNumberId, token, verifyToken: "v", baseUrl: api.baseUrl, backoff: { limitMs: 0 } };
    const hasty = new WhatsAppMessagingService(options);
    api.next.push((it) => it.refuse(429, 130429));
    expect(await outcomeOf(hasty.sendText(to, "Hello"))).toMatchObject({ reason: "throughput" });
    expect(api.requests.length).toBe(1);
    await hasty.close();
  });

  test("holds up nobody but its own recipient's message", async () => {
    api.next.push((it) => it.refuse(400, 131056));
    const slow = outcomeOf(whatsapp.sendText(to, "Hello"));
    const pause = await clock.pauseOf(timeoutMs);
    const others = Array.from({ length: 60 }, (_, at) => `+1555000${1_000 + at}`);
    await Promise.all(others.map((other) => whatsapp.sendText(other, "Hello")));
    expect([...api.accepted].sort()).toEqual(others);
    clock.pass(pause);
    expect(await slow).toBe("sent");
  });
});

describe("what is given up", () => {
  test("before it was sent leaves nothing", async () => {
    const reason = new Error("the user left");
    const outcome = await outcomeOf(whatsapp.sendText(to, "Hello", { signal: AbortSignal.abort(reason) }));
    expect(outcome).toMatchObject({ reason: "aborted", mayHaveBeenSent: false, cause: reason });
    expect(api.requests).toEqual([]);
  });

  test("while the server is at it may have been sent", async () => {
    const controller = new AbortController();
    const arrived = arrives((it) => void it.accept());
    const outcome = outcomeOf(whatsapp.sendText(to, "Hello", { signal: controller.signal }));
    await arrived;
    controller.abort();
    expect(await outcome).toMatchObject({ reason: "aborted", mayHaveBeenSent: true });
    expect(api.requests.length).toBe(1);
  });

  test("while it waits was not sent, and never will be", async () => {
    const controller = new AbortController();
    api.next.push((it) => it.refuse(429, 130429));
    const outcome = outcomeOf(whatsapp.sendText(to, "Hello", { signal: controller.signal }));
    await clock.pauseOf(timeoutMs);
    controller.abort();
    expect(await outcome).toMatchObject({ reason: "aborted", mayHaveBeenSent: false });
    clock.pass(100_000);
    expect(api.requests.length).toBe(1);
  });

  test("between a refusal and the wait ends there", async () => {
    const controller = new AbortController();
    let asked = 0;
    const odd: Clock = {
      now() {
        // When the call began, when the request did, and when the refusal has come.
        if (++asked === 3) controller.abort();
        return 0;
      },
      wake: () => () => undefined,
    };
    const options = { phoneNumberId, token, verifyToken: "v", baseUrl: api.baseUrl, clock: odd };
    const service = new WhatsAppMessagingService(options);
    api.next.push((it) => it.refuse(429, 130429));
    const outcome = await outcomeOf(service.sendText(to, "Hello", { signal: controller.signal }));
    expect(outcome).toMatchObject({ reason: "aborted", mayHaveBeenSent: false });
    await service.close();
  });

  test("by closing: what waits, what is under way, and what comes later", async () => {
    api.next.push((it) => it.refuse(429, 130429));
    const waits = outcomeOf(whatsapp.sendText(to, "Hello"));
    await clock.pauseOf(timeoutMs);
    const arrived = arrives((it) => void it.accept());
    const underWay = outcomeOf(whatsapp.sendText(to, "Hello"));
    await arrived;
    await whatsapp.close();
    expect(await waits).toMatchObject({ reason: "closed", mayHaveBeenSent: false });
    expect(await underWay).toMatchObject({ reason: "closed", mayHaveBeenSent: true });
    expect(await outcomeOf(whatsapp.sendText(to, "Hello"))).toMatchObject({ reason: "closed", mayHaveBeenSent: false });
    expect(api.requests.length).toBe(2);
  });

  test("leaves no listener on a signal that lives on", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [signal.addEventListener, signal.removeEventListener];
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners++;
      add.apply(signal, given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners--;
      remove.apply(signal, given);
    };
    await whatsapp.sendText(to, "Hello", { signal });
    api.next.push((it) => it.refuse(401, 190));
    await outcomeOf(whatsapp.sendText(to, "Hello", { signal }));
    expect(listeners).toBe(0);
  });

  test("takes the time of its own options before the service's", async () => {
    const arrived = arrives(() => undefined);
    const outcome = outcomeOf(whatsapp.sendText(to, "Hello", { timeoutMs: 500 }));
    await arrived;
    clock.pass(500);
    expect(await outcome).toMatchObject({ reason: "timeout", message: expect.stringContaining("500 ms") });
  });
});
