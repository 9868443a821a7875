import type { BurgeeError } from "../errors.js";
import { BackgroundErrors } from "./background-errors.js";
import type { FlagStore } from "./flag-store.js";
import { jittered, LONGEST_TIMER_MS } from "./jitter.js";

/** How long a store keeps what it need not keep for ever. Times are in milliseconds. */
export interface Retention {
  /** How old an audit entry becomes; false keeps all of them. */
  readonly auditMs: number | false;
  /** How old the counts of an hour become; false keeps all of them. */
  readonly usageMs: number | false;
  /** How often it is looked whether something is too old, more or less. */
  readonly everyMs: number;
  /** How many audit entries are forgotten at once, at most, and how many rows of usage. */
  readonly batch: number;
}

export interface HousekeepingOptions {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly retention: Retention;
  /** Told of the first error, and of the next one after it has worked again. Not told that the store is away. */
  readonly onError: (error: BurgeeError) => void;
  /** From 0 to less than 1. `Math.random` unless given. */
  readonly random?: (() => number) | undefined;
}

/** From one batch to the next: whoever else uses the database comes in between. */
const PAUSE_MS = 20;

/**
 * Has a store forget what is too old, in small batches. Every instance of a fleet does it, at times of its own; what one has
 * done, the next one finds done. The timers never keep a process alive.
 *
 * @example
 * const housekeeping = new Housekeeping(store, { clock: Date.now, retention, onError: (error) => logger.error(error) });
 * housekeeping.start();
 * await housekeeping.close();
 */
export class Housekeeping {
  readonly #store: FlagStore;
  readonly #clock: () => number;
  readonly #retention: Retention;
  readonly #random: () => number;
  readonly #errors: BackgroundErrors;
  #timer: NodeJS.Timeout | undefined;
  /** The batch under way. */
  #batch: Promise<void> | undefined;
  #started = false;
  #closed = false;

  constructor(store: FlagStore, { clock, retention, onError, random = Math.random }: HousekeepingOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#retention = Object.freeze({ ...retention });
    this.#random = random;
    this.#errors = new BackgroundErrors(store, onError);
  }

  /** Begins, some time within the first `everyMs`. A second call does nothing, nor does one after `close`. */
  start(): void {
    const { auditMs, usageMs, everyMs } = this.#retention;
    if (this.#started || (auditMs === false && usageMs === false)) return;
    this.#started = true;
    this.#sleep(Math.min(everyMs * this.#random(), LONGEST_TIMER_MS));
  }

  /** No further batch begins. Resolves when the one under way has ended; never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#batch;
  }

  #sleep(ms: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#batch = this.#forget();
    }, ms).unref();
  }

  async #forget(): Promise<void> {
    const { everyMs, batch } = this.#retention;
    let isMore = false;
    try {
      isMore = (await this.#store.prune(this.#request())) >= batch;
      this.#errors.worked();
    } catch (error) {
      this.#errors.failed(error);
    }
    this.#sleep(isMore ? PAUSE_MS : jittered(everyMs, this.#random));
  }

  #request(): Parameters<FlagStore["prune"]>[0] {
    const { auditMs, usageMs, batch } = this.#retention;
    const now = this.#clock();
    return {
      // No entry is older than 1970.
      before: auditMs === false ? 0 : now - auditMs,
      usageBefore: usageMs === false ? undefined : now - usageMs,
      limit: batch,
    };
  }
}
