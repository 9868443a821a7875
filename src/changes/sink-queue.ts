import { BurgeeError, messageOf } from "../errors.js";
import { isThenable } from "../rules/thenable.js";
import type { AuditEntry, AuditSink } from "./audit.js";
import { inPlace, type Outside } from "./dispatcher.js";

const BATCH = 1_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;
const CLOSE_TIMEOUT_MS = 5_000;

/** What a queue needs of whoever wires it. */
export interface SinkQueueOptions {
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
 * const queue = new SinkQueue(sink, { onError: (error) => logger.error({ error }, error.message) });
 * queue.append(entry);
 * await queue.close();
 */
export class SinkQueue {
  readonly #sink: AuditSink;
  readonly #onError: (error: BurgeeError) => void;
  readonly #outside: Outside;
  readonly #capacity: number;
  readonly #closeTimeoutMs: number;
  /** Entries from `#start` on wait; the first `#inFlight` of those are being written. */
  #queue: AuditEntry[] = [];
  #start = 0;
  #inFlight = 0;
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

  constructor(sink: AuditSink, options: SinkQueueOptions) {
    this.#sink = sink;
    this.#onError = options.onError;
    this.#outside = options.outside ?? inPlace;
    this.#capacity = options.capacity ?? 100_000;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
  }

  /** Takes an entry; writes it at once where none waits. Never throws. */
  append(entry: AuditEntry): void {
    if (this.#closing !== undefined) {
      this.#onError(this.#error("AUDIT_SINK_FAILED", `was closed before entry ${entry.sequence} came, and lacks it`));
      return;
    }
    this.#queue.push(entry);
    if (this.#waiting > this.#capacity) this.#drop();
    if (this.#timer === undefined) this.#outside(() => this.#pump());
  }

  /**
   * Resolves when every entry taken until now is written. Tries at once, whatever the backoff; after `close`, not at all.
   *
   * @throws BurgeeError `AUDIT_SINK_FAILED` where the sink refuses; the entries are kept, and tried again until `close`
   */
  async flush(): Promise<void> {
    if (this.#closing === undefined) return this.#drain();
    if (this.#waiting > 0) await this.#closing;
    if (this.#waiting > 0) throw this.#error("AUDIT_SINK_FAILED", `was closed without ${this.#waiting} entries`);
  }

  #drain(): Promise<void> {
    const last = this.#queue.at(-1);
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
    return this.#queue.length - this.#start;
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
      const what = `was closed without ${this.#waiting} entries that it refused: ${messageOf(cause)}`;
      // Whoever gave up has told already.
      if (!this.#stopped) this.#onError(this.#error("AUDIT_SINK_FAILED", what, cause));
    }
    this.#stopped = true;
    this.#stopTimer();
    // Where it gave up, the sink is still closed if that write ever ends.
    await this.#writing;
    try {
      await this.#sink.close?.();
    } catch (cause) {
      this.#onError(this.#error("AUDIT_SINK_FAILED", `could not be closed: ${messageOf(cause)}`, cause));
    }
  }

  /** Leaves a sink alone that does not answer. */
  #giveUp(): void {
    this.#stopped = true;
    const lost = this.#waiting > 0 ? `; ${this.#waiting} entries may be lost` : "";
    const what = `did not answer within ${this.#closeTimeoutMs} ms of close()${lost}`;
    const error = this.#error("AUDIT_SINK_FAILED", what);
    for (const flush of this.#flushes.splice(0)) flush.reject(error);
    this.#onError(error);
  }

  /** Writes until nothing waits, the sink needs time, or it fails. */
  #pump(): void {
    while (this.#inFlight === 0 && this.#waiting > 0 && !this.#stopped) {
      const batch = this.#queue.slice(this.#start, this.#start + BATCH);
      this.#inFlight = batch.length;
      this.#attempt += 1;
      try {
        const result: unknown = this.#sink.write(batch);
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
    this.#forget(this.#inFlight);
    this.#inFlight = 0;
    this.#outage = false;
    this.#delayMs = FIRST_DELAY_MS;
    const next = this.#queue[this.#start];
    const isDone = (flush: Flush) => next === undefined || next.sequence > flush.sequence;
    const done = this.#flushes.filter(isDone);
    this.#flushes = this.#flushes.filter((flush) => !isDone(flush));
    for (const flush of done) flush.resolve();
    const dropped = this.#dropped;
    this.#dropped = 0;
    // The first one was told of when it was dropped.
    if (dropped > 1) this.#onError(this.#error("AUDIT_OVERFLOW", `is back, and lacks ${dropped} entries for good`));
  }

  #failed(cause: unknown): void {
    this.#inFlight = 0;
    if (this.#stopped) return;
    const what = `refused entries from ${this.#queue[this.#start]?.sequence} on, which are kept: ${messageOf(cause)}`;
    const error = this.#error("AUDIT_SINK_FAILED", what, cause);
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

  /** Drops the oldest entry that is not being written. */
  #drop(): void {
    const oldest = this.#queue[this.#start + this.#inFlight]?.sequence;
    if (this.#inFlight === 0) this.#forget(1);
    else this.#queue.splice(this.#start + this.#inFlight, 1);
    this.#dropped += 1;
    if (this.#dropped > 1) return;
    const what = `has kept ${this.#capacity} entries waiting; the oldest are dropped from now on, entry ${oldest} first`;
    this.#onError(this.#error("AUDIT_OVERFLOW", what));
  }

  /** Takes entries off the front, at a cost that does not grow with the queue. */
  #forget(count: number): void {
    this.#start += count;
    if (this.#start * 2 <= this.#queue.length) return;
    this.#queue.splice(0, this.#start);
    this.#start = 0;
  }

  #error(code: "AUDIT_SINK_FAILED" | "AUDIT_OVERFLOW", what: string, cause?: unknown): BurgeeError {
    return new BurgeeError(code, `The audit sink "${this.#sink.name}" ${what}`, { cause });
  }
}
