import { BurgeeError } from "../errors.js";
import { BackgroundErrors } from "../store/background-errors.js";
import type { FlagStore, FlagUsage } from "../store/flag-store.js";
import { jittered } from "../store/jitter.js";
import { storeError } from "../store/store-error.js";
import type { EvaluationCounter } from "./counter.js";
import { evaluationsOf, hourOf, untilNextHour, WaitingUsage } from "./waiting-usage.js";

/** Rows of one transaction, at most. */
const BATCH = 500;
const ONE_MINUTE = 60_000;
const CLOSE_TIMEOUT_MS = 5_000;

export interface UsageRecorderOptions {
  readonly store: FlagStore;
  /** Whose counts are taken; nobody else should take them. */
  readonly counter: EvaluationCounter;
  /** Told of `USAGE_OVERFLOW`, once a minute at most, and of the first time that the store refuses; not that it is away. */
  readonly onError: (error: BurgeeError) => void;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** How often counts are sent, more or less: a fleet does not send all at once. */
  readonly flushMs: number;
  /** From 0 to less than 1. `Math.random` unless given. */
  readonly random?: (() => number) | undefined;
}

/**
 * Brings the counts of evaluations to the store: by hour, flag and variant, in batches. They are counts to look at, and not
 * to bill by:
 *
 * - Counts wait while the store is away, as one row for each hour, flag and variant. Beyond 10,000 rows the oldest hours are
 *   dropped, and `USAGE_OVERFLOW` tells how many evaluations that were.
 * - A batch of which nobody knows whether it was recorded (`STORE_OUTCOME_UNKNOWN`) is not sent again: its evaluations may be
 *   missing, count as dropped, and are never recorded twice.
 * - A process that is killed loses what it counted since the last time.
 * - Names that no flag has are left out: they may come from anywhere, and without end. `flags.countEvaluations()` has them.
 *
 * The timers never keep a process alive, and nothing is thrown into anybody.
 *
 * @example
 * const recorder = new UsageRecorder({ store, counter, onError, clock: Date.now, flushMs: 60_000 });
 * await recorder.flush();
 * await recorder.close();
 */
export class UsageRecorder {
  readonly #store: FlagStore;
  readonly #counter: EvaluationCounter;
  readonly #onError: (error: BurgeeError) => void;
  readonly #clock: () => number;
  readonly #flushMs: number;
  readonly #random: () => number;
  readonly #errors: BackgroundErrors;
  readonly #waiting = new WaitingUsage();
  /** The hour in which what the counter holds was counted. */
  #hour: number;
  #flushTimer: NodeJS.Timeout | undefined;
  #hourTimer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #dropped = 0;
  #untold = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor({ store, counter, onError, clock, flushMs, random = Math.random }: UsageRecorderOptions) {
    this.#store = store;
    this.#counter = counter;
    this.#onError = onError;
    this.#clock = clock;
    this.#flushMs = flushMs;
    this.#random = random;
    this.#errors = new BackgroundErrors(store, onError);
    this.#hour = hourOf(clock());
    this.#awaitFlush();
    this.#awaitHour();
  }

  /** How many evaluations were dropped since the beginning, or may be lost because `close` could not send them. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Sends what was counted until now.
   *
   * @throws BurgeeError as the store does: `STORE_UNAVAILABLE` where it is away. The counts are kept, and sent later.
   */
  async flush(): Promise<void> {
    this.#note();
    // What is under way may have gone past what was counted just now.
    await this.#sending?.catch(() => {});
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  /** Stops counting and sends what was counted, for 5 s at most. What it cannot send is told as dropped. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    clearTimeout(this.#flushTimer);
    clearTimeout(this.#hourTimer);
    this.#counter.stop();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS).unref();
    });
    await Promise.race([this.flush().catch((error: unknown) => this.#errors.failed(error)), late]);
    clearTimeout(timer);
    const lost = this.#waiting.clear();
    if (lost === 0) return;
    this.#dropped += lost;
    this.#tell(`closed before the counts of ${lost} evaluations could be recorded`);
  }

  #awaitFlush(): void {
    const send = () => {
      this.#awaitFlush();
      this.flush().catch((error: unknown) => this.#errors.failed(error));
    };
    this.#flushTimer = setTimeout(send, jittered(this.#flushMs, this.#random)).unref();
  }

  /** Clocks are set, so it never sleeps for longer than a minute without looking. */
  #awaitHour(): void {
    const look = () => {
      if (hourOf(this.#clock()) !== this.#hour) this.#note();
      this.#drop();
      this.#awaitHour();
    };
    this.#hourTimer = setTimeout(look, Math.min(untilNextHour(this.#clock()), ONE_MINUTE)).unref();
  }

  /** Takes what was counted since the last time; from now on it is counted for the present hour. */
  #note(): void {
    this.#waiting.add(this.#hour, this.#counter.take());
    this.#hour = hourOf(this.#clock());
  }

  async #send(): Promise<void> {
    for (let rows = this.#waiting.take(BATCH); rows.length > 0; rows = this.#waiting.take(BATCH))
      await this.#record(rows);
  }

  async #record(rows: readonly FlagUsage[]): Promise<void> {
    try {
      await this.#store.recordUsage(rows);
      this.#waiting.settled();
      this.#errors.worked();
    } catch (error) {
      this.#waiting.settled();
      const isDoubtful = error instanceof BurgeeError && error.code === "STORE_OUTCOME_UNKNOWN";
      if (isDoubtful) this.#lose(evaluationsOf(rows));
      else this.#waiting.putBack(rows);
      this.#drop();
      throw error;
    }
  }

  /** Drops what is too much. Not called before it was tried to send it. */
  #drop(): void {
    this.#lose(this.#waiting.drop());
    const now = performance.now();
    if (this.#untold === 0 || now - this.#toldAt < ONE_MINUTE) return;
    this.#toldAt = now;
    this.#tell(`away or slow, and the counts of ${this.#untold} evaluations were dropped`);
    this.#untold = 0;
  }

  #lose(evaluations: number): void {
    this.#dropped += evaluations;
    this.#untold += evaluations;
  }

  #tell(what: string): void {
    this.#onError(storeError(this.#store, "USAGE_OVERFLOW", `was ${what}`));
  }
}
