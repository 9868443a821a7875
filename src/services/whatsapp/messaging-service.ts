import type { WebhookEvent } from "./webhook-event.js";

/** How one message is sent. */
export interface SendOptions {
  /** The `messageId` or the event's `id` of the message that this one answers. */
  readonly replyTo?: string | undefined;
  /** At most 512 characters; they come back in the webhook's status events. */
  readonly callbackData?: string | undefined;
  /** Milliseconds for one request; the service's own unless given. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How one text is sent. */
export interface TextOptions extends SendOptions {
  /** Whether the first address in the text is shown with a preview. Meta shows none unless asked. */
  readonly previewUrl?: boolean | undefined;
}

/** A part of a template that is filled in: a `header`, a `body`, a `button`. Its other members go to Meta as they are. */
export type TemplateComponent =
  | { readonly type: string; readonly [member: string]: unknown }
  // An interface of the caller's own has no index signature.
  | { readonly type: string };

/** A template that Meta has approved, and what is filled into it. */
export interface Template {
  readonly name: string;
  /** `en`, `en_US`. */
  readonly language: string;
  /** In Meta's own form: `[{ type: "body", parameters: [{ type: "text", text: "17:00" }] }]`. */
  readonly components?: readonly TemplateComponent[] | undefined;
}

/** Meta took the message. It says nothing of its arrival: the webhook's status events do. */
export interface Sent {
  readonly sent: true;
  /** `wamid.…` */
  readonly messageId: string;
  /** The recipient as WhatsApp knows it: its number without a plus sign. Undefined where Meta gave none. */
  readonly recipient: string | undefined;
  /** `accepted`, `held_for_quality_assessment`, `paused`: for templates. Undefined where Meta gave none. */
  readonly status: string | undefined;
}

/** What a service says that is off, starting, failing or closed. */
export interface Disabled {
  readonly reason: "disabled";
  /** Names the flag, the variable that sets it, where there is one, and what tells why it is off. */
  readonly message: string;
}

/** What sending gives. */
export type SendResult = Sent | ({ readonly sent: false } & Disabled);

/** What an HTTP server got in Meta's POST. */
export interface WebhookRequest {
  /** The body as it came, byte for byte: what a parser made of it has another signature. Bytes are not copied. */
  readonly rawBody: Uint8Array | ArrayBuffer | string;
  /** The header `X-Hub-Signature-256`, as Node's headers or `Headers.get` give it. */
  readonly signature: string | readonly string[] | null | undefined;
}

/** Why a webhook was refused. */
export type WebhookRefusal = "no-app-secret" | "unsigned" | "wrong-signature" | "too-large" | "malformed";

/** What became of a webhook. Answer Meta with `status`. */
export type WebhookResult =
  | { readonly accepted: true; readonly status: 200; readonly events: readonly WebhookEvent[] }
  | {
      readonly accepted: false;
      /** 503 where Meta should come again; 400, 401 or 413 for what is no webhook of Meta's. */
      readonly status: 400 | 401 | 413 | 503;
      readonly reason: "disabled" | WebhookRefusal;
      readonly message: string;
      readonly events: readonly [];
    };

/** The query of Meta's GET: what `URL.searchParams` gives, or an object of a framework's. */
export type WebhookQuery =
  | URLSearchParams
  | { readonly "hub.mode"?: unknown; readonly "hub.verify_token"?: unknown; readonly "hub.challenge"?: unknown };

/** The answer to Meta's question whether the webhook is yours. Answer with `status`, and `challenge` as plain text. */
export type WebhookVerification =
  | { readonly verified: true; readonly status: 200; readonly challenge: string }
  | {
      readonly verified: false;
      readonly status: 400 | 403 | 503;
      readonly reason: "disabled" | "wrong-token" | "malformed";
      readonly message: string;
    };

/**
 * Messages to and from WhatsApp. `WhatsAppMessagingService` is the real one, `NullMessagingService` stands in for it while
 * the flag is off.
 */
export interface MessagingService {
  /**
   * Sends a text. One call sends it once at most.
   *
   * @param to a phone number with its country code (`+15551234567`), or a business-scoped user ID
   * @param text 1 to 4,096 characters
   * @throws MessagingError
   */
  sendText(to: string, text: string, options?: TextOptions): Promise<SendResult>;
  /**
   * Sends an approved template, which may be sent outside the 24 hours after the user last wrote.
   *
   * @throws MessagingError
   */
  sendTemplate(to: string, template: Template, options?: SendOptions): Promise<SendResult>;
  /** Checks the signature of Meta's POST, and gives the events that it holds. A refused one is an answer, not an error. */
  handleWebhook(request: WebhookRequest): Promise<WebhookResult>;
  /** Answers Meta's GET (`hub.mode`, `hub.verify_token`, `hub.challenge`), by which it learns that the webhook is yours. */
  verifyWebhook(query: WebhookQuery): Promise<WebhookVerification>;
}
