import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createFlags, defineFlags, type Gate } from "burgee";
import { type CodeCompletionClient, codeCompletionFactory, tabbyFlag } from "burgee/services/code-completion";
import { fsdpFlag, type Trainer, trainerFactory } from "burgee/services/training";
import { type MessagingService, messagingFactory, whatsappFlag } from "burgee/services/whatsapp";
import { afterEach, beforeEach, expect, test } from "vitest";
import { temporaryFolder } from "../changes/fixtures/temporary-folder.js";
import { settled } from "../flags/fixtures/isolated.js";
import { bytesInUse, usualGrowth } from "./fixtures/bytes-in-use.js";

const SWITCHES = 1_000;
/** After how many switches the memory is looked at again. */
const LOOK = 100;
const IN_FLIGHT = 50;
/** What an entry of the audit log takes up, at most. */
const AUDIT_BYTES = 1_000;

/** Answers as Tabby and as the WhatsApp Cloud API do, and counts what it was asked. */
let server: Server;
let asked: number;

beforeEach(async () => {
  asked = 0;
  server = createServer(async (request, response) => {
    asked++;
    for await (const _ of request);
    const tabby = { id: "c", choices: [{ index: 0, text: "pass" }] };
    const message = { messaging_product: "whatsapp", contacts: [], messages: [{ id: `wamid.${asked}` }] };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(request.url === "/v1/completions" ? tabby : message));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

function flagsHere() {
  const registry = defineFlags({
    enable_tabby: tabbyFlag(),
    whatsapp_enabled: whatsappFlag(),
    enable_fsdp: fsdpFlag(),
  });
  const variables = {
    TABBY_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    TABBY_API_KEY: "tabby-key",
    WHATSAPP_PHONE_NUMBER_ID: "106540352242922",
    WHATSAPP_TOKEN: "a-long-token",
    WHATSAPP_VERIFY_TOKEN: "verify-me",
  };
  return createFlags(registry, { profile: false, logger: false, env: { files: [], variables } });
}

type Name = "enable_tabby" | "whatsapp_enabled" | "enable_fsdp";

/**
 * Switches a flag on and off a thousand times, with calls in flight each time it goes off. Gives how often each was
 * answered how, those in flight first; nothing else is kept of them, so that a leak would show.
 */
async function switches<S>(
  name: Name,
  open: (flags: ReturnType<typeof flagsHere>) => Gate<S>,
  call: (service: S) => Promise<string>,
): Promise<readonly Readonly<Record<string, number>>[]> {
  const flags = flagsHere();
  const errors: unknown[] = [];
  flags.on("error", (error) => errors.push(error));
  const gate = open(flags);
  const on: Record<string, number> = {};
  const off: Record<string, number> = {};
  const count = (counts: Record<string, number>, answer: string) => {
    counts[answer] = (counts[answer] ?? 0) + 1;
  };
  const now = () => ({
    resources: process.getActiveResourcesInfo().length,
    listeners: process.eventNames().length,
  });
  let before = now();
  const bytes: number[] = [];
  for (let round = 0; round < SWITCHES; round++) {
    flags.setFlag(name, true);
    await gate.ready();
    const calls = Array.from({ length: IN_FLIGHT }, () => call(gate.service));
    expect(gate.status()).toMatchObject({ state: "ready", inFlight: IN_FLIGHT });
    flags.setFlag(name, false);
    count(off, await call(gate.service));
    for (const answer of await Promise.all(calls)) count(on, answer);
    await settled();
    expect(gate.status()).toMatchObject({ state: "disabled", inFlight: 0 });
    if (round % LOOK === LOOK - 1) bytes.push(await bytesInUse());
    if (round === SWITCHES / 2) before = now();
  }
  const after = now();
  // The audit log keeps an entry of each switch. 60 bytes kept of each call would be too many.
  expect(usualGrowth(bytes)).toBeLessThan(LOOK * (2 * AUDIT_BYTES + IN_FLIGHT * 60));
  // Sockets that wait for the next call are the agents' own business: one a call in flight at each end.
  expect(after.resources - before.resources).toBeLessThanOrEqual(2 * IN_FLIGHT);
  expect(after.listeners).toBe(before.listeners);
  expect(errors).toEqual([]);
  await flags.close();
  return [on, off];
}

test("code completion: a thousand switches lose no call and leak nothing", { timeout: 300_000 }, async () => {
  const request = { language: "python", prefix: "def " };
  const open = (flags: ReturnType<typeof flagsHere>) => codeCompletionFactory(flags);
  const complete = async (service: CodeCompletionClient) =>
    (await service.complete(request)).choices[0]?.text ?? "none";
  expect(await switches("enable_tabby", open, complete)).toEqual([{ pass: SWITCHES * IN_FLIGHT }, { none: SWITCHES }]);
  expect(asked).toBe(SWITCHES * IN_FLIGHT);
});

test("WhatsApp: a thousand switches lose no message and leak nothing", { timeout: 300_000 }, async () => {
  const told = new Uint8Array(SWITCHES * IN_FLIGHT);
  const open = (flags: ReturnType<typeof flagsHere>) =>
    messagingFactory(flags, { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  const send = async (service: MessagingService) => {
    const answer = await service.sendText("+15551234567", "Hi");
    if (!answer.sent) return answer.reason;
    told[Number(answer.messageId.slice("wamid.".length)) - 1] = 1;
    return "sent";
  };
  const all = await switches("whatsapp_enabled", open, send);
  expect(all).toEqual([{ sent: SWITCHES * IN_FLIGHT }, { disabled: SWITCHES }]);
  expect(told.every((times) => times === 1)).toBe(true);
  expect(asked).toBe(SWITCHES * IN_FLIGHT);
});

test("training: a thousand switches lose no call and leak nothing", { timeout: 300_000 }, async () => {
  const folder = temporaryFolder();
  const open = (flags: ReturnType<typeof flagsHere>) => trainerFactory(flags);
  const list = async (service: Trainer) => `${(await service.listCheckpoints(folder)).length} checkpoints`;
  const all = await switches("enable_fsdp", open, list);
  expect(all).toEqual([{ "0 checkpoints": SWITCHES * IN_FLIGHT }, { "0 checkpoints": SWITCHES }]);
  expect(asked).toBe(0);
});
