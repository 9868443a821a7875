import { setTimeout as sleep } from "node:timers/promises";
import type { CodeCompletionHealth, Completion, CompletionRequest } from "./code-completion.js";
import type { CodeCompletionError } from "./code-completion-error.js";
import { readCompletion, readHealth } from "./tabby-answers.js";
import { type Exchange, exchange } from "./tabby-exchange.js";
import { tabbyRequest } from "./tabby-request.js";
import type { TabbyServer } from "./tabby-server.js";
import { TimeLimit } from "./time-limit.js";

/** How long the first wait ahead of another try is, in milliseconds; each later one is twice as long. */
const FIRST_WAIT = 100;

/** `POST /v1/completions`. */
export async function askForCompletion(
  server: TabbyServer,
  request: CompletionRequest,
  signal: AbortSignal | undefined,
): Promise<Completion> {
  const body = JSON.stringify(tabbyRequest(request));
  return readCompletion(await ask(server, { method: "POST", path: "/v1/completions", body }, signal));
}

/** `GET /v1/health`. */
export async function askForHealth(
  server: TabbyServer,
  signal: AbortSignal | undefined,
): Promise<CodeCompletionHealth> {
  return readHealth(await ask(server, { method: "GET", path: "/v1/health" }, signal));
}

/** One call: as many exchanges as are safe, within one time limit. Gives the answer's text. */
async function ask(server: TabbyServer, asked: Exchange, caller: AbortSignal | undefined): Promise<string> {
  const limit = new TimeLimit(server, caller);
  try {
    for (let tries = 0; limit.ended === undefined; tries++) {
      const outcome = await exchange(server, asked, limit.signal);
      if (limit.ended !== undefined) break;
      if ("text" in outcome) return outcome.text;
      const { failure, sent } = outcome;
      if (tries >= server.retries || !mayAskAgain(asked, failure, sent)) throw failure;
      const wait = Math.max(failure.retryAfterMs ?? 0, FIRST_WAIT * 2 ** tries);
      // A wait that the time limit would end anyway helps nobody; the caller learns at once when to come back.
      if (wait >= limit.left()) throw failure;
      await sleep(wait, undefined, { signal: limit.signal }).catch(() => undefined);
    }
    throw limit.ended;
  } finally {
    limit.close();
  }
}

/** A completion is asked for again only where the server cannot have begun with it, or asked for it to be sent later. */
function mayAskAgain({ method }: Exchange, { reason, retryAfterMs }: CodeCompletionError, sent: boolean): boolean {
  if (!sent || retryAfterMs !== undefined) return true;
  return method === "GET" && (reason === "cut-off" || reason === "server-error" || reason === "unavailable");
}
