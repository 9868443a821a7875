import type { Clock } from "./clock.js";

/** One time to be woken at. Whatever the clock does, it rings at most once for each time that it is set to. */
export class Alarm {
  readonly #wake: Clock["wake"];
  readonly #ring: () => void;
  #cancel: (() => void) | undefined;
  /** Another number for each time it is set: what was set before must not ring any more. */
  #turn = 0;

  constructor(wake: Clock["wake"], ring: () => void) {
    this.#wake = wake;
    this.#ring = ring;
  }

  /** Sets the alarm to this time, in place of any other; undefined switches it off. */
  set(at: number | undefined): void {
    const turn = ++this.#turn;
    this.#cancel?.();
    this.#cancel = undefined;
    if (at === undefined) return;
    const cancel = this.#wake(at, () => {
      if (turn !== this.#turn) return;
      this.#turn++;
      this.#ring();
    });
    // A clock may ring at once, and the alarm be set anew by then.
    if (turn === this.#turn) this.#cancel = cancel;
  }
}
