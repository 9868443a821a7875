import { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "../rules/context.js";

/** The context that a call tree runs with. Costs one comparison until it is first used. */
export class AmbientContext {
  readonly #base: Context;
  #storage: AsyncLocalStorage<Context | undefined> | undefined;

  constructor(base: Context) {
    this.#base = base;
  }

  /** The context of whoever gives none. */
  get current(): Context {
    return this.#storage === undefined ? this.#base : (this.#storage.getStore() ?? this.#base);
  }

  run<R>(context: Context, fn: () => R): R {
    this.#storage ??= new AsyncLocalStorage();
    return this.#storage.run(Object.freeze({ ...context }), fn);
  }

  /** Runs listeners and timers without the context of whoever caused them. */
  outside(fn: () => void): void {
    if (this.#storage === undefined) fn();
    else this.#storage.run(undefined, fn);
  }
}
