import { isArrayBuffer, isUint8Array } from "node:util/types";
import { fieldsOf, listOf } from "./json-parts.js";
import type {
  WebhookQuery,
  WebhookRefusal,
  WebhookRequest,
  WebhookResult,
  WebhookVerification,
} from "./messaging-service.js";
import { SeenEvents } from "./seen-events.js";
import type { Settings } from "./settings.js";
import { eventsOf } from "./webhook-events.js";
import { isSameSecret, isSignedBy } from "./webhook-signature.js";

/** A challenge of Meta's is a number of ten digits. */
const LONGEST_CHALLENGE = 1024;

/** Which events were seen, for a service that comes after another one. It is filled in with the first webhook. */
export interface WebhookMemory {
  seen?: SeenEvents;
}

/** Receives what Meta sends to the webhook's address. */
export class WebhookReceiver {
  readonly #settings: Settings;
  readonly #seen: SeenEvents;

  constructor(settings: Settings, memory: WebhookMemory) {
    this.#settings = settings;
    memory.seen ??= new SeenEvents(settings.rememberEvents);
    this.#seen = memory.seen;
  }

  handle({ rawBody, signature }: WebhookRequest): WebhookResult {
    const body = isArrayBuffer(rawBody) ? new Uint8Array(rawBody) : rawBody;
    if (typeof body !== "string" && !isUint8Array(body)) {
      const words = "is no body as it came, in bytes or text; what a parser made of one has another signature";
      return refuse(400, "malformed", `\`rawBody\` ${words}`);
    }
    const { appSecret, maxWebhookBytes } = this.#settings;
    if (appSecret === undefined)
      return refuse(
        503,
        "no-app-secret",
        "no webhook can be checked without the app's secret; set WHATSAPP_APP_SECRET",
      );
    if (Buffer.byteLength(body) > maxWebhookBytes)
      return refuse(413, "too-large", `the body is longer than ${maxWebhookBytes} bytes`);
    const header = Array.isArray(signature) && signature.length === 1 ? signature[0] : signature;
    if (typeof header !== "string") return refuse(401, "unsigned", "there is no one X-Hub-Signature-256");
    if (!isSignedBy(appSecret, body, header))
      return refuse(401, "wrong-signature", "X-Hub-Signature-256 is not this body's under the app's secret");
    return this.#read(body);
  }

  verify(query: WebhookQuery): WebhookVerification {
    const of = (name: string): unknown => (query instanceof URLSearchParams ? query.get(name) : fieldsOf(query)[name]);
    const [mode, token, challenge] = [of("hub.mode"), of("hub.verify_token"), of("hub.challenge")];
    if (mode !== "subscribe" || typeof token !== "string" || !isChallenge(challenge)) {
      const message = "a question of Meta's has hub.mode=subscribe, hub.verify_token and hub.challenge, each once";
      return Object.freeze({ verified: false, status: 400, reason: "malformed", message });
    }
    if (isSameSecret(token, this.#settings.verifyToken))
      return Object.freeze({ verified: true, status: 200, challenge });
    const message = "hub.verify_token is not the one in WHATSAPP_VERIFY_TOKEN";
    return Object.freeze({ verified: false, status: 403, reason: "wrong-token", message });
  }

  #read(signed: Uint8Array | string): WebhookResult {
    let body: unknown;
    try {
      body = JSON.parse(typeof signed === "string" ? signed : Buffer.from(signed).toString("utf8"));
    } catch {
      return refuse(400, "malformed", "the body is signed, but is not JSON");
    }
    if (listOf(fieldsOf(body).entry).length === 0)
      return refuse(400, "malformed", "the body is signed, but has no `entry`, and so is no webhook");
    const events = eventsOf(fieldsOf(body), (...name) => this.#seen.isKnown(...name));
    return { accepted: true, status: 200, events };
  }
}

function refuse(status: 400 | 401 | 413 | 503, reason: WebhookRefusal, message: string): WebhookResult {
  return { accepted: false, status, reason, message, events: [] };
}

function isChallenge(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= LONGEST_CHALLENGE;
}
