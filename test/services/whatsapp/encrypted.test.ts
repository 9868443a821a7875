import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { WhatsAppMessagingService } from "burgee/services/whatsapp";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CloudApi, cloudApi, phoneNumberId, token } from "./cloud-api-server.js";

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
const pair = {
  key: readFileSync(fixture("loopback-key.pem")),
  cert: readFileSync(fixture("loopback-certificate.pem")),
};

let api: CloudApi;

beforeEach(async () => {
  api = await cloudApi(pair);
});

afterEach(() => api[Symbol.asyncDispose]());

test("a server whose certificate nobody vouches for gets neither the token nor a message", async () => {
  const whatsapp = new WhatsAppMessagingService({
    phoneNumberId,
    token,
    verifyToken: "verify-me",
    baseUrl: api.baseUrl,
  });
  await expect(whatsapp.sendText("+15551234567", "Hello")).rejects.toMatchObject({
    reason: "unreachable",
    mayHaveBeenSent: false,
    cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
  });
  expect(api.requests).toEqual([]);
  await whatsapp.close();
});

/** Runs a program in a process of its own, because NODE_EXTRA_CA_CERTS is read when a process starts. */
async function run(name: string, ...more: readonly string[]): Promise<unknown> {
  const words = ["--import", "tsx", fixture(name), api.baseUrl, phoneNumberId, token, ...more];
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: fixture("loopback-certificate.pem") };
  return JSON.parse((await promisify(execFile)(process.execPath, words, { env })).stdout);
}

test("messages are sent encrypted, over one connection", async () => {
  expect(await run("send-encrypted.ts")).toEqual([true, true]);
  expect(api.accepted).toEqual(["+15551234567", "+15551234568"]);
  expect(api.handshakes).toBe(1);
});

test("a message that waited for an encrypted connection may have been sent as soon as it has one", async () => {
  const answers: (() => void)[] = [];
  for (let at = 0; at < 100; at++)
    api.next.push((it) => {
      if (answers.push(it.answer) === 100) for (const answer of answers) answer();
    });
  api.next.push((it) => {
    it.accept();
    it.response.socket?.destroy();
  });
  expect(await run("send-many-encrypted.ts", "101")).toEqual([["connection-lost", true]]);
  expect(api.accepted.length).toBe(101);
  expect(api.handshakes).toBe(100);
});
