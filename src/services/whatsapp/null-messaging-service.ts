import { offHere } from "../off-here.js";
import type {
  Disabled,
  MessagingService,
  SendResult,
  WebhookResult,
  WebhookVerification,
} from "./messaging-service.js";

/** The names that the answers tell. */
export interface NullMessagingOptions {
  /** `whatsapp_enabled` unless given. */
  readonly flag?: string | undefined;
  /** The variable that sets the flag; none where only `flag` is given, `FEATURE_WHATSAPP_ENABLED` where neither is. */
  readonly variable?: string | undefined;
}

/**
 * Stands in for WhatsApp while its flag is off, or the real service is not there: it sends nothing, opens nothing and
 * never throws. Each answer has the reason `disabled`, and a message that names the flag and its variable, where it has
 * one. Webhooks are answered with 503, so that Meta comes again with them.
 *
 * @example
 * const off = new NullMessagingService();
 * await off.sendText("+15551234567", "Hello"); // { sent: false, reason: "disabled", message: "…" }
 */
export class NullMessagingService implements MessagingService {
  readonly #sent: SendResult;
  readonly #handled: WebhookResult;
  readonly #verified: WebhookVerification;

  constructor({ flag, variable = flag ? undefined : "FEATURE_WHATSAPP_ENABLED" }: NullMessagingOptions = {}) {
    const message = offHere("WhatsApp", flag ?? "whatsapp_enabled", variable);
    const disabled: Disabled = { reason: "disabled", message };
    this.#sent = Object.freeze({ sent: false, ...disabled });
    const events: readonly [] = Object.freeze([]);
    this.#handled = Object.freeze({ accepted: false, status: 503, events, ...disabled });
    this.#verified = Object.freeze({ verified: false, status: 503, ...disabled });
  }

  /** Sends nothing. */
  async sendText(): Promise<SendResult> {
    return this.#sent;
  }

  /** Sends nothing. */
  async sendTemplate(): Promise<SendResult> {
    return this.#sent;
  }

  /** Looks at nothing, and gives no events. */
  async handleWebhook(): Promise<WebhookResult> {
    return this.#handled;
  }

  /** Refuses, whatever the token. */
  async verifyWebhook(): Promise<WebhookVerification> {
    return this.#verified;
  }
}
