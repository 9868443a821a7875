import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import { WhatsAppMessagingService } from "burgee/services/whatsapp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CloudApi, cloudApi, phoneNumberId, token } from "./cloud-api-server.js";
import { TestClock } from "./test-clock.js";

/** As many connections as there are at most; those who come then wait for one. */
const ROOM = 100;

let api: CloudApi;
let clock: TestClock;
let whatsapp: WhatsAppMessagingService;
/** The connections of the program, one for each answer, as they are when it has come. */
let sockets: Socket[];
const onAnswer = (message: unknown) => {
  const { socket } = (message as { request: ClientRequest }).request;
  if (socket !== null) sockets.push(socket);
};

beforeEach(async () => {
  sockets = [];
  subscribe("http.client.response.finish", onAnswer);
  api = await cloudApi();
  clock = new TestClock();
  const { baseUrl } = api;
  whatsapp = new WhatsAppMessagingService({ phoneNumberId, token, verifyToken: "verify-me", baseUrl, clock });
});

afterEach(async () => {
  unsubscribe("http.client.response.finish", onAnswer);
  await whatsapp.close();
  await api[Symbol.asyncDispose]();
});

/** Takes all room, until the answers are given that this gives. */
async function fill(): Promise<{
  readonly answers: readonly (() => void)[];
  readonly calls: readonly Promise<unknown>[];
}> {
  const answers: (() => void)[] = [];
  for (let at = 0; at < ROOM; at++) api.next.push((it) => void answers.push(it.answer));
  const calls = Array.from({ length: ROOM }, (_, at) => whatsapp.sendText(`+1555${1_000_000 + at}`, "Hello"));
  await expect.poll(() => answers.length).toBe(ROOM);
  return { answers, calls };
}

describe("a message that waited for a connection", () => {
  test("may have been sent as soon as it has one, and cannot have been before", async () => {
    const { answers, calls } = await fill();
    const [leaving, early] = [new AbortController(), new AbortController()];
    const reset = expect(whatsapp.sendText("+15552000001", "Hello")).rejects.toMatchObject({
      reason: "connection-lost",
      mayHaveBeenSent: true,
    });
    const slow = expect(whatsapp.sendText("+15552000002", "Hello", { timeoutMs: 500 })).rejects.toMatchObject({
      reason: "timeout",
      mayHaveBeenSent: true,
    });
    const left = expect(whatsapp.sendText("+15552000003", "Hello", { signal: leaving.signal })).rejects.toMatchObject({
      reason: "aborted",
      mayHaveBeenSent: true,
    });
    const leftEarly = expect(
      whatsapp.sendText("+15552000004", "Hello", { signal: early.signal }),
    ).rejects.toMatchObject({
      reason: "aborted",
      mayHaveBeenSent: false,
    });
    // They stand in line by now: calls are made in their order.
    const last = expect(whatsapp.sendText("+15552000005", "Hello", { timeoutMs: 400 })).rejects.toMatchObject({
      reason: "timeout",
      mayHaveBeenSent: false,
    });
    await expect.poll(() => clock.waiting).toBe(ROOM + 5);
    early.abort();
    await leftEarly;
    clock.pass(400);
    await last;
    for (let at = 0; at < 3; at++)
      api.next.push((it) => {
        it.accept();
        if (it.body.to === "+15552000001") it.response.socket?.resetAndDestroy();
      });
    for (const answer of answers) answer();
    await Promise.all(calls);
    await expect.poll(() => api.accepted.length).toBe(ROOM + 3);
    await reset;
    clock.pass(100);
    leaving.abort();
    await Promise.all([slow, left]);
    expect(api.requests.length).toBe(ROOM + 3);
  });

  test("leaves nothing on it", async () => {
    const { answers, calls } = await fill();
    const more = Array.from({ length: ROOM }, (_, at) => whatsapp.sendText(`+1555${2_000_000 + at}`, "Hello"));
    for (const answer of answers) answer();
    await Promise.all([...calls, ...more]);
    expect(sockets.length).toBe(2 * ROOM);
    expect(new Set(sockets).size).toBe(ROOM);
    expect(sockets.map((socket) => socket.listenerCount("connect"))).toEqual(sockets.map(() => 0));
  });
});

test("a connection that idles is closed by this side", async () => {
  // However long the server would keep it.
  for (let at = 0; at < 2; at++)
    api.next.push((it) => {
      it.response.setHeader("Connection", "keep-alive").setHeader("Keep-Alive", "timeout=600");
      it.answer();
    });
  await whatsapp.sendText("+15551234567", "Hello");
  await whatsapp.sendText("+15551234567", "Hello");
  const [socket, same] = sockets;
  expect(socket).toBe(same);
  expect(socket?.timeout).toBe(5_000);
  // What Node says when that time has passed without a byte.
  socket?.emit("timeout");
  expect(socket?.destroyed).toBe(true);
  await whatsapp.sendText("+15551234567", "Hello");
  expect(sockets[2]).not.toBe(socket);
});
