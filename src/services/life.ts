import { isPromise } from "node:util/types";
import { isThenable } from "../rules/thenable.js";

/** The calls of one service after another that have not ended. */
export interface Calls {
  inFlight: number;
}

/** One real service while it serves, and the calls that it has in flight. */
export class Life {
  readonly service: object;
  readonly #calls: Calls;
  #inFlight = 0;
  #onEmpty: (() => void) | undefined;

  /** Its calls are counted in `calls` too, for as long as they run. */
  constructor(service: object, calls: Calls) {
    this.service = service;
    this.#calls = calls;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Makes a call. It is in flight until what it gives has settled, where that can be awaited: a promise, or a query that
   * runs when somebody awaits it, and so runs at once here and comes as a promise. What the call throws goes through.
   */
  during(call: () => unknown): unknown {
    this.#inFlight++;
    this.#calls.inFlight++;
    try {
      const answer = call();
      // A service with a method `then` may give itself, and is no promise.
      if (answer !== this.service && isThenable(answer)) return this.#until(answer);
      this.#end();
      return answer;
    } catch (thrown) {
      this.#end();
      throw thrown;
    }
  }

  /** Calls back when nothing is in flight any more; at once where nothing is. */
  whenEmpty(then: () => void): void {
    if (this.#inFlight === 0) then();
    else this.#onEmpty = then;
  }

  /** Gives what follows from the answer, so that a rejection which nobody hears is still told by Node. */
  #until(answer: PromiseLike<unknown>): PromiseLike<unknown> {
    // What follows from a promise of a class of its own is of that class. Others are asked once: each time may be a query.
    const promise = isPromise(answer) ? answer : Promise.resolve(answer);
    return promise.then(
      (value) => {
        this.#end();
        return value;
      },
      (reason: unknown) => {
        this.#end();
        throw reason;
      },
    );
  }

  #end(): void {
    this.#inFlight--;
    this.#calls.inFlight--;
    if (this.#inFlight === 0) this.#onEmpty?.();
  }
}
