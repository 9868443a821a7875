import { createHmac } from "node:crypto";
import { runInNewContext } from "node:vm";
import { type WebhookEvent, WhatsAppMessagingService, type WhatsAppOptions } from "burgee/services/whatsapp";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { described } from "./description.js";

const appSecret = "the app's secret";
const options = { phoneNumberId: "106540352242922", token: "t", verifyToken: "verify-me", appSecret };
const metadata = { display_phone_number: "15550783881", phone_number_id: "106540352242922" };
const facts = { phoneNumberId: "106540352242922", duplicate: false };

function service(more: Partial<WhatsAppOptions> = {}): WhatsAppMessagingService {
  return new WhatsAppMessagingService({ ...options, ...more });
}

function sign(rawBody: string | Uint8Array, secret = appSecret): string {
  return `sha256=${createHmac("sha256", secret).update(rawBody).digest("hex")}`;
}

/** The body of a webhook of Meta's about messages. */
function bodyOf(value: object, field = "messages"): string {
  const whole = field === "messages" ? { messaging_product: "whatsapp", metadata, ...value } : value;
  const entry = [{ id: "102290129340398", changes: [{ field, value: whole }] }];
  return JSON.stringify(described("webhook", { object: "whatsapp_business_account", entry }));
}

function incoming(id: string, content: object): object {
  return { from: "16505551234", id, timestamp: "1749416383", ...content };
}

/** The same for a value that Meta does not describe. */
function about(value: unknown): object {
  return { field: "messages", value };
}

async function eventsOf(whatsapp: WhatsAppMessagingService, rawBody: string): Promise<readonly WebhookEvent[]> {
  const result = await whatsapp.handleWebhook({ rawBody, signature: sign(rawBody) });
  expect(result).toMatchObject({ accepted: true, status: 200 });
  return result.events;
}

describe("Meta's question", () => {
  const asked = { "hub.mode": "subscribe", "hub.verify_token": "verify-me", "hub.challenge": "1158201444" };

  test("is answered with its challenge, from an object or a URL", async () => {
    const answer = { verified: true, status: 200, challenge: "1158201444" };
    expect(await service().verifyWebhook(asked)).toEqual(answer);
    expect(await service().verifyWebhook(new URLSearchParams(asked))).toEqual(answer);
    expect(await service().verifyWebhook(Object.assign(Object.create(null), asked))).toEqual(answer);
  });

  test.each([
    [{ "hub.verify_token": "verify-mf" }, 403, "wrong-token"],
    [{ "hub.verify_token": "verify-me " }, 403, "wrong-token"],
    [{ "hub.verify_token": "" }, 403, "wrong-token"],
    [{ "hub.verify_token": ["verify-me", "verify-me"] }, 400, "malformed"],
    [{ "hub.mode": "unsubscribe" }, 400, "malformed"],
    [{ "hub.challenge": "" }, 400, "malformed"],
    [{ "hub.challenge": "1".repeat(1025) }, 400, "malformed"],
  ])("is refused with %o", async (change, status, reason) => {
    const answer = await service().verifyWebhook({ ...asked, ...change });
    expect(answer).toMatchObject({ verified: false, status, reason, message: expect.any(String) });
    expect(answer).not.toHaveProperty("challenge");
  });

  test("may come as any object, and is answered as it was asked", async () => {
    interface Query {
      "hub.mode"?: string;
      "hub.verify_token"?: string;
      "hub.challenge"?: string;
    }
    class Parsed implements Query {
      "hub.mode" = "subscribe";
      "hub.verify_token" = "verify-me";
      "hub.challenge" = "1158201444";
    }
    const typed: Query = { ...asked };
    const given = [new Parsed(), typed, new URLSearchParams(asked)];
    const answers = given.map((query) => service().verifyWebhook(query));
    typed["hub.challenge"] = "7";
    for (const query of given) if (query instanceof URLSearchParams) query.set("hub.challenge", "7");
    for (const answer of answers) expect(await answer).toMatchObject({ verified: true, challenge: "1158201444" });
  });

  test("that is none is refused", async () => {
    expect(await service().verifyWebhook(null as never)).toMatchObject({ verified: false, status: 400 });
  });
});

describe("a signature", () => {
  const rawBody = bodyOf({ messages: [incoming("wamid.1", { type: "text", text: { body: "Grüße 🚢" } })] });

  test("holds for the bytes as they came: a text, a Buffer, a part of a larger memory", async () => {
    const bytes = Buffer.from(rawBody);
    const around = new Uint8Array(bytes.length + 20);
    around.set(bytes, 10);
    for (const body of [rawBody, bytes, around.subarray(10, 10 + bytes.length)]) {
      const result = await service().handleWebhook({ rawBody: body, signature: sign(rawBody) });
      expect(result.events).toMatchObject([{ content: { kind: "text", text: "Grüße 🚢" } }]);
    }
    const own = new Uint8Array(bytes).buffer;
    const foreign: ArrayBuffer = runInNewContext("new ArrayBuffer(length)", { length: bytes.length });
    new Uint8Array(foreign).set(bytes);
    for (const body of [own, foreign, runInNewContext("new Uint8Array(bytes)", { bytes })])
      expect(await service().handleWebhook({ rawBody: body, signature: sign(rawBody) })).toMatchObject({
        accepted: true,
      });
    const upper = `sha256=${sign(rawBody).slice(7).toUpperCase()}`;
    expect(await service().handleWebhook({ rawBody, signature: [upper] })).toMatchObject({ accepted: true });
  });

  test.each([
    ["no header", undefined, "unsigned"],
    ["no header in a Headers", new Headers().get("x-hub-signature-256"), "unsigned"],
    ["no header in a list", [], "unsigned"],
    ["two headers", [sign(rawBody), sign(rawBody)], "unsigned"],
    ["an empty one", "", "wrong-signature"],
    ["another secret's", sign(rawBody, "another"), "wrong-signature"],
    ["another body's", sign(`${rawBody} `), "wrong-signature"],
    ["no algorithm", sign(rawBody).slice(7), "wrong-signature"],
    ["another algorithm", sign(rawBody).replace("sha256", "sha1"), "wrong-signature"],
    ["half of it", sign(rawBody).slice(0, -2), "wrong-signature"],
    ["more behind it", `${sign(rawBody)}00`, "wrong-signature"],
    ["no hexadecimal", `sha256=${"zz".repeat(32)}`, "wrong-signature"],
  ])("is refused: %s", async (_, signature, reason) => {
    const result = await service().handleWebhook({ rawBody, signature });
    expect(result).toMatchObject({ accepted: false, status: 401, reason, events: [] });
  });

  test("of any byte changed is refused", async () => {
    const whatsapp = service();
    const bytes = Buffer.from(rawBody);
    const signature = sign(bytes);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect((await whatsapp.handleWebhook({ rawBody: changed, signature })).accepted).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test("counts for nothing without the app's secret: every webhook is refused, and says why", async () => {
    const open = service({ appSecret: undefined });
    for (const signature of [undefined, sign(rawBody), sign(rawBody, "")]) {
      expect(await open.handleWebhook({ rawBody, signature })).toMatchObject({
        accepted: false,
        status: 503,
        reason: "no-app-secret",
        message: expect.stringContaining("WHATSAPP_APP_SECRET"),
      });
    }
  });

  test.each([JSON.parse(rawBody), {}, undefined, null, 7])(
    "cannot be checked of what a parser made of the body: %o",
    async (parsed) => {
      expect(await service().handleWebhook({ rawBody: parsed, signature: sign(rawBody) })).toMatchObject({
        accepted: false,
        status: 400,
        reason: "malformed",
        message: expect.stringContaining("as it came"),
        events: [],
      });
    },
  );

  test("is that of the call, whatever becomes of the request", async () => {
    const request = { rawBody, signature: sign(rawBody) };
    const result = service().handleWebhook(request);
    Object.assign(request, { rawBody: "{}", signature: undefined });
    expect(await result).toMatchObject({ accepted: true });
  });
});

describe("a body", () => {
  test("that is too long is refused, counted in bytes", async () => {
    const rawBody = bodyOf({ messages: [incoming("wamid.1", { type: "text", text: { body: "ü".repeat(100) } })] });
    const bytes = Buffer.byteLength(rawBody);
    const request = { rawBody, signature: sign(rawBody) };
    expect(await service({ maxWebhookBytes: bytes }).handleWebhook(request)).toMatchObject({ accepted: true });
    expect(await service({ maxWebhookBytes: bytes - 1 }).handleWebhook(request)).toMatchObject({
      accepted: false,
      status: 413,
      reason: "too-large",
    });
  });

  test.each(["", "{", "null", "[]", "{}", '{"entry":[]}', '{"entry":"x"}'])("%o is no webhook", async (rawBody) => {
    const result = await service().handleWebhook({ rawBody, signature: sign(rawBody) });
    expect(result).toMatchObject({ accepted: false, status: 400, reason: "malformed", events: [] });
  });
});

describe("events", () => {
  test("are messages, each with what it says", async () => {
    const file = { id: "4711", mime_type: "image/jpeg", caption: "The harbour" };
    const contents: readonly [object, object][] = [
      [
        { type: "text", text: { body: "Hello" } },
        { kind: "text", text: "Hello" },
      ],
      [
        { type: "image", image: file },
        { kind: "media", media: "image", mediaId: "4711", mimeType: "image/jpeg", caption: "The harbour" },
      ],
      [
        { type: "document", document: { id: "4712", filename: "bill.pdf" } },
        { kind: "media", media: "document", mediaId: "4712", filename: "bill.pdf" },
      ],
      [
        { type: "audio", audio: { id: "4713" } },
        { kind: "media", media: "audio", mediaId: "4713" },
      ],
      [
        { type: "video", video: { id: "4714" } },
        { kind: "media", media: "video", mediaId: "4714" },
      ],
      [
        { type: "sticker", sticker: { id: "4715" } },
        { kind: "media", media: "sticker", mediaId: "4715" },
      ],
      [
        { type: "button", button: { payload: "yes", text: "Yes" } },
        { kind: "choice", choice: "yes", title: "Yes" },
      ],
      [
        { type: "interactive", interactive: { type: "button_reply", button_reply: { id: "a", title: "A" } } },
        { kind: "choice", choice: "a", title: "A" },
      ],
      [
        { type: "interactive", interactive: { type: "list_reply", list_reply: { id: "b", title: "B" } } },
        { kind: "choice", choice: "b", title: "B" },
      ],
      [
        { type: "reaction", reaction: { message_id: "wamid.7", emoji: "👍" } },
        { kind: "reaction", messageId: "wamid.7", emoji: "👍" },
      ],
      [
        { type: "reaction", reaction: { message_id: "wamid.7" } },
        { kind: "reaction", messageId: "wamid.7" },
      ],
      [
        { type: "location", location: { latitude: 53.5, longitude: 10 } },
        { kind: "location", latitude: 53.5, longitude: 10 },
      ],
      [
        { type: "order", order: { catalog_id: "1" } },
        { kind: "other", type: "order" },
      ],
      // Shapes that Meta does not describe.
      [
        { type: "image", image: {} },
        { kind: "other", type: "image" },
      ],
      [
        { type: "button", button: {} },
        { kind: "other", type: "button" },
      ],
      [
        { type: "reaction", reaction: {} },
        { kind: "other", type: "reaction" },
      ],
      [
        { type: "location", location: { latitude: "53.5" } },
        { kind: "other", type: "location" },
      ],
      [{ type: "constructor" }, { kind: "other", type: "constructor" }],
    ];
    const messages = contents.map(([content], at) => incoming(`wamid.${at}`, content));
    const contacts = [{ profile: { name: "Ann" }, wa_id: "16505551234" }];
    const events = await eventsOf(service(), bodyOf({ contacts, messages }));
    expect(events).toEqual(
      contents.map(([, content], at) => ({
        type: "message",
        ...facts,
        id: `wamid.${at}`,
        from: "16505551234",
        name: "Ann",
        at: 1_749_416_383_000,
        content,
        raw: messages[at],
      })),
    );
  });

  test("name the message that is answered, and a sender without a number", async () => {
    const message = {
      from_user_id: "US.13491208655302741918",
      id: "wamid.1",
      timestamp: "1749416383",
      type: "text",
      text: { body: "Yes" },
      context: { from: "15550783881", id: "wamid.0" },
    };
    const contacts = [{ profile: { name: "Ann" }, user_id: "US.13491208655302741918" }];
    expect(await eventsOf(service(), bodyOf({ contacts, messages: [message] }))).toMatchObject([
      { type: "message", from: "US.13491208655302741918", name: "Ann", replyTo: "wamid.0" },
    ]);
  });

  test("are statuses, with why one failed", async () => {
    const failed = {
      id: "wamid.1",
      status: "failed",
      timestamp: "1749416384",
      recipient_id: "16505551234",
      biz_opaque_callback_data: "order 7",
      errors: [
        { code: 131047, title: "Re-engagement message", error_data: { details: "24 hours" }, href: "https://x.test/" },
        { code: 999999, title: "New" },
      ],
    };
    const read = { id: "wamid.2", status: "read", timestamp: "1749416385", recipient_user_id: "US.1" };
    expect(await eventsOf(service(), bodyOf({ statuses: [failed, read] }))).toEqual([
      {
        type: "status",
        ...facts,
        id: "wamid.1",
        status: "failed",
        at: 1_749_416_384_000,
        recipient: "16505551234",
        callbackData: "order 7",
        problems: [
          { metaCode: 131047, reason: "window", title: "Re-engagement message", details: "24 hours" },
          { metaCode: 999999, reason: undefined, title: "New", details: undefined },
        ],
        raw: failed,
      },
      {
        type: "status",
        ...facts,
        id: "wamid.2",
        status: "read",
        at: 1_749_416_385_000,
        recipient: "US.1",
        problems: [],
        raw: read,
      },
    ]);
  });

  test("are errors of Meta's own, and other fields, which go through as they are", async () => {
    const problem = { code: 130429, title: "Rate limit hit" };
    const events = await eventsOf(service(), bodyOf({ errors: [problem] }));
    expect(events).toMatchObject([
      { type: "problem", problem: { metaCode: 130429, reason: "throughput" }, raw: problem },
    ]);
    const value = { event: "ACCOUNT_RESTRICTION" };
    expect(await eventsOf(service(), bodyOf(value, "account_update"))).toEqual([
      { type: "other", field: "account_update", phoneNumberId: undefined, raw: value },
    ]);
    expect(await eventsOf(service(), bodyOf({}))).toMatchObject([{ type: "other", field: "messages" }]);
  });

  test("leave nothing out that has a shape of its own", async () => {
    const odd = [
      null,
      7,
      {},
      { id: "x", from: "1", timestamp: "yesterday" },
      { from: "1", timestamp: "1", type: "text" },
    ];
    const value = { messages: odd, statuses: [{ id: "x" }], errors: [{ title: "?" }] };
    const events = await eventsOf(service(), JSON.stringify({ entry: [{ changes: [about(value), "x"] }, null] }));
    const raws = events.map((event) => (event.type === "other" ? event.raw : event));
    expect(raws).toEqual([...odd, { id: "x" }, { title: "?" }, "x", null]);
  });

  test("leave nothing out that stands beside what is known, or where it is not expected", async () => {
    const message = incoming("wamid.1", { type: "text", text: { body: "Hello" } });
    const calls = [{ id: "call.1" }];
    const value = { metadata, contacts: [], messages: [message], statuses: { id: "x" }, calls };
    const whole = { id: "1", changes: [about(value)], messaging: [7], time: 1 };
    const other = [{ id: "2", messaging: [8] }, { changes: [] }, 7, { changes: [{ field: "messages" }] }];
    const events = await eventsOf(service(), JSON.stringify({ entry: [whole, ...other] }));
    const { phoneNumberId } = facts;
    expect(events).toEqual([
      expect.objectContaining({ type: "message", id: "wamid.1" }),
      { type: "other", field: "messages", phoneNumberId, raw: { statuses: { id: "x" } } },
      { type: "other", field: "messages", phoneNumberId, raw: { calls } },
      { type: "other", raw: { messaging: [7] } },
      { type: "other", raw: other[0] },
      { type: "other", raw: other[1] },
      { type: "other", raw: 7 },
      { type: "other", field: "messages", raw: { field: "messages" } },
    ]);
  });

  test("are told in part where a part has a shape of its own", async () => {
    const bare = { id: "wamid.1", from: "1", timestamp: "1" };
    const messages = [bare, { ...bare, type: "text" }];
    const statuses = [{ ...bare, status: "failed", errors: ["?"] }];
    const rawBody = JSON.stringify({ entry: [{ changes: [about({ messages, statuses })] }] });
    expect(await eventsOf(service(), rawBody)).toMatchObject([
      { type: "message", content: { kind: "other", type: "" } },
      { type: "message", content: { kind: "other", type: "text" } },
      { type: "status", recipient: undefined, problems: [], raw: statuses[0] },
    ]);
  });

  test("never throw, whatever signed JSON holds", async () => {
    const whatsapp = service();
    const key = fc.constantFrom("entry", "changes", "field", "value", "messages", "statuses", "errors", "id", "type");
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom("messages", "text", 1, null, true),
        fc.array(tie("node"), { maxLength: 3 }),
        fc.dictionary(key, tie("node"), { maxKeys: 4 }),
      ),
    })).node;
    await fc.assert(
      fc.asyncProperty(value, async (changes) => {
        await eventsOf(whatsapp, JSON.stringify({ entry: [{ changes: [about(changes), changes] }] }));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("what comes again", () => {
  const message = incoming("wamid.1", { type: "text", text: { body: "Hello" } });
  const status = (word: string) => ({ id: "wamid.1", status: word, timestamp: "1749416384", recipient_id: "1650" });
  const marks = async (whatsapp: WhatsAppMessagingService, value: object) =>
    (await eventsOf(whatsapp, bodyOf(value))).map((event) => "duplicate" in event && event.duplicate);

  test("is marked, and not left out; each status of a message counts by itself", async () => {
    const whatsapp = service();
    expect(await marks(whatsapp, { messages: [message] })).toEqual([false]);
    expect(await marks(whatsapp, { messages: [message, message] })).toEqual([true, true]);
    expect(await marks(whatsapp, { statuses: [status("sent"), status("delivered")] })).toEqual([false, false]);
    expect(await marks(whatsapp, { statuses: [status("delivered"), status("read")] })).toEqual([true, false]);
    const member = { ...status("read"), recipient_participant_id: "1651" };
    expect(await marks(whatsapp, { statuses: [member, member] })).toEqual([false, true]);
  });

  test("is remembered up to a number of events, the one that was seen last for longest", async () => {
    const whatsapp = service({ rememberEvents: 3 });
    const see = (...ids: number[]) =>
      marks(whatsapp, { messages: ids.map((id) => incoming(`wamid.${id}`, { type: "text", text: { body: "x" } })) });
    expect(await see(1, 2, 3)).toEqual([false, false, false]);
    expect(await see(1)).toEqual([true]);
    expect(await see(4)).toEqual([false]);
    expect(await see(1, 3, 4)).toEqual([true, true, true]);
    expect(await see(2)).toEqual([false]);
    expect(await marks(service({ rememberEvents: 0 }), { messages: [message, message] })).toEqual([false, false]);
  });

  test("of a body that was refused is not remembered", async () => {
    const whatsapp = service();
    const rawBody = bodyOf({ messages: [message] });
    await whatsapp.handleWebhook({ rawBody, signature: sign(rawBody, "another") });
    expect(await marks(whatsapp, { messages: [message] })).toEqual([false]);
  });
});
