import type { Origin } from "../resolvers/resolver.js";
import type { CheckedRule } from "../rules/rule.js";

/** What was set at run time for one flag. */
export type Override = ({ readonly value: unknown } | { readonly rule: CheckedRule }) & { readonly origin: Origin };

/** What may be set for one flag. */
export interface Entry {
  readonly override?: Override | undefined;
  readonly kill?: Origin | undefined;
}

/** How much of what no longer counts is kept at most, beside as much as counts. */
const SPARE = 64;

/** Where overrides and kill switches live in one process. */
export class OverrideTable {
  readonly #overrides = new Map<string, Override>();
  readonly #expiries = new Expiries();
  readonly #kills = new Map<string, Origin>();
  /** While there are some, they are answered with in place of what is set. */
  #supposed: ReadonlyMap<string, Entry> | undefined;

  get(name: string): Override | undefined {
    const supposed = this.#supposed?.get(name);
    return supposed === undefined ? this.#overrides.get(name) : supposed.override;
  }

  /** Answers as if these were set for their flags, while the work runs. */
  supposing<R>(entries: ReadonlyMap<string, Entry>, work: () => R): R {
    const before = this.#supposed;
    this.#supposed = entries;
    try {
      return work();
    } finally {
      this.#supposed = before;
    }
  }

  set(name: string, override: Override): void {
    this.#overrides.set(name, Object.freeze({ ...override, origin: Object.freeze(override.origin) }));
    this.#expiries.set(name, override.origin.expiresAt);
  }

  /** Has this set for a flag, and nothing else. */
  put(name: string, { override, kill }: Entry): void {
    if (override === undefined) this.delete(name);
    else this.set(name, override);
    if (kill === undefined) this.revive(name);
    else this.kill(name, kill);
  }

  /** Gives whether there was one. */
  delete(name: string): boolean {
    this.#expiries.set(name, undefined);
    return this.#overrides.delete(name);
  }

  /** The names of the flags that have an override. */
  names(): string[] {
    return [...this.#overrides.keys()];
  }

  /** Removes the override that expired first, where one has by then, and gives its flag's name. */
  takeExpired(now: number): string | undefined {
    const next = this.#expiries.first();
    if (next === undefined || next.expiresAt > now) return undefined;
    this.delete(next.name);
    return next.name;
  }

  /** When the next override lifts itself, in milliseconds since 1970. */
  nextExpiry(): number | undefined {
    return this.#expiries.first()?.expiresAt;
  }

  killed(name: string): Origin | undefined {
    const supposed = this.#supposed?.get(name);
    return supposed === undefined ? this.#kills.get(name) : supposed.kill;
  }

  kill(name: string, origin: Origin): void {
    this.#kills.set(name, Object.freeze(origin));
  }

  /** Gives whether it was killed. */
  revive(name: string): boolean {
    return this.#kills.delete(name);
  }
}

/** When one override lifts itself. */
interface Expiry {
  readonly name: string;
  readonly expiresAt: number;
  /** Counts up: of those that expire together, the one that was set first goes first. */
  readonly serial: number;
}

/** Names by the time when they expire: a heap, in which what no longer counts stays until it comes to the top. */
class Expiries {
  /** The ones that count. */
  readonly #byName = new Map<string, Expiry>();
  /** None is later than the two at twice its index plus 1 and 2, so the first of all is in front. */
  #heap: Expiry[] = [];
  #serial = 0;

  /** Gives a name a time in place of any other, or none. */
  set(name: string, expiresAt: number | undefined): void {
    this.#byName.delete(name);
    if (expiresAt === undefined) return;
    const expiry = { name, expiresAt, serial: this.#serial++ };
    this.#byName.set(name, expiry);
    this.#rise(this.#heap.push(expiry) - 1, expiry);
    // Whatever is sorted is a heap.
    if (this.#heap.length > 2 * this.#byName.size + SPARE) this.#heap = [...this.#byName.values()].sort(bySooner);
  }

  first(): Expiry | undefined {
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined || this.#byName.get(first.name) === first) return first;
      const last = this.#heap.pop();
      if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    }
  }

  /** Puts an expiry at this index, or as far up as it belongs. */
  #rise(start: number, expiry: Expiry): void {
    let index = start;
    while (index > 0) {
      const above = (index - 1) >>> 1;
      const parent = this.#heap[above];
      if (parent === undefined || bySooner(parent, expiry) < 0) break;
      this.#heap[index] = parent;
      index = above;
    }
    this.#heap[index] = expiry;
  }

  /** Puts an expiry in front, or as far down as it belongs. */
  #sink(expiry: Expiry): void {
    let index = 0;
    for (;;) {
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && bySooner(right, left) < 0;
      const child = isRight ? right : left;
      if (bySooner(expiry, child) < 0) break;
      this.#heap[index] = child;
      index = 2 * index + (isRight ? 2 : 1);
    }
    this.#heap[index] = expiry;
  }
}

function bySooner(a: Expiry, b: Expiry): number {
  return a.expiresAt - b.expiresAt || a.serial - b.serial;
}
