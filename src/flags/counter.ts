import type { Resolution } from "../rules/resolution.js";
import { type EvaluationCount, Tally } from "./count-tally.js";
import type { Slot } from "./state.js";
import { textOf } from "./unknown-flag.js";

/** Counts evaluations until it is stopped. Made by `flags.countEvaluations()`. */
export interface EvaluationCounter {
  /**
   * What was counted since the beginning, or since the last `take`: flags in the registry's order, then names that no flag
   * has; each in the order of its first answers. Frozen, and empty where nothing was counted.
   */
  read(): readonly EvaluationCount[];
  /** The same, and begins again at nothing: for sending in batches. */
  take(): readonly EvaluationCount[];
  /**
   * Evaluations since the beginning that are in no list, because their name is no flag's and comes after the first 100
   * such names, or is longer than 200 characters. `take` leaves it as it is.
   */
  readonly lost: number;
  /** Ends the counting; a second call does nothing. What was counted can still be read. */
  stop(): void;
  [Symbol.dispose](): void;
}

/** How many names that no flag has are counted by name: they may come from anywhere, and without end. */
const MANY = 100;
/** In characters: a hundred long texts would fill the memory too. */
const LONG = 200;

/** An `EvaluationCounter`, and how it is told of evaluations. */
export class Counter implements EvaluationCounter {
  readonly #onStop: (counter: Counter) => void;
  readonly #flags = new Map<Slot, Tally>();
  readonly #others = new Map<string, Tally>();
  #lost = 0;

  constructor(onStop: (counter: Counter) => void) {
    this.#onStop = onStop;
  }

  get lost(): number {
    return this.#lost;
  }

  /** Notes an answer; `slot` is undefined where no flag has the name. Never throws. */
  count(name: string, slot: Slot | undefined, resolution: Resolution): void {
    const tally = slot === undefined ? this.#ofOther(textOf(name)) : this.#ofFlag(slot);
    if (tally === undefined) this.#lost += 1;
    else tally.count(resolution);
  }

  read(): readonly EvaluationCount[] {
    return Object.freeze(this.#tallies().flatMap((tally) => tally.read()));
  }

  take(): readonly EvaluationCount[] {
    const counts = this.read();
    for (const tally of this.#tallies()) tally.clear();
    return counts;
  }

  stop(): void {
    this.#onStop(this);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #ofFlag(slot: Slot): Tally {
    const known = this.#flags.get(slot);
    if (known !== undefined) return known;
    const tally = new Tally(slot.flag.name, slot.flag.kind);
    this.#flags.set(slot, tally);
    return tally;
  }

  #ofOther(name: string): Tally | undefined {
    const known = this.#others.get(name);
    if (known !== undefined || this.#others.size >= MANY || name.length > LONG) return known;
    const tally = new Tally(name, undefined);
    this.#others.set(name, tally);
    return tally;
  }

  #tallies(): Tally[] {
    const flags = [...this.#flags].sort(([a], [b]) => a.index - b.index).map(([, tally]) => tally);
    return [...flags, ...this.#others.values()];
  }
}
