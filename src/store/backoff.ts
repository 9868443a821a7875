/** The bounds of the delays, in milliseconds. */
export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/** A fleet whose store is back has to agree again within 2 s, so nobody waits longer than one. */
const LIMITS: BackoffLimits = { minMs: 50, maxMs: 1_000 };

/**
 * Delays between attempts, with full jitter: anything from 0 to a ceiling that begins at `minMs` and doubles with each
 * attempt up to `maxMs`, so that a fleet which lost its store together does not come back all at once.
 *
 * Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @example
 * const backoff = new Backoff(Math.random, { minMs: 50, maxMs: 1_000 });
 * backoff.next(); // 0 to 50
 * backoff.next(); // 0 to 100
 */
export class Backoff {
  readonly #random: () => number;
  readonly #limits: BackoffLimits;
  #ceiling: number;

  /** `random` gives a number from 0 to below 1. */
  constructor(random: () => number, limits: BackoffLimits = LIMITS) {
    this.#random = random;
    this.#limits = limits;
    this.#ceiling = limits.minMs;
  }

  /** How long to wait before the next attempt, in milliseconds. */
  next(): number {
    const ceiling = Math.min(this.#ceiling, this.#limits.maxMs);
    this.#ceiling = ceiling * 2;
    return this.#random() * ceiling;
  }

  /** Begins again with short delays. */
  reset(): void {
    this.#ceiling = this.#limits.minMs;
  }
}
