import type { Clock } from "burgee";

/** A clock that stands until it is told to go on, and tells of every wait that is asked of it. */
export class TestClock implements Clock {
  #now = 0;
  readonly #waits = new Set<{ readonly at: number; readonly ring: () => void }>();
  readonly #asked: number[] = [];
  #listener: (() => void) | undefined;

  now(): number {
    return this.#now;
  }

  wake(at: number, ring: () => void): () => void {
    const wait = { at, ring };
    this.#waits.add(wait);
    this.#asked.push(at - this.#now);
    this.#listener?.();
    return () => this.#waits.delete(wait);
  }

  /** How many wait at this moment. */
  get waiting(): number {
    return this.#waits.size;
  }

  /** The length of the next wait that is not `timeoutMs` long. */
  async pauseOf(timeoutMs: number): Promise<number> {
    for (;;) {
      const ms = this.#asked.shift();
      if (ms !== undefined && ms !== timeoutMs) return ms;
      if (ms === undefined)
        await new Promise<void>((resolve) => {
          this.#listener = resolve;
        });
    }
  }

  pass(ms: number): void {
    this.#now += ms;
    for (const wait of [...this.#waits]) {
      if (wait.at > this.#now) continue;
      this.#waits.delete(wait);
      wait.ring();
    }
  }
}
