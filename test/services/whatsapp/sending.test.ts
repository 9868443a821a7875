import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { inspect } from "node:util";
import { WhatsAppClient } from "@kapso/whatsapp-cloud-api";
import { BurgeeError } from "burgee";
import { MessagingError, WhatsAppMessagingService, type WhatsAppOptions } from "burgee/services/whatsapp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CloudApi, cloudApi, phoneNumberId, token } from "./cloud-api-server.js";

const to = "+15551234567";
const template = {
  name: "order_ready",
  language: "en_US",
  components: [
    { type: "body", parameters: [{ type: "text", text: "17:00 sharp, at the harbour" }] },
    { type: "button", sub_type: "quick_reply", index: "0", parameters: [{ type: "payload", payload: "on-my-way" }] },
  ],
};
const required = { phoneNumberId, token, verifyToken: "verify-me" };

let api: CloudApi;
let whatsapp: WhatsAppMessagingService;

beforeEach(async () => {
  api = await cloudApi();
  whatsapp = new WhatsAppMessagingService({ ...required, baseUrl: api.baseUrl });
});

afterEach(async () => {
  await whatsapp.close();
  await api[Symbol.asyncDispose]();
});

async function failureOf(call: Promise<unknown>): Promise<MessagingError> {
  const thrown: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof MessagingError) return thrown;
  throw new Error(`no MessagingError, but ${String(thrown)}`);
}

describe("what is sent", () => {
  test("a text, and what Meta says of it", async () => {
    expect(await whatsapp.sendText(to, "Hello")).toEqual({
      sent: true,
      messageId: "wamid.1",
      recipient: "15551234567",
      status: undefined,
    });
    expect(api.requests).toEqual([
      { messaging_product: "whatsapp", recipient_type: "individual", to, type: "text", text: { body: "Hello" } },
    ]);
  });

  test("a template, which Meta may hold back", async () => {
    api.next.push((it) => it.answer("held_for_quality_assessment"));
    expect(await whatsapp.sendTemplate(to, template)).toMatchObject({
      sent: true,
      status: "held_for_quality_assessment",
    });
    await whatsapp.sendTemplate(to, { name: "hello_world", language: "en" });
    expect(api.requests.map((body) => body.template)).toEqual([
      { name: "order_ready", language: { code: "en_US" }, components: template.components },
      { name: "hello_world", language: { code: "en" } },
    ]);
  });

  test("the options of a message, and a recipient without a number", async () => {
    await whatsapp.sendText("US.13491208655302741918", "Hi", {
      previewUrl: true,
      replyTo: "wamid.7",
      callbackData: "order 7",
    });
    expect(api.requests[0]).toEqual({
      messaging_product: "whatsapp",
      recipient_type: "individual",
      recipient: "US.13491208655302741918",
      type: "text",
      text: { body: "Hi", preview_url: true },
      context: { message_id: "wamid.7" },
      biz_opaque_callback_data: "order 7",
    });
  });

  test("is what Kapso's client sends for the same messages", async () => {
    const kapso = new WhatsAppClient({ accessToken: token, baseUrl: api.baseUrl, graphVersion: "v24.0" });
    const common = { phoneNumberId, to, contextMessageId: "wamid.7", bizOpaqueCallbackData: "order 7" };
    await kapso.messages.sendText({ ...common, body: "Hello", previewUrl: true });
    await kapso.messages.sendTemplate({ ...common, template: { ...template, language: { code: template.language } } });
    await kapso.messages.sendText({ phoneNumberId, recipient: "US.13491208655302741918", body: "Hello" });
    const options = { replyTo: "wamid.7", callbackData: "order 7" };
    await whatsapp.sendText(to, "Hello", { ...options, previewUrl: true });
    await whatsapp.sendTemplate(to, template, options);
    await whatsapp.sendText("US.13491208655302741918", "Hello");
    expect(api.requests.slice(3)).toEqual(api.requests.slice(0, 3));
  });

  test("what a caller put into a template reaches Meta with its own names", async () => {
    const action = { flow_token: "t", flow_action_data: { userId: 7, "kebab-name": 1 } };
    const components = [{ type: "button", sub_type: "flow", index: "0", parameters: [{ type: "action", action }] }];
    await whatsapp.sendTemplate(to, { name: "sign_up", language: "en", components });
    expect(api.requests[0]?.template).toMatchObject({ components });
  });

  test("is what the caller gave, whatever becomes of it afterwards", async () => {
    const fill = { type: "text", text: "Ann owes 5" };
    const given = { name: "bill", language: "en", components: [{ type: "body", parameters: [fill] }] };
    const how = { replyTo: "wamid.7", callbackData: "order 7", timeoutMs: 1_000 };
    const calls = [whatsapp.sendTemplate(to, given, how), whatsapp.sendText(to, "Hello", how)];
    fill.text = "Ben owes 9";
    Object.assign(given, { name: "reminder" });
    Object.assign(how, { replyTo: "", callbackData: "order 8", timeoutMs: -1 });
    await Promise.all(calls);
    const common = { context: { message_id: "wamid.7" }, biz_opaque_callback_data: "order 7" };
    const components = [{ type: "body", parameters: [{ type: "text", text: "Ann owes 5" }] }];
    expect(api.requests).toMatchObject([{ ...common, template: { name: "bill", components } }, common]);
  });

  test("a component may have a type of the caller's own", async () => {
    interface Greeting {
      readonly type: "body";
      readonly parameters: readonly { readonly type: "text"; readonly text: string }[];
    }
    const greeting: Greeting = { type: "body", parameters: [{ type: "text", text: "Ann" }] };
    await whatsapp.sendTemplate(to, { name: "hello", language: "en", components: [greeting] });
    expect(api.requests[0]?.template).toMatchObject({ components: [greeting] });
  });

  const loop: { readonly type: string; left?: object; right?: object } = { type: "body" };
  loop.left = loop;
  loop.right = loop;

  test.each([
    ["recipient", () => whatsapp.sendText("Bob", "Hello")],
    ["recipient", () => whatsapp.sendText("+1", "Hello")],
    ["recipient", () => whatsapp.sendText(15551234567 as never, "Hello")],
    ["recipient", () => whatsapp.sendText("0555 1234567", "Hello")],
    ["recipient", () => whatsapp.sendText("(0) 555 1234567", "Hello")],
    ["recipient", () => whatsapp.sendText("0015551234567", "Hello")],
    ["parameter", () => whatsapp.sendText(to, "")],
    ["parameter", () => whatsapp.sendText(to, "x".repeat(4097))],
    ["parameter", () => whatsapp.sendText(to, "Hello", { signal: {} as never })],
    ["parameter", () => whatsapp.sendText(to, "Hello", { signal: new AbortController() as never })],
    ["parameter", () => whatsapp.sendTemplate(to, template, { signal: null as never })],
    ["parameter", () => whatsapp.sendText(to, "Hello", { replyTo: "" })],
    ["parameter", () => whatsapp.sendText(to, "Hello", { callbackData: "x".repeat(513) })],
    ["parameter", () => whatsapp.sendText(to, "Hello", { timeoutMs: 0 })],
    ["template", () => whatsapp.sendTemplate(to, { name: "", language: "en" })],
    ["template", () => whatsapp.sendTemplate(to, [] as never)],
    ["template", () => whatsapp.sendTemplate(to, { ...template, components: [{ type: "" }] })],
    ["template", () => whatsapp.sendTemplate(to, { ...template, components: [{ type: "body", of: 1n }] })],
    ["template", () => whatsapp.sendTemplate(to, { ...template, components: [loop] })],
    ["template", () => whatsapp.sendTemplate(to, undefined as never)],
  ])("what cannot be meant is refused before it is sent: %s", async (reason, call) => {
    expect(await failureOf(call())).toMatchObject({ code: "SERVICE_CALL_FAILED", reason, mayHaveBeenSent: false });
    expect(api.requests).toEqual([]);
  });

  test("a number without its country's code is told to be one", async () => {
    const error = await failureOf(whatsapp.sendText("0555 1234567", "Hello"));
    expect(error.message).toBe(
      "nothing was sent: the recipient begins with 0; begin with the country code, such as +15551234567",
    );
  });

  test.each([
    [
      () => whatsapp.sendText(to, "Hello", { reply: "wamid.7" } as never),
      '`reply` of this message; did you mean "replyTo"?',
    ],
    [
      () => whatsapp.sendText(to, "Hello", { retries: 3 } as never),
      "there are replyTo, callbackData, timeoutMs, signal, previewUrl",
    ],
    [() => whatsapp.sendTemplate(to, template, { callBack_data: "x" } as never), 'did you mean "callbackData"?'],
    [() => whatsapp.sendTemplate(to, template, { previewUrl: true } as never), "there is no option `previewUrl`"],
  ])("an option that there is not is refused, with the nearest name", async (call, message) => {
    const error = await failureOf(call());
    expect(error).toMatchObject({ reason: "parameter", mayHaveBeenSent: false });
    expect(error.message).toContain(message);
    expect(api.requests).toEqual([]);
  });

  test("a signal of another realm is one", async () => {
    const target = new EventTarget();
    const signal = {
      aborted: false,
      addEventListener: target.addEventListener.bind(target),
      removeEventListener: target.removeEventListener.bind(target),
    };
    expect(await whatsapp.sendText(to, "Hello", { signal: signal as never })).toMatchObject({ sent: true });
  });

  test("4,096 characters are counted as people count them", async () => {
    await whatsapp.sendText(to, "🚢".repeat(4096));
    expect(api.accepted).toEqual([to]);
  });
});

describe("what Meta refuses", () => {
  test.each([
    [401, 190, "token"],
    [401, 0, "token"],
    [403, 10, "permission"],
    [403, 230, "permission"],
    [500, 3, "permission"],
    [400, 131030, "recipient"],
    [400, 131047, "window"],
    [400, 131026, "not-delivered"],
    [404, 132001, "template"],
    [400, 100, "parameter"],
    [403, 368, "account"],
    [429, 131048, "account"],
    [503, 2, "server"],
    [400, 1, "server"],
    [401, 999999, "token"],
    [403, 999999, "permission"],
    [400, 999999, "parameter"],
    [502, 999999, "server"],
  ])("status %i with code %i is %s, and is told once", async (status, code, reason) => {
    api.next.push((it) => it.refuse(status, code, { subcode: 2494055, details: "why so" }));
    const error = await failureOf(whatsapp.sendText(to, "Hello"));
    expect(error).toMatchObject({
      reason,
      status,
      metaCode: code,
      metaSubcode: 2494055,
      traceId: "Az8or2yhqkZfEZ-_4Qn_Bam",
      mayHaveBeenSent: status >= 500 || reason === "server",
    });
    expect(error.message).toContain(`code ${code}`);
    expect(error.message).toContain(`(#${code}) refused: why so`);
    expect(api.requests.length).toBe(1);
    expect(api.accepted).toEqual([]);
  });

  test.each([
    ["the token", token],
    ["the beginning of the token", token.slice(0, 16)],
    ["the verify token", "verify-me"],
    ["the app's secret, cut short", "app-secret-app"],
    ["the recipient", to],
    ["words of a text", "harbour at nine"],
    ["what was filled into a template", "17:00 sharp, at"],
    ["what comes back with the status", "order 7 of Ann"],
  ])("no error quotes %s", async (_, words) => {
    const appSecret = "app-secret-app-secret";
    const own = new WhatsAppMessagingService({ ...required, appSecret, baseUrl: api.baseUrl });
    const send = [
      () => own.sendText(to, `Meet me at the old ${words}`, { callbackData: "order 7 of Ann" }),
      () => own.sendTemplate(to, template, { callbackData: "order 7 of Ann" }),
    ];
    // A text has no words of a template's, and the other way round.
    const calls = words.startsWith("harbour") ? send.slice(0, 1) : words.startsWith("17") ? send.slice(1) : send;
    for (const call of calls) {
      api.next.push((it) => it.refuse(400, 100, { message: `Malformed ${words}`, details: `Unexpected ${words}` }));
      const error = await failureOf(call());
      expect(JSON.stringify([error.message, error.stack, error.cause, { ...error }])).not.toContain(words);
      expect(error.message).toMatch(/ \(status 400, code 100, trace Az8or2yhqkZfEZ-_4Qn_Bam\): .*API version\.$/);
    }
    await own.close();
  });

  test.each(["+15551234567", "15551234567", "+1 (555) 123-4567"])(
    "no error quotes the number of %s as WhatsApp has it",
    async (recipient) => {
      const message = "(#131030) Recipient phone number 15551234567 not in allowed list";
      api.next.push((it) => it.refuse(400, 131030, { message, details: "why so" }));
      const error = await failureOf(whatsapp.sendText(recipient, "Hello"));
      expect(error.message).not.toContain("15551234567");
      expect(error.message).toContain("why so");
    },
  );

  test("as much of Meta's words is told, and looked through, as can be read", async () => {
    const told = async (message: string, call = () => whatsapp.sendText(to, "Hello")) => {
      api.next.push((it) => it.refuse(400, 100, { message }));
      return (await failureOf(call())).message.split("Meta says: ")[1];
    };
    expect(await told("x".repeat(900_000))).toBe(`"${"x".repeat(300)}"`);
    expect(await told(`${"x".repeat(400)} ${token}`)).toBe(`"${"x".repeat(300)}"`);
    // Its first half would be told.
    expect(await told(`${"x".repeat(296)}verify-me`)).toBeUndefined();
    const filled = (text: string) => () =>
      whatsapp.sendTemplate(to, { ...template, components: [{ type: "body", parameters: [{ type: "text", text }] }] });
    expect(await told("Malformed", filled("ab".repeat(5_000)))).toBe('"Malformed"');
    expect(await told("Malformed", filled("ab".repeat(15_000)))).toBeUndefined();
    let deep: object = { text: "deep in a flow's own data" };
    for (let at = 0; at < 200; at++) deep = { deep };
    const components = [{ type: "button", parameters: [{ type: "action", action: deep }] }];
    expect(
      await told("Malformed: deep in a flow", () => whatsapp.sendTemplate(to, { ...template, components })),
    ).toBeUndefined();
  });

  test("no error holds what a server sends back of the request", async () => {
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
    await once(echo, "listening");
    const { port } = echo.address() as AddressInfo;
    const own = new WhatsAppMessagingService({ ...required, baseUrl: `http://127.0.0.1:${port}` });
    const error = await failureOf(own.sendText(to, "my private words"));
    expect(error).toMatchObject({ reason: "connection-lost", mayHaveBeenSent: true });
    expect(error.cause).toEqual({ code: expect.stringMatching(/^HPE_/) });
    const shown = inspect(error, { showHidden: true, depth: 9 });
    for (const secret of [token, "my private words", to]) {
      expect(shown).not.toContain(secret);
      // So are bytes shown.
      expect(shown).not.toContain(Buffer.from(secret).toString("hex").match(/../g)?.join(" "));
    }
    await own.close();
    echo.close();
  });

  test.each([
    ["an answer that is no JSON", "<html>"],
    ["JSON that is no object", "null"],
    ["an answer that names no message", '{"messages":[]}'],
    ["JSON nested without end", "[".repeat(100_000)],
  ])("%s may stand for a message that was sent", async (_, text) => {
    api.next.push((it) => it.response.writeHead(200).end(text));
    expect(await failureOf(whatsapp.sendText(to, "Hello"))).toMatchObject({
      reason: "invalid-answer",
      status: 200,
      mayHaveBeenSent: true,
    });
    expect(api.requests.length).toBe(1);
  });
});

describe("the options", () => {
  const wrong: readonly [Partial<Record<keyof WhatsAppOptions | "tokn", unknown>>, RegExp][] = [
    [{ phoneNumberId: "../me" }, /`phoneNumberId` must be/],
    [{ token: "two words" }, /`token` must be/],
    [{ verifyToken: "" }, /`verifyToken` must be/],
    [{ appSecret: "" }, /`appSecret` must be/],
    [{ apiVersion: "24" }, /`apiVersion` must be/],
    [{ baseUrl: "http://example.com" }, /`baseUrl` must be an https address/],
    [{ baseUrl: "https://user:pw@example.com" }, /`baseUrl` must be/],
    [{ baseUrl: "https://example.com/?x=1" }, /`baseUrl` must be/],
    [{ baseUrl: "nowhere" }, /`baseUrl` must be/],
    [{ timeoutMs: Number.NaN }, /`timeoutMs` must be/],
    [{ backoff: { firstMs: 0 } }, /`backoff.firstMs` must be/],
    [{ backoff: { limit: 5 } }, /no option `backoff.limit`; did you mean "limitMs"\?/],
    [{ maxWebhookBytes: 0 }, /`maxWebhookBytes` must be/],
    [{ rememberEvents: -1 }, /`rememberEvents` must be/],
    [{ clock: {} }, /`clock` must be/],
    [{ tokn: "x" }, /no option `tokn`; did you mean "token"\?/],
  ];

  test.each(wrong)("%o is refused", (options, message) => {
    const make = () => new WhatsAppMessagingService({ ...required, ...options } as WhatsAppOptions);
    expect(make).toThrow(BurgeeError);
    expect(make).toThrow(message);
  });

  test("what is no object is refused, and no secret is quoted", () => {
    expect(() => new WhatsAppMessagingService(null as never)).toThrow(/must be an object/);
    expect(() => new WhatsAppMessagingService({ ...required, token: "my secret word" })).toThrow(
      /^WhatsAppMessagingService was given options it cannot use\n {2}`token` must be the access token: a text without spaces$/,
    );
  });

  test("an address may have a path, as a proxy's has", async () => {
    const behind = new WhatsAppMessagingService({ ...required, baseUrl: `${api.baseUrl}/meta/`, apiVersion: "v23.0" });
    expect(await failureOf(behind.sendText(to, "Hello"))).toMatchObject({ status: 404, metaCode: 33 });
  });
});
