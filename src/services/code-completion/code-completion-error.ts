import { ServiceError } from "../service-error.js";

/** Why a call for code completion failed. The guide has a table of them, with what to do. */
export type CodeCompletionFailure =
  /** There is nothing to complete: refused before it was sent, or by the server (400). */
  | "empty-prompt"
  /** The request cannot be used: refused before it was sent, or by the server (another 4xx). */
  | "invalid-request"
  /** The server wants another key (401). */
  | "unauthorized"
  /** The key is known, and may not do this (403). */
  | "forbidden"
  /** Nothing answers under this address's path (404). */
  | "not-found"
  /** Too many requests (429); `retryAfterMs` tells when to come back, where the server said so. */
  | "rate-limited"
  /** The server has no model for completion (501). */
  | "no-model"
  /** The server is not ready for now (503); `retryAfterMs` as above. */
  | "unavailable"
  /** The server failed (another 5xx). */
  | "server-error"
  /** The server points elsewhere (3xx), and is not followed, for the key is for this server alone. */
  | "redirected"
  /** There was no whole answer within `timeoutMs`, tries again and all, or within fetch's own limits. */
  | "timeout"
  /** The caller's signal ended it; `cause` is the signal's reason. */
  | "aborted"
  /** No connection could be made, so nothing was sent. */
  | "unreachable"
  /** The server's port is one that fetch never asks, so nothing was sent. */
  | "blocked-port"
  /** The connection broke before the whole answer was there. */
  | "cut-off"
  /** What answered is not JSON, or not even HTTP. */
  | "not-json"
  /** The answer is JSON, and not what Tabby's API promises. */
  | "wrong-shape"
  /** The answer is above 1 MiB, and was not read to its end. */
  | "too-large";

/**
 * What a failed call is rejected with. Tell failures apart by `reason`. Neither the message nor `cause` holds the key,
 * the prompt, or anything that the server wrote.
 *
 * @example
 * try {
 *   await client.complete(request);
 * } catch (error) {
 *   if (error instanceof CodeCompletionError && error.reason === "rate-limited") slowDown(error.retryAfterMs);
 *   else throw error;
 * }
 */
export class CodeCompletionError extends ServiceError<CodeCompletionFailure> {}
