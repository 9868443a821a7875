import type { RegisteredFlag } from "../registry/registry.js";
import { Alarm } from "./alarm.js";
import type { Clock } from "./clock.js";
import type { StateTable } from "./state.js";

/** How many flags are worked out anew in one turn of the event loop. */
const SLICE = 100;

interface SchedulerParts {
  readonly table: StateTable;
  readonly clock: () => number;
  readonly wake: Clock["wake"];
  /** Works flags out anew together, and tells what changed. */
  readonly step: (flags: readonly RegisteredFlag[]) => void;
  /** Told where the clock cannot wake. */
  readonly onError: (failure: unknown) => void;
}

/**
 * Works flags out anew when the time has come at which a rule of theirs stands otherwise: a schedule begins or ends, a
 * step is reached, a ramp moves on. Costs nothing while no flag has such a rule.
 */
export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #alarm: Alarm;
  #stepping = false;
  #closed = false;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.wake, () => this.#ring());
  }

  /** Waits for the first flag that is due; called whenever that may be another. */
  arm(): void {
    // While it steps, it waits when it is through.
    if (this.#stepping || this.#closed) return;
    try {
      this.#alarm.set(this.#parts.table.nextDue());
    } catch (failure) {
      this.#parts.onError(failure);
    }
  }

  /** Steps what is due and was not rung for yet, so that whoever acts next is not taken for its cause. */
  catchUp(): void {
    const { table, clock } = this.#parts;
    while (!this.#stepping && !this.#closed && (table.nextDue() ?? Number.POSITIVE_INFINITY) <= clock()) this.#ring();
  }

  close(): void {
    this.#closed = true;
    this.#alarm.set(undefined);
  }

  /** All that is due together, so that none is told of in between. Very many are taken in slices, so that nobody waits for long. */
  #ring(): void {
    const { table, clock, step } = this.#parts;
    const due = table.due(clock()).slice(0, SLICE);
    this.#stepping = true;
    try {
      if (due.length > 0) step(due);
    } finally {
      this.#stepping = false;
      this.arm();
    }
  }
}
