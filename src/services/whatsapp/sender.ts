import { readAnswer } from "./answer.js";
import { MessagingError } from "./messaging-error.js";
import type { SendOptions, Sent, TextOptions } from "./messaging-service.js";
import { type Outgoing, templateMessage, textMessage } from "./outgoing.js";
import { pause } from "./pause.js";
import type { Settings } from "./settings.js";
import { Transport } from "./transport.js";

/** Those who were refused together should not come back together. */
const JITTER = 0.25;

/**
 * Sends messages, each on its own: one that waits holds up no other. A message is posted again only after Meta has
 * refused it for want of room, which says that nothing was sent.
 */
export class Sender {
  readonly #settings: Settings;
  readonly #transport: Transport;
  readonly #calls = new Set<AbortController>();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#transport = new Transport(settings);
  }

  async sendText(to: string, text: string, options: TextOptions): Promise<Sent> {
    return this.#send(textMessage(to, text, options), options);
  }

  /** @param template as JSON; undefined for one that JSON cannot hold */
  async sendTemplate(to: string, template: string | undefined, options: SendOptions): Promise<Sent> {
    return this.#send(templateMessage(to, template, options), options);
  }

  /** Ends every call that is under way, and closes the connections. */
  close(): void {
    for (const call of this.#calls)
      call.abort(ended("closed", "the WhatsApp service was closed before an answer came", undefined));
    this.#transport.close();
  }

  async #send(message: Outgoing, { signal, timeoutMs }: SendOptions): Promise<Sent> {
    const call = new AbortController();
    const onAbort = () => call.abort(ended("aborted", "sending was aborted", signal?.reason));
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#calls.add(call);
    try {
      return await this.#post(message, call.signal, timeoutMs ?? this.#settings.timeoutMs);
    } finally {
      this.#calls.delete(call);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async #post({ body, words }: Outgoing, signal: AbortSignal, timeoutMs: number): Promise<Sent> {
    const { clock, backoff, token, verifyToken, appSecret = "" } = this.#settings;
    const secrets = [token, verifyToken, appSecret, ...words];
    const until = clock.now() + backoff.limitMs;
    for (let refusals = 0; ; refusals++) {
      const outcome = readAnswer(await this.#transport.post(body, { signal, timeoutMs }), secrets);
      if (!(outcome instanceof MessagingError)) return outcome;
      const leastMs = Math.max(backoff.firstMs * 4 ** refusals, outcome.retryAfterMs ?? 0);
      const waitMs = Math.ceil(leastMs * (1 + JITTER * Math.random()));
      if (!isForWantOfRoom(outcome) || clock.now() + waitMs > until) throw outcome;
      await pause(clock, waitMs, signal);
    }
  }
}

/** Meta says that there was too much of it, and so that nothing was sent. */
function isForWantOfRoom({ reason, mayHaveBeenSent }: MessagingError): boolean {
  return !mayHaveBeenSent && (reason === "throughput" || reason === "pair-rate");
}

function ended(reason: "aborted" | "closed", message: string, cause: unknown): MessagingError {
  return new MessagingError(message, { reason, mayHaveBeenSent: false, cause });
}
