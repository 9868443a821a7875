/** A queue whose front is taken off at a cost that does not grow with its length. */
export class Backlog<T> {
  /** What waits begins at `#start`; what stands before it was taken. */
  #items: T[] = [];
  #start = 0;

  get size(): number {
    return this.#items.length - this.#start;
  }

  get first(): T | undefined {
    return this.#items[this.#start];
  }

  get last(): T | undefined {
    return this.#items.at(-1);
  }

  push(items: readonly T[]): void {
    for (const item of items) this.#items.push(item);
  }

  /** Takes as many off the front as there are, up to `count`. */
  take(count: number): T[] {
    const taken = this.#items.slice(this.#start, this.#start + count);
    this.#start += taken.length;
    if (this.#start * 2 > this.#items.length) {
      this.#items.splice(0, this.#start);
      this.#start = 0;
    }
    return taken;
  }

  /** Puts back at the front what was taken from there. */
  putBack(taken: readonly T[]): void {
    this.#items = [...taken, ...this.#items.slice(this.#start)];
    this.#start = 0;
  }
}
