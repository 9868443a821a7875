import { type BurgeeError, messageOf } from "../errors.js";
import { isThenable } from "../rules/thenable.js";
import { Backlog } from "./backlog.js";
import { inPlace, type Outside } from "./dispatcher.js";
import { type Sink, type SinkWords, sinkError } from "./sink.js";

const BATCH = 1_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;
const CLOSE_TIMEOUT_MS = 5_000;

/** What a queue needs of whoever wires it. */
export interface SinkQueueOptions {
  /** How its errors speak of the sink and of what it brings. */
  readonly words: SinkWords;
  /** Told of the beginning of an outage, of entries that are lost, and of what went wrong while closing. */
  readonly onError: (error: BurgeeError) => void;
  /** Calls the sink outside the ambient context of whoever caused the entry. In place unless given. */
  readonly outside?: Outside | undefined;
  /** How many entries may wait. 100,000 unless given. */
  readonly capacity?: number | undefined;
  /** How long `close` waits for the sink. 5 s unless given. */
  readonly closeTimeoutMs?: number | undefined;
}

interface Flush {
  /** The last entry that it waits for. */
  readonly sequence: number;
  /** The last attempt that had begun when it was asked for: only a later one can fail it. */
  readonly attempt: number;
  readonly resolve: () => void;
  readonly reject: (error: BurgeeError) => void;
}

/**
 * Brings entries to one sink: in order, in batches, one write at a time. Where the sink throws or rejects, the entries
 * are kept and tried again, after 100 ms at first and at most 30 s. A sink that writes synchronously has each entry
 * when `append` returns, as long as none waits. The sink must be open.
 *
 * @example
 * const queue = new SinkQueue(sink, { words: AUDIT_WORDS, onError: (error) => logger.error({ error }, error.message) });
 * queue.append(entry);
 * await queue.close();
 */
export class SinkQueue<T extends { readonly sequence: number }> {
  readonly #sink: Sink<T>;
  readonly #words: SinkWords;
  readonly #onError: (error: BurgeeError) => void;
  readonly #outside: Outside;
  readonly #capacity: number;
  readonly #closeTimeoutMs: number;
  readonly #backlog = new Backlog<T>();
  /** What is being written, older than all of the backlog. */
  #inFlight: readonly T[] = [];
  #attempt = 0;
  #flushes: Flush[] = [];
  #outage = false;
  #delayMs = FIRST_DELAY_MS;
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;
  /** Settles when the write under way is through, however it ended. */
  #writing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** Nothing is written any more, nor tried again. */
  #stopped = false;

  constructor(sink: Sink<T>, options: SinkQueueOptions) {
    this.#sink = sink;
    this.#words = options.words;
    this.#onError = options.onError;
    this.#outside = options.outside ?? inPlace;
    this.#capacity = options.capacity ?? 100_000;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
  }

  /** Takes entries, in order; writes them at once where none waits. Never throws. */
  append(...entries: readonly T[]): void {
    if (this.#closing !== undefined) {
      for (const { sequence } of entries)
        this.#tell("failed", `was closed before ${this.#words.one} ${sequence} came, and lacks it`);
      return;
    }
    this.#backlog.push(entries);
    const excess = this.#waiting - this.#capacity;
    if (excess > 0) this.#drop(excess);
    if (this.#timer === undefined) this.#outside(() => this.#pump());
  }

  /**
   * Resolves when every entry taken until now is written. Tries at once, whatever the backoff; after `close`, not at all.
   *
   * @throws BurgeeError the words' `failed` where the sink refuses; the entries are kept, and tried again until `close`
   */
  async flush(): Promise<void> {
    if (this.#closing === undefined) return this.#drain();
    if (this.#waiting > 0) await this.#closing;
    if (this.#waiting > 0) throw this.#error("failed", `was closed without ${this.#waiting} ${this.#words.many}`);
  }

  #drain(): Promise<void> {
    const last = this.#backlog.last ?? this.#inFlight.at(-1);
    if (last === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#flushes.push({ sequence: last.sequence, attempt: this.#attempt, resolve, reject });
      this.#stopTimer();
      this.#outside(() => this.#pump());
    });
  }

  /** Flushes as well as it can, then closes the sink; waits for it 5 s at most. Tells `onError` what fails; never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#finishInTime();
    return this.#closing;
  }

  get #waiting(): number {
    return this.#inFlight.length + this.#backlog.size;
  }

  async #finishInTime(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => resolve(this.#giveUp()), this.#closeTimeoutMs).unref();
    });
    await Promise.race([this.#finish(), late]);
    clearTimeout(timer);
  }

  async #finish(): Promise<void> {
    try {
      await this.#drain();
    } catch (error) {
      const { cause } = error as BurgeeError;
      const what = `was closed without ${this.#waiting} ${this.#words.many} that it refused: ${messageOf(cause)}`;
      // Whoever gave up has told already.
      if (!this.#stopped) this.#tell("failed", what, cause);
    }
    this.#stopped = true;
    this.#stopTimer();
    // Where it gave up, the sink is still closed if that write ever ends.
    await this.#writing;
    try {
      await this.#sink.close?.();
    } catch (cause) {
      this.#tell("failed", `could not be closed: ${messageOf(cause)}`, cause);
    }
  }

  /** Leaves a sink alone that does not answer. */
  #giveUp(): void {
    this.#stopped = true;
    const lost = this.#waiting > 0 ? `; ${this.#waiting} ${this.#words.many} may be lost` : "";
    const error = this.#error("failed", `did not answer within ${this.#closeTimeoutMs} ms of close()${lost}`);
    for (const flush of this.#flushes.splice(0)) flush.reject(error);
    this.#onError(error);
  }

  /** Writes until nothing waits, the sink needs time, or it fails. */
  #pump(): void {
    while (this.#inFlight.length === 0 && this.#waiting > 0 && !this.#stopped) {
      this.#inFlight = this.#backlog.take(BATCH);
      this.#attempt += 1;
      try {
        const result: unknown = this.#sink.write(this.#inFlight);
        if (isThenable(result)) {
          this.#writing = Promise.resolve(result).then(
            () => this.#resume(),
            (cause) => this.#failed(cause),
          );
          return;
        }
      } catch (cause) {
        this.#failed(cause);
        return;
      }
      this.#written();
    }
  }

  #resume(): void {
    this.#written();
    this.#pump();
  }

  #written(): void {
    this.#inFlight = [];
    this.#outage = false;
    this.#delayMs = FIRST_DELAY_MS;
    const next = this.#backlog.first;
    const isDone = (flush: Flush) => next === undefined || next.sequence > flush.sequence;
    const done = this.#flushes.filter(isDone);
    this.#flushes = this.#flushes.filter((flush) => !isDone(flush));
    for (const flush of done) flush.resolve();
    const dropped = this.#dropped;
    this.#dropped = 0;
    // The first one was told of when it was dropped.
    if (dropped > 1) this.#tell("overflow", `is back, and lacks ${dropped} ${this.#words.many} for good`);
  }

  #failed(cause: unknown): void {
    this.#backlog.putBack(this.#inFlight);
    this.#inFlight = [];
    if (this.#stopped) return;
    const from = this.#backlog.first?.sequence;
    const what = `refused ${this.#words.many} from ${from} on, which are kept: ${messageOf(cause)}`;
    const error = this.#error("failed", what, cause);
    const refused = this.#flushes.filter((flush) => flush.attempt < this.#attempt);
    this.#flushes = this.#flushes.filter((flush) => flush.attempt >= this.#attempt);
    for (const flush of refused) flush.reject(error);
    const begins = !this.#outage;
    this.#outage = true;
    if (this.#flushes.length === 0) this.#retryLater();
    if (begins) this.#onError(error);
    // Whoever asked for a flush during this attempt is owed one of their own.
    if (this.#flushes.length > 0) this.#pump();
  }

  #retryLater(): void {
    this.#stopTimer();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#outside(() => this.#pump());
    }, this.#delayMs).unref();
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Drops the oldest entries that are not being written. */
  #drop(count: number): void {
    const [oldest] = this.#backlog.take(count);
    const { one, many } = this.#words;
    const begins = this.#dropped === 0;
    this.#dropped += count;
    if (!begins) return;
    const what = `has kept ${this.#capacity} ${many} waiting; the oldest are dropped from now on, ${one} ${oldest?.sequence} first`;
    this.#tell("overflow", what);
  }

  #tell(code: "failed" | "overflow", what: string, cause?: unknown): void {
    this.#onError(this.#error(code, what, cause));
  }

  #error(code: "failed" | "overflow", what: string, cause?: unknown): BurgeeError {
    return sinkError(this.#sink, this.#words, code, what, cause);
  }
}
