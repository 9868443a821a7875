/** One run of a factory. */
export class Attempt {
  readonly #controller = new AbortController();
  #resolve = () => {};
  /** Resolves when it has come to an end, and what it gave too late is disposed. */
  readonly isOver = new Promise<void>((resolve) => {
    this.#resolve = resolve;
  });

  #runs = true;

  /** Whether the factory still works. */
  get runs(): boolean {
    return this.#runs;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  end(): void {
    this.#runs = false;
    this.#resolve();
  }
}
