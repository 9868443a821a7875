import type { BurgeeError } from "../errors.js";

/** How long a wait lasts at most. */
export interface WaitLimit {
  readonly ms: number;
  /** What to reject with when the time is over. */
  readonly late: () => BurgeeError;
  /** Whether the timer keeps the process alive. */
  readonly alive: boolean;
}

/**
 * What one task waits for, one thing after the other. All of it can be ended from outside: the wait under way rejects then,
 * and so does every later one.
 */
export class Waits {
  #over: BurgeeError | undefined;
  #interrupt: ((error: BurgeeError) => void) | undefined;
  #wake: (() => void) | undefined;
  #pending: Promise<unknown> = Promise.resolve();

  /** Settles with the last question, also where nobody waits for its answer any more. Never rejects. */
  get pending(): Promise<unknown> {
    return this.#pending;
  }

  /** Waits for an answer. What the question throws is an answer that rejects. */
  ask<R>(question: () => Promise<R>, limit: WaitLimit): Promise<R> {
    return this.#settle<R>((resolve, reject) => {
      const answer = new Promise<R>((answered) => answered(question()));
      this.#pending = answer.catch(() => {});
      answer.then(resolve, reject);
      const timer = setTimeout(() => reject(limit.late()), limit.ms);
      return limit.alive ? timer : timer.unref();
    });
  }

  /** Waits for so long, or until `wake` is called. Gives whether it was woken. The timer keeps no process alive. */
  sleep(ms: number): Promise<boolean> {
    return this.#settle<boolean>((resolve) => {
      this.#wake = () => resolve(true);
      return setTimeout(() => resolve(false), ms).unref();
    });
  }

  /** Waits until `wake` is called. Keeps no process alive. */
  idle(): Promise<void> {
    return this.#settle<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Lets other work of the process go first. */
  async turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.check();
  }

  /** Ends a `sleep`, where one is under way. */
  wake(): void {
    this.#wake?.();
  }

  /** Ends everything, with the first error that it is called with. */
  end(error: BurgeeError): void {
    this.#over ??= error;
    this.#interrupt?.(this.#over);
  }

  /** Throws where everything has been ended. */
  check(): void {
    if (this.#over !== undefined) throw this.#over;
  }

  async #settle<R>(
    // biome-ignore lint/suspicious/noConfusingVoidType: what waits for no timer gives none
    begin: (resolve: (value: R) => void, reject: (error: unknown) => void) => NodeJS.Timeout | void,
  ): Promise<R> {
    this.check();
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<R>((resolve, reject) => {
        this.#interrupt = reject;
        timer = begin(resolve, reject) ?? undefined;
      });
    } finally {
      clearTimeout(timer);
      this.#interrupt = undefined;
      this.#wake = undefined;
    }
  }
}
