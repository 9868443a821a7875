import { CodeCompletionError, type CodeCompletionFailure } from "./code-completion-error.js";

/** What each status says, and what to do, for people. */
const STATUSES: Readonly<Record<number, readonly [CodeCompletionFailure, string]>> = {
  400: ["empty-prompt", "finds nothing to complete in the request"],
  401: ["unauthorized", "wants another key; set TABBY_API_KEY to a token of its"],
  403: ["forbidden", "does not let this key complete code"],
  404: ["not-found", "has nothing there; does TABBY_URL lack a path, or have one too many?"],
  429: ["rate-limited", "has too many requests"],
  501: ["no-model", "has no model for completion; start it with one (`--model`)"],
  503: ["unavailable", "is not ready for now"],
};

/** What was asked: the server, and the path of Tabby's own under its address. */
interface Place {
  readonly origin: string;
  readonly path: string;
}

/** The error for a status that is no success. The answer's body is not looked at: it could quote the prompt. */
export function statusError(at: Place, status: number, retryAfter: string | null): CodeCompletionError {
  const [reason, what] = STATUSES[status] ?? otherStatus(status);
  const waits = reason === "rate-limited" || reason === "unavailable";
  const retryAfterMs = waits && retryAfter !== null ? retryAfterOf(retryAfter, Date.now()) : undefined;
  return new CodeCompletionError(`Tabby at ${at.origin} ${what} (${status} at ${at.path})`, {
    reason,
    status,
    retryAfterMs,
  });
}

function otherStatus(status: number): readonly [CodeCompletionFailure, string] {
  if (status < 400)
    return ["redirected", "points elsewhere, which is not followed; give the address that it points to"];
  if (status < 500) return ["invalid-request", "refuses the request"];
  return ["server-error", "failed"];
}

/**
 * How long a `Retry-After` header asks to wait, in milliseconds: whole seconds, or a date (RFC 9110, 10.2.3, in the form
 * that servers must send). Undefined where it is neither.
 */
export function retryAfterOf(header: string, now: number): number | undefined {
  const text = header.trim();
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1_000;
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(at - now, 0);
}
