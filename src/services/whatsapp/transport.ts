import { type ClientRequest, type IncomingMessage, Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as EncryptedAgent, request as encryptedRequest } from "node:https";
import { MessagingError, type MessagingFailure } from "./messaging-error.js";
import type { Settings } from "./settings.js";

/** What the server answered, whole. */
export interface Answer {
  readonly status: number;
  /** What `Retry-After` asks for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  readonly text: string;
}

/** How one request is made. */
export interface PostOptions {
  readonly timeoutMs: number;
  /** Aborted with the MessagingError that the call ends with. */
  readonly signal: AbortSignal;
}

/** Meta's answers have a few hundred bytes. */
const LONGEST_ANSWER = 1024 * 1024;
/** A connection that idles longer may be closed by the other side just when a message goes out. */
const IDLE_MS = 5_000;
const MOST_CONNECTIONS = 100;

/**
 * Posts JSON, each body once and to one address. It is made of `node:http` because `fetch` may send a body twice: it
 * follows redirects, and at status 421 it sends a body that is no stream again by itself. And `fetch` does not tell
 * whether a connection was made before a time-out or an abort.
 */
export class Transport {
  readonly #settings: Settings;
  readonly #agent: PlainAgent | EncryptedAgent;
  readonly #isEncrypted: boolean;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#isEncrypted = settings.messagesUrl.protocol === "https:";
    const options = { keepAlive: true, timeout: IDLE_MS, maxSockets: MOST_CONNECTIONS };
    this.#agent = this.#isEncrypted ? new EncryptedAgent(options) : new PlainAgent(options);
  }

  /** @throws MessagingError whose `mayHaveBeenSent` is false only where no connection was made */
  post(body: string, { timeoutMs, signal }: PostOptions): Promise<Answer> {
    const { clock } = this.#settings;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const request = this.#open(body);
      let connected = false;
      const end = (settle: () => void) => {
        stopClock();
        signal.removeEventListener("abort", onAbort);
        settle();
      };
      const fail = (error: MessagingError) => {
        end(() => reject(error));
        request.destroy();
      };
      const lose = (reason: MessagingFailure, message: string, cause?: unknown) =>
        fail(new MessagingError(message, { reason, mayHaveBeenSent: connected, cause: codeOf(cause) }));
      const onAbort = () => fail(withDoubt(signal.reason, connected));
      const stopClock = clock.wake(clock.now() + timeoutMs, () =>
        lose("timeout", `WhatsApp did not answer within ${timeoutMs} ms${doubt(connected)}`),
      );
      signal.addEventListener("abort", onAbort, { once: true });
      whenConnected(request, () => {
        connected = true;
      });
      request.on("error", (cause) =>
        connected
          ? lose("connection-lost", `the connection to WhatsApp broke off${doubt(true)}`, cause)
          : lose("unreachable", unreachable(this.#settings.messagesUrl.host, codeOf(cause)), cause),
      );
      // It closes with neither an error nor a response where the server would speak another protocol.
      request.on("close", () => lose("connection-lost", `the connection to WhatsApp was closed${doubt(connected)}`));
      request.on("response", (response) => read(response, lose, (answer) => end(() => resolve(answer))));
      request.end(body);
    });
  }

  /** Closes all connections. */
  close(): void {
    this.#agent.destroy();
  }

  #open(body: string): ClientRequest {
    const { messagesUrl, token } = this.#settings;
    const headers = {
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      Accept: "application/json",
    };
    const options = { method: "POST", agent: this.#agent, headers };
    return this.#isEncrypted ? encryptedRequest(messagesUrl, options) : plainRequest(messagesUrl, options);
  }
}

/**
 * Before that, nothing of the message can have left. A request that waited for room gets a connection that is open
 * already, and `reusedSocket` does not say so.
 */
function whenConnected(request: ClientRequest, tell: () => void): void {
  request.once("socket", (socket) => {
    const isEncrypted = "secureConnecting" in socket;
    const isOpening = isEncrypted ? socket.secureConnecting : socket.connecting;
    if (isOpening) socket.once(isEncrypted ? "secureConnect" : "connect", tell);
    else tell();
  });
}

/** The code of an error of Node's. The rest of one may hold the request: `rawPacket` is what a server sent back of it. */
function codeOf(cause: unknown): { readonly code: string } | undefined {
  if (typeof cause !== "object" || cause === null || !("code" in cause) || typeof cause.code !== "string")
    return undefined;
  return Object.freeze({ code: cause.code });
}

function read(
  response: IncomingMessage,
  lose: (reason: MessagingFailure, message: string, cause?: unknown) => void,
  give: (answer: Answer) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= LONGEST_ANSWER) chunks.push(chunk);
    else lose("invalid-answer", `WhatsApp's answer is longer than ${LONGEST_ANSWER} bytes${doubt(true)}`);
  });
  response.on("error", (cause) =>
    lose("connection-lost", `the connection to WhatsApp broke off within its answer${doubt(true)}`, cause),
  );
  response.on("end", () =>
    give({
      status: response.statusCode ?? 0,
      retryAfterMs: millisecondsOf(response.headers["retry-after"]),
      text: Buffer.concat(chunks).toString("utf8"),
    }),
  );
}

/** `Retry-After` gives seconds or a date. */
function millisecondsOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}

/** The same end, with what is known of the request that it ended. */
function withDoubt(end: MessagingError, connected: boolean): MessagingError {
  const { reason, cause } = end;
  return new MessagingError(`${end.message}${doubt(connected)}`, { reason, mayHaveBeenSent: connected, cause });
}

function unreachable(host: string, cause: { readonly code: string } | undefined): string {
  const code = cause === undefined ? "" : ` (${cause.code})`;
  return `WhatsApp cannot be reached at ${host}${code}${doubt(false)}`;
}

function doubt(connected: boolean): string {
  return connected ? "; the message may have been sent, so it was not sent again" : "; nothing was sent";
}
