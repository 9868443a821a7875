import type { Outside } from "../changes/dispatcher.js";
import { EventHub } from "../changes/event-hub.js";
import type { Exposure } from "../changes/exposure.js";
import { ExposureWindow } from "../changes/exposure-window.js";
import { EXPOSURE_WORDS } from "../changes/sink.js";
import { SinkQueue } from "../changes/sink-queue.js";
import { messageOf } from "../errors.js";
import { choiceOf, isOff } from "../resolvers/resolutions.js";
import type { Context } from "../rules/context.js";
import type { Resolution } from "../rules/resolution.js";
import type { FlagsEvents } from "./flags-base.js";
import type { ExposureOptions } from "./options.js";
import type { Reporter } from "./reporter.js";
import type { Slot } from "./state.js";

/** Notes that an answer was given. Never throws. */
export interface Recorder {
  record(slot: Slot, resolution: Resolution, context: Context): void;
}

/** Who gives answers, and notes them while there is a recorder. */
export interface Recorded {
  recorder: Recorder | undefined;
}

interface ExposuresParts {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly reporter: Reporter;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Runs listeners and sinks outside the ambient context of whoever asked. */
  readonly outside: Outside;
}

/** An exposure that waits for its number. */
type Draft = { -readonly [K in keyof Exposure]: Exposure[K] };

/** How many may wait for the end of the turn: a loop over millions of users must not fill the memory. */
const MANY = 1000;

/**
 * Tells of answers that a hash assigned, once per unit, flag and value within a window. Works only while somebody
 * listens or there is a sink; delivers in a microtask, for whoever evaluates must not wait for listeners.
 */
export class Exposures implements Recorder {
  /** A hub of its own, so that a loop over users inside another event's listener does not pile up deliveries. */
  readonly hub: EventHub<FlagsEvents>;
  readonly #parts: ExposuresParts;
  readonly #capacity: number;
  readonly #queues: readonly SinkQueue<Exposure>[];
  #window: ExposureWindow;
  #recorded: Recorded | undefined;
  #listening = false;
  #closed: Promise<void> | undefined;
  #waiting: Draft[] = [];
  #scheduled = false;
  #sequence = 0;

  constructor(parts: ExposuresParts, { window = 10_000, sinks = [] }: ExposureOptions = {}) {
    const { reporter, outside } = parts;
    const onError = reporter.error.bind(reporter);
    this.#parts = parts;
    this.#capacity = window;
    this.#window = new ExposureWindow(window);
    this.#queues = sinks.map((sink) => new SinkQueue(sink, { words: EXPOSURE_WORDS, onError, outside }));
    this.hub = new EventHub<FlagsEvents>({
      ...{ outside, onError, lastResort: onError },
      onListening: (_event, listening) => {
        this.#listening = listening;
        this.#follow();
      },
    });
  }

  /** Whose answers count from now on. */
  attach(recorded: Recorded): void {
    this.#recorded = recorded;
    this.#follow();
  }

  record(slot: Slot, resolution: Resolution, context: Context): void {
    const { name } = slot.flag;
    try {
      const readUnit = slot.state.assigned.get(resolution);
      if (readUnit === undefined || this.#hasAncestorOff(slot, resolution, context)) return;
      const unit = readUnit(context);
      if (unit === undefined || !this.#window.isNew(name, resolution, unit)) return;
      this.#wait(draft(name, resolution, unit, this.#parts.now()));
    } catch (failure) {
      const message = () => `an exposure of flag "${name}" is lost: ${messageOf(failure)}`;
      this.#parts.reporter.misuse("INVALID_OPTIONS", name, message);
    }
  }

  /** Delivers what waits. Rejects where a sink refuses. */
  async flush(): Promise<void> {
    this.#deliver();
    await Promise.all(this.#queues.map((queue) => queue.flush()));
  }

  /** Stops at once; then delivers what waits, and closes the sinks. Never rejects. */
  close(): Promise<void> {
    this.#stop();
    // What waits has a microtask that comes before this one.
    this.#closed ??= Promise.resolve().then(() => this.#closeSinks());
    return this.#closed;
  }

  async #closeSinks(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.close()));
  }

  #follow(): void {
    if (this.#recorded === undefined || this.#closed !== undefined) return;
    if (this.#listening || this.#queues.length > 0) {
      this.#recorded.recorder = this;
      return;
    }
    this.#stop();
    this.#waiting = [];
  }

  #stop(): void {
    if (this.#recorded !== undefined) this.#recorded.recorder = undefined;
    this.#window = new ExposureWindow(this.#capacity);
  }

  /**
   * A flag that is off by itself never asked its ancestors. Where one of them is off for this context, those to whom
   * the hash gave more are off too: to count only this one would skew the shares.
   */
  #hasAncestorOff({ flag }: Slot, resolution: Resolution, context: Context): boolean {
    if (flag.ancestors.length === 0 || !isOff(flag, choiceOf(resolution))) return false;
    const isOn = ({ name }: { readonly name: string }) =>
      this.#parts.slots.get(name)?.state.own.decide(context).value === true;
    return !flag.ancestors.every(isOn);
  }

  #wait(exposure: Draft): void {
    if (this.#waiting.push(exposure) >= MANY) this.#deliver();
    else if (!this.#scheduled) this.#schedule();
  }

  #schedule(): void {
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  /** Sinks first: a listener may close the flags. */
  #deliver(): void {
    if (this.#waiting.length === 0) return;
    const exposures = this.#waiting;
    this.#waiting = [];
    for (const exposure of exposures) {
      exposure.sequence = ++this.#sequence;
      Object.freeze(exposure);
    }
    for (const queue of this.#queues) queue.append(...exposures);
    this.hub.emit("exposure", ...exposures);
  }
}

function draft(flag: string, { variant, value, rule, source }: Resolution, unit: string, at: number): Draft {
  return {
    flag,
    ...(variant !== undefined && { variant }),
    value,
    unit,
    ...(rule !== undefined && { rule }),
    source,
    at,
    sequence: 0,
  };
}
