import type { Resolution } from "../rules/resolution.js";
import { Counter, type EvaluationCounter } from "./counter.js";
import type { Slot } from "./state.js";

/** Who gives answers, and has them counted while somebody counts. */
export interface Counted {
  counting: Counting | undefined;
}

/** All that count at the moment. Whoever answers knows of them only while there is one. */
export class Counting {
  readonly #counted: Counted;
  #counters: readonly Counter[] = [];
  #closed = false;

  constructor(counted: Counted) {
    this.#counted = counted;
  }

  /** Counts from now on; after `close` nothing is counted any more. */
  begin(): EvaluationCounter {
    const counter = new Counter((stopped) => this.#have(this.#counters.filter((other) => other !== stopped)));
    if (!this.#closed) this.#have([...this.#counters, counter]);
    return counter;
  }

  count(name: string, slot: Slot | undefined, resolution: Resolution): void {
    for (const counter of this.#counters) counter.count(name, slot, resolution);
  }

  /** Stops every counter, for good. */
  close(): void {
    this.#closed = true;
    this.#have([]);
  }

  #have(counters: readonly Counter[]): void {
    this.#counters = counters;
    this.#counted.counting = counters.length === 0 ? undefined : this;
  }
}
