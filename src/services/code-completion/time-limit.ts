import { CodeCompletionError } from "./code-completion-error.js";

/**
 * What ends one call early: its time is over, or its caller's signal. `AbortSignal.any` would do the same; on Node 20 it
 * keeps a little memory for each call as long as the caller's signal lives.
 */
export class TimeLimit {
  readonly #controller = new AbortController();
  readonly #end: number;
  readonly #timer: NodeJS.Timeout;
  readonly #caller: AbortSignal | undefined;
  readonly #abort = () => this.#stop(aborted(this.#caller?.reason));
  #ended: CodeCompletionError | undefined;

  constructor({ origin, timeoutMs }: { readonly origin: string; readonly timeoutMs: number }, caller?: AbortSignal) {
    this.#end = performance.now() + timeoutMs;
    this.#timer = setTimeout(() => this.#stop(timedOut(origin, timeoutMs)), timeoutMs);
    this.#caller = caller;
    if (caller?.aborted) this.#abort();
    else caller?.addEventListener("abort", this.#abort, { once: true });
  }

  /** Aborted when the call is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the call is to end; undefined while it may go on. */
  get ended(): CodeCompletionError | undefined {
    return this.#ended;
  }

  /** The time that is left, in milliseconds. */
  left(): number {
    return this.#end - performance.now();
  }

  /** Takes the timer and the listener away. */
  close(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener("abort", this.#abort);
  }

  #stop(error: CodeCompletionError): void {
    this.#ended ??= error;
    this.#controller.abort(error);
  }
}

function timedOut(origin: string, timeoutMs: number): CodeCompletionError {
  return new CodeCompletionError(`Tabby at ${origin} gave no whole answer within ${timeoutMs} ms`, {
    reason: "timeout",
  });
}

function aborted(cause: unknown): CodeCompletionError {
  return new CodeCompletionError("the completion's caller ended it", { reason: "aborted", cause });
}
