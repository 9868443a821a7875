/** Node fires a timer of more than 2^31 ms at once, and clocks are set: never sleep longer than this, and look again. */
const LONGEST_SLEEP = 60_000;

/**
 * Calls back when the wall clock may have reached a time, and every minute until then: whoever is called looks at the
 * clock, and sets the alarm again. Its timer never keeps a process alive.
 */
export class Alarm {
  readonly #clock: () => number;
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: () => number, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Sets the alarm to this time, in place of any other; undefined switches it off. */
  set(at: number | undefined): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (at === undefined) return;
    const sleep = Math.min(Math.max(at - this.#clock(), 0), LONGEST_SLEEP);
    this.#timer = setTimeout(this.#ring, sleep).unref();
  }
}
