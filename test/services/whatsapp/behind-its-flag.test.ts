import { createHmac } from "node:crypto";
import { createFlags, defineFlags, flag } from "burgee";
import { messagingFactory, NullMessagingService, type SendResult, whatsappFlag } from "burgee/services/whatsapp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { type CloudApi, cloudApi, phoneNumberId, token } from "./cloud-api-server.js";

const to = "+15551234567";
const variables = {
  WHATSAPP_PHONE_NUMBER_ID: phoneNumberId,
  WHATSAPP_TOKEN: token,
  WHATSAPP_VERIFY_TOKEN: "verify-me",
};
const question = { "hub.mode": "subscribe", "hub.verify_token": "verify-me", "hub.challenge": "1158201444" };
const off = /^WhatsApp is off here \(flag "whatsapp_enabled", variable FEATURE_WHATSAPP_ENABLED\): /;

let api: CloudApi;

beforeEach(async () => {
  api = await cloudApi();
});

afterEach(() => api[Symbol.asyncDispose]());

function flagsWith(more: Readonly<Record<string, string>>) {
  const registry = defineFlags({ whatsapp_enabled: whatsappFlag() });
  return createFlags(registry, { profile: false, logger: false, env: { variables: { ...variables, ...more } } });
}

describe("the null object", () => {
  test("sends nothing, refuses and ignores, and names the flag and its variable", async () => {
    const service = new NullMessagingService();
    const disabled = { reason: "disabled", message: expect.stringMatching(off) };
    expect(await service.sendText()).toEqual({ sent: false, ...disabled });
    expect(await service.sendTemplate()).toEqual({ sent: false, ...disabled });
    expect(await service.handleWebhook()).toEqual({ accepted: false, status: 503, events: [], ...disabled });
    expect(await service.verifyWebhook()).toEqual({ verified: false, status: 503, ...disabled });
    expect(Object.isFrozen(await service.sendText())).toBe(true);
  });

  test.each([
    [{ flag: "chat", variable: "CHAT" }, 'flag "chat", variable CHAT', "chat"],
    [{ flag: "chat" }, 'flag "chat"', "chat"],
    [{ flag: "whatsapp_enabled", variable: undefined }, 'flag "whatsapp_enabled"', "whatsapp_enabled"],
  ])("names another flag, and no variable where none sets it: %o", async (options, where, name) => {
    const why = "it is off for this user, killed, closed or not started";
    const message = `WhatsApp is off here (${where}): ${why}; flags.explain("${name}") and flags.services() tell why`;
    expect(await new NullMessagingService(options).sendText()).toEqual({ sent: false, reason: "disabled", message });
  });
});

describe("the flag", () => {
  test("is off unless told otherwise, and carries what a definition may say", () => {
    const registry = defineFlags({
      whatsapp_enabled: whatsappFlag({ status: "frozen", owner: "chat", env: "CHAT_ON" }),
    });
    const flags = createFlags(registry, { profile: false, logger: false, env: { variables } });
    expect(flags.isEnabled("whatsapp_enabled")).toBe(false);
    expect(flags.getFlagMetadata("whatsapp_enabled")).toMatchObject({
      status: "frozen",
      owner: "chat",
      variable: "CHAT_ON",
    });
    flags.setFlag("whatsapp_enabled", true);
    expect(flags.isEnabled("whatsapp_enabled")).toBe(true);
  });

  test.each([
    ["WHATSAPP_PHONE_NUMBER_ID", "", "missing"],
    ["WHATSAPP_PHONE_NUMBER_ID", "+15551234567", "not_digits"],
    ["WHATSAPP_PHONE_NUMBER_ID", "1".repeat(33), "too_long"],
    ["WHATSAPP_TOKEN", "", "missing"],
    ["WHATSAPP_TOKEN", "Bearer EAAx", "begins_with_bearer"],
    ["WHATSAPP_TOKEN", "two words", "has_spaces"],
    ["WHATSAPP_TOKEN", "“EAAx”", "not_ascii"],
    ["WHATSAPP_VERIFY_TOKEN", "", "missing"],
  ])("cannot be on where %s is %o, tells why, and quotes no value", (name, value, code) => {
    expect(() => flagsWith({ FEATURE_WHATSAPP_ENABLED: "true", [name]: value })).toThrow(`${name} (${code})`);
    expect(() => flagsWith({ FEATURE_WHATSAPP_ENABLED: "true", [name]: value })).not.toThrow(value || token);
  });
});

describe("behind its flag", () => {
  test("off: nothing is sent, whatever is asked", async () => {
    const flags = flagsWith({});
    const messaging = messagingFactory(flags, { baseUrl: api.baseUrl });
    expect(await messaging.service.sendText(to, "Hello")).toMatchObject({
      sent: false,
      message: expect.stringMatching(off),
    });
    expect(await messaging.service.verifyWebhook(question)).toMatchObject({ verified: false, reason: "disabled" });
    expect(flags.services()).toMatchObject([{ name: "whatsapp_enabled", flag: "whatsapp_enabled", state: "disabled" }]);
    expect(api.requests).toEqual([]);
    await flags.close();
  });

  test("on: it sends, and webhooks need the app's secret", async () => {
    const flags = flagsWith({ FEATURE_WHATSAPP_ENABLED: "true" });
    const messaging = messagingFactory(flags, { baseUrl: api.baseUrl, name: "whatsapp" });
    expect(await messaging.service.sendText(to, "Hello")).toMatchObject({ sent: true, messageId: "wamid.1" });
    expect(await messaging.service.verifyWebhook(question)).toMatchObject({ verified: true, challenge: "1158201444" });
    const refused = await messaging.service.handleWebhook({ rawBody: "{}", signature: undefined });
    expect(refused).toMatchObject({ accepted: false, reason: "no-app-secret" });
    expect(flags.services()).toMatchObject([{ name: "whatsapp", state: "ready", healthy: true }]);
    await flags.close();
    expect(await messaging.service.sendText(to, "Hello")).toMatchObject({ sent: false });
  });

  test("off for a while: what comes again is still known, by this gate alone", async () => {
    const flags = flagsWith({ WHATSAPP_APP_SECRET: "secret" });
    flags.setFlag("whatsapp_enabled", true);
    const [messaging, other] = [messagingFactory(flags), messagingFactory(flags, { name: "other" })];
    const messages = [{ id: "wamid.1", from: "1", timestamp: "1", type: "text", text: { body: "Hello" } }];
    const rawBody = JSON.stringify({ entry: [{ changes: [{ field: "messages", value: { messages } }] }] });
    const signature = `sha256=${createHmac("sha256", "secret").update(rawBody).digest("hex")}`;
    const receive = async ({ service } = messaging) => (await service.handleWebhook({ rawBody, signature })).events;
    expect(await receive()).toMatchObject([{ id: "wamid.1", duplicate: false }]);
    flags.setFlag("whatsapp_enabled", false);
    expect(await receive()).toEqual([]);
    flags.setFlag("whatsapp_enabled", true);
    await messaging.ready();
    expect(await receive()).toMatchObject([{ id: "wamid.1", duplicate: true }]);
    expect(await receive(other)).toMatchObject([{ id: "wamid.1", duplicate: false }]);
    await flags.close();
  });

  test("switched off with calls in flight: they end as they began, and no message is lost or sent twice", async () => {
    const flags = flagsWith({});
    flags.setFlag("whatsapp_enabled", true);
    const messaging = messagingFactory(flags, { baseUrl: api.baseUrl });
    const calls: Promise<SendResult>[] = [];
    for (let time = 0; time < 20; time++) {
      // Half of them are answered only after the flag is off.
      const held: (() => void)[] = [];
      for (let each = 0; each < 50; each++) api.next.push((it) => void (each % 2 ? it.answer() : held.push(it.answer)));
      const batch = Array.from({ length: 50 }, (_, at) =>
        messaging.service.sendText(`+1555${time + 10}${at + 1000}`, "Hi"),
      );
      calls.push(...batch);
      await expect.poll(() => held.length).toBe(25);
      flags.setFlag("whatsapp_enabled", false);
      expect(await messaging.service.sendText(to, "Hello")).toMatchObject({ sent: false, reason: "disabled" });
      for (const answer of held) answer();
      await Promise.all(batch);
      flags.setFlag("whatsapp_enabled", true);
      await messaging.ready();
    }
    expect((await Promise.all(calls)).every(({ sent }) => sent)).toBe(true);
    expect(api.accepted.length).toBe(1_000);
    expect(new Set(api.accepted).size).toBe(1_000);
    await flags.close();
    await expect.poll(() => api.connections()).toBe(0);
  });

  test("a registry without the flag, or with one that requires less, does not compile, and is refused at the call", async () => {
    const registry = defineFlags({
      other: flag.boolean({ default: true }),
      less: flag.boolean({ default: false, requires: z.object({ WHATSAPP_TOKEN: z.string() }) }),
      several: flag.oneOf(["a", "b"], { default: "a" }),
    });
    const flags = createFlags(registry, { profile: false, logger: false, env: { variables } });
    // @ts-expect-error there is no flag 'whatsapp_enabled' in this registry; define it by whatsappFlag()
    expect(() => messagingFactory(flags)).toThrow("whatsapp_enabled");
    const needs = "messagingFactory needs a flag that whatsappFlag() defines; what";
    const [id, token, word] = Object.keys(variables).map((name) => `${name} (missing)`);
    // @ts-expect-error flag 'other' is none that whatsappFlag() defines
    expect(() => messagingFactory(flags, { flag: "other" })).toThrow(
      expect.objectContaining({
        code: "INVALID_OPTIONS",
        message: `${needs} "other" requires does not give it: ${id}, ${token}, ${word}`,
      }),
    );
    // @ts-expect-error flag 'less' is none that whatsappFlag() defines
    expect(() => messagingFactory(flags, { flag: "less" })).toThrow(
      `${needs} "less" requires does not give it: ${id}, ${word}`,
    );
    // @ts-expect-error flag 'several' is none that whatsappFlag() defines
    expect(() => messagingFactory(flags, { flag: "several" })).toThrow(
      expect.objectContaining({ code: "TYPE_MISMATCH" }),
    );
    expect(() => messagingFactory({} as never)).toThrow(/^messagingFactory needs flags first/);
    expect(flags.services()).toEqual([]);
    await flags.close();
  });

  test("a flag whose variables are wrong is not told to be another one", async () => {
    const flags = flagsWith({ WHATSAPP_TOKEN: "two words" });
    expect(await messagingFactory(flags).service.sendText(to, "Hello")).toMatchObject({ sent: false });
    await flags.close();
  });

  test.each([
    [{ timeoutMs: -1 }, /^messagingFactory was given options it cannot use\n {2}`timeoutMs` must be/],
    [{ backoff: null }, /`backoff` must be an object/],
    [{ timeout: 3 }, /there is no option `timeout` of messagingFactory; did you mean "timeoutMs"\?/],
    [{ drain: 3 }, /; did you mean "drainMs"\?/],
    [{ token: "EAAx" }, /there is no option `token` of messagingFactory/],
    [{ healthCheck: () => true }, /; there are flag, name, start, .*, apiVersion, /],
    [null, /the options of messagingFactory must be an object/],
  ])("%o is told at once, and not when the flag goes on", (options, message) => {
    expect(() => messagingFactory(flagsWith({}), options as never)).toThrow(message);
  });
});
