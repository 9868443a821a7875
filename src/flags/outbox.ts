import { finished, type Steps } from "../resolvers/steps.js";

/**
 * What is in force and not told yet, in order. What is told may be left off after each step and gone on with by
 * anybody; whoever gives a command while something is being told leaves its own to whoever tells.
 */
export class Outbox {
  readonly #waiting: Steps<void>[] = [];
  #telling = false;
  /** While there are some, nothing is told. */
  #holds = 0;

  push(steps: Steps<void>): void {
    this.#waiting.push(steps);
  }

  /** Runs work in which nothing is told. */
  hold(work: () => void): void {
    this.#holds++;
    try {
      work();
    } finally {
      this.#holds--;
    }
  }

  /** Tells all that waits. */
  deliver(): void {
    finished(this.steps());
  }

  /** The same in steps. Ends at once while something is being told: whoever does that goes on. */
  *steps(): Steps<void> {
    for (
      let first = this.#waiting[0];
      first !== undefined && !this.#telling && this.#holds === 0;
      first = this.#waiting[0]
    ) {
      this.#telling = true;
      try {
        if (first.next().done === true) this.#waiting.shift();
      } finally {
        this.#telling = false;
      }
      yield;
    }
  }
}
