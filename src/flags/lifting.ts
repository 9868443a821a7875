import { Alarm } from "./alarm.js";
import type { Engine } from "./engine.js";

/** How many expired overrides are lifted in one turn of the event loop. */
const SLICE = 100;

/** Lifts overrides when their time has come. */
export class Lifting {
  readonly #engine: Engine;
  readonly #alarm: Alarm;
  #closed = false;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#alarm = new Alarm(engine.parts.wake, () => this.#lift());
  }

  /** Waits for the override that expires first; called whenever that may be another. */
  arm(): void {
    this.#alarm.set(this.#closed ? undefined : this.#engine.parts.overrides.nextExpiry());
  }

  /** Lifts what is due and was not rung for yet, so that whoever acts next is not taken for its cause; a slice at most. */
  catchUp(): void {
    if (this.#isDue()) this.#lift();
  }

  /** Lifts all that is due, however much: a command is checked against what is in force. */
  catchUpWhole(): void {
    while (!this.#closed && this.#isDue()) this.#lift();
  }

  /** The same, with a turn of the event loop between the slices: for before a command takes the store's lock. */
  async catchUpInTurns(): Promise<void> {
    while (!this.#closed && this.#isDue()) {
      this.#lift();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  close(): void {
    this.#closed = true;
    this.#alarm.set(undefined);
  }

  #isDue(): boolean {
    const { overrides, clock } = this.#engine.parts;
    return (overrides.nextExpiry() ?? Number.POSITIVE_INFINITY) <= clock();
  }

  #lift(): void {
    const { overrides, clock, scheduler } = this.#engine.parts;
    scheduler.catchUp();
    // One at a time, each with its own effects; a listener may set the next one anew, or close. Very many of them
    // are taken in slices, so that nobody waits for long.
    for (let taken = 0; !this.#closed && taken < SLICE; taken++) {
      const name = overrides.takeExpired(clock());
      if (name === undefined) break;
      // The alarm first: a listener may set another.
      this.arm();
      this.#engine.commit([this.#engine.flag(name)], { action: "expiry", flag: name }, { source: "expiry" }, "expiry");
    }
    this.arm();
  }
}
