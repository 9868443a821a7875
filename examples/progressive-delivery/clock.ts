import type { Clock } from "burgee";

/** A clock that stands still until it is moved: so two weeks are over at once. */
export class MovableClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<{ readonly at: number; readonly ring: () => void }>();

  constructor(time: string) {
    this.#now = Date.parse(time);
  }

  now(): number {
    return this.#now;
  }

  wake(at: number, ring: () => void): () => void {
    const sleeper = { at, ring };
    this.#sleepers.add(sleeper);
    return () => this.#sleepers.delete(sleeper);
  }

  /** Moves on by the minute, and wakes whoever waits for a time that has come. */
  moveTo(time: string): void {
    const end = Date.parse(time);
    while (this.#now < end) {
      this.#now = Math.min(this.#now + 60_000, end);
      for (const sleeper of this.#sleepers) {
        if (sleeper.at > this.#now) continue;
        this.#sleepers.delete(sleeper);
        sleeper.ring();
      }
    }
  }
}
