import { MessagingError } from "./messaging-error.js";
import type {
  MessagingService,
  SendOptions,
  SendResult,
  Template,
  TextOptions,
  WebhookQuery,
  WebhookRequest,
  WebhookResult,
  WebhookVerification,
} from "./messaging-service.js";
import type { Sender } from "./sender.js";
import { type Settings, settingsOf, type WhatsAppOptions } from "./settings.js";
import type { WebhookMemory, WebhookReceiver } from "./webhook-receiver.js";

/**
 * WhatsApp by Meta's Cloud API. It is thin: what sends and what receives is loaded when it is first called. What a method
 * is given is copied at once, but for the bytes of a webhook.
 *
 * @example
 * const whatsapp = new WhatsAppMessagingService({ phoneNumberId, token, verifyToken, appSecret });
 * const { messageId } = await whatsapp.sendText("+15551234567", "Your parcel is here");
 * await whatsapp.close();
 */
export class WhatsAppMessagingService implements MessagingService {
  readonly #settings: Settings;
  readonly #memory: WebhookMemory;
  #sender: Sender | undefined;
  #receiver: WebhookReceiver | undefined;
  #closed = false;

  /**
   * @param memory which webhook events were seen; those of this service alone unless another one is given the same object
   * @throws BurgeeError `INVALID_OPTIONS`, naming each option that is wrong
   */
  constructor(options: WhatsAppOptions, memory: WebhookMemory = {}) {
    this.#settings = settingsOf(options);
    this.#memory = memory;
  }

  async sendText(to: string, text: string, options: TextOptions = {}): Promise<SendResult> {
    const copy = { ...options };
    return (await this.#sending()).sendText(to, text, copy);
  }

  async sendTemplate(to: string, template: Template, options: SendOptions = {}): Promise<SendResult> {
    const [json, copy] = [jsonOf(template), { ...options }];
    return (await this.#sending()).sendTemplate(to, json, copy);
  }

  async handleWebhook(request: WebhookRequest): Promise<WebhookResult> {
    const { rawBody, signature } = request;
    return (await this.#receiving()).handle({ rawBody, signature });
  }

  async verifyWebhook(query: WebhookQuery): Promise<WebhookVerification> {
    const copy = query instanceof URLSearchParams ? new URLSearchParams(query) : { ...query };
    return (await this.#receiving()).verify(copy);
  }

  /** Ends what is under way with the reason `closed`, and closes the connections. Webhooks are still answered. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#sender?.close();
  }

  async #sending(): Promise<Sender> {
    const { Sender } = await import("./sender.js");
    if (this.#closed) {
      const words = "the WhatsApp service is closed; nothing was sent";
      throw new MessagingError(words, { reason: "closed", mayHaveBeenSent: false });
    }
    this.#sender ??= new Sender(this.#settings);
    return this.#sender;
  }

  async #receiving(): Promise<WebhookReceiver> {
    const { WebhookReceiver } = await import("./webhook-receiver.js");
    this.#receiver ??= new WebhookReceiver(this.#settings, this.#memory);
    return this.#receiver;
  }
}

/** Undefined where JSON cannot hold the template. */
function jsonOf(template: Template): string | undefined {
  try {
    return JSON.stringify(template);
  } catch {
    return undefined;
  }
}
