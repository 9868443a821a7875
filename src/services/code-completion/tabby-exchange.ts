import { CodeCompletionError, type CodeCompletionFailure } from "./code-completion-error.js";
import type { TabbyServer } from "./tabby-server.js";
import { statusError } from "./tabby-status.js";

/** Answers above this many bytes are not read to their end: completions have a few hundred. */
const LONGEST_ANSWER = 1_048_576;

/** Codes of errors that come about only while a connection is made: nothing was sent. */
const NOT_SENT = ["ECONNREFUSED", "EAI_AGAIN"];

/** Codes of errors of a connection that was there. */
const CUT_OFF = ["ECONNRESET", "EPIPE", "ECONNABORTED", "UND_ERR_SOCKET"];

/** Codes of fetch's own time limits: 300 s, or what the process has set for all of its fetches. */
const TIMED_OUT = ["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"];

/** The name of errors of an answer that is no HTTP. Their code is another for each mistake, and Node 24 gives none. */
const NOT_HTTP = "HTTPParserError";

/** What fetch says of a port that it never asks: https://fetch.spec.whatwg.org/#port-blocking */
const BAD_PORT = "bad port";

/** One request. */
export interface Exchange {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
}

/** The text of an answer, or why there is none. `sent` is false where no connection could be made for now. */
export type Outcome = { readonly text: string } | { readonly failure: CodeCompletionError; readonly sent: boolean };

/** Sends one request, once, and reads its answer. Never rejects. */
export async function exchange(server: TabbyServer, asked: Exchange, signal: AbortSignal): Promise<Outcome> {
  let response: Response;
  try {
    response = await fetch(server.base + asked.path, {
      method: asked.method,
      headers: {
        accept: "application/json",
        ...(asked.body !== undefined && { "content-type": "application/json" }),
        ...(server.apiKey !== undefined && { authorization: `Bearer ${server.apiKey}` }),
      },
      ...(asked.body !== undefined && sentOnce(asked.body)),
      redirect: "manual",
      signal,
    });
  } catch (thrown) {
    const code = codeOf(thrown);
    return { failure: connectionError(server.origin, code), sent: !NOT_SENT.includes(code) };
  }
  const { status, headers, body } = response;
  if (!response.ok) {
    await drop(body);
    return {
      failure: statusError({ origin: server.origin, path: asked.path }, status, headers.get("retry-after")),
      sent: true,
    };
  }
  return readBody(server.origin, body, Number(headers.get("content-length")));
}

/**
 * A body as a stream, which fetch cannot send again. A text it would repeat by itself after a 421:
 * https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
 * With `credentials` as usual, fetch of Node 24.14 and 24.15 hides a 401 to a stream behind an error; "omit" is for
 * cookies and the like, which are none here, and sends `authorization` all the same.
 */
function sentOnce(text: string): RequestInit {
  return { body: new Blob([text]).stream(), duplex: "half", credentials: "omit" };
}

async function readBody(origin: string, body: ReadableStream<Uint8Array> | null, announced: number): Promise<Outcome> {
  const fail = (reason: CodeCompletionFailure, what: string): Outcome => ({
    failure: new CodeCompletionError(`Tabby at ${origin} ${what}`, { reason }),
    sent: true,
  });
  const tooLarge = () =>
    fail("too-large", `answered more than ${LONGEST_ANSWER} bytes, which were not read to their end`);
  if (announced > LONGEST_ANSWER) {
    await drop(body);
    return tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    // Leaving the loop cancels the body, and with it the connection.
    for await (const chunk of body ?? []) {
      length += chunk.byteLength;
      if (length > LONGEST_ANSWER) return tooLarge();
      chunks.push(chunk);
    }
  } catch (thrown) {
    if (TIMED_OUT.includes(codeOf(thrown))) return fail("timeout", "did not go on with its answer");
    return fail("cut-off", "broke off in the middle of its answer");
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return fail("not-json", "answered what is no text");
  }
}

/** Lets go of a body that nobody reads; one left lying would hold its connection. */
async function drop(body: ReadableStream<Uint8Array> | null): Promise<void> {
  await body?.cancel().catch(() => undefined);
}

/** What lies under fetch's "fetch failed", by its code or name; its other parts may quote what was sent or answered. */
function codeOf(thrown: unknown): string {
  const cause: unknown = Object(thrown).cause;
  const { code, name, message }: { code?: unknown; name?: unknown; message?: unknown } = Object(cause);
  if (name === NOT_HTTP) return NOT_HTTP;
  if (message === BAD_PORT) return BAD_PORT;
  return typeof code === "string" ? code : "no code";
}

function connectionError(origin: string, code: string): CodeCompletionError {
  const of = (reason: CodeCompletionFailure, what: string) =>
    new CodeCompletionError(`Tabby at ${origin} ${what} (${code})`, { reason });
  if (CUT_OFF.includes(code)) return of("cut-off", "closed the connection without an answer");
  if (TIMED_OUT.includes(code)) return of("timeout", "did not begin with an answer");
  if (code === BAD_PORT) return of("blocked-port", "is on a port that fetch never asks");
  if (code === NOT_HTTP) return of("not-json", "does not speak HTTP");
  if (code === "UND_ERR_HEADERS_OVERFLOW") return of("too-large", "answered too many headers");
  return of("unreachable", "cannot be reached");
}
