import { isDeepStrictEqual } from "node:util";
import type { Origin } from "../resolvers/resolver.js";
import type { Steps } from "../resolvers/steps.js";
import type { StoredFlag, StoredState, StoreHead } from "../store/flag-store.js";
import type { Standing } from "./plans.js";

/** What the store holds of flags, as far as this instance has come: rows that this version cannot read included. */
export class StoredRows {
  readonly #clock: () => number;
  readonly #isFlag: (name: string) => boolean;
  #rows = new Map<string, StoredFlag>();

  /** @param isFlag whether this version has a flag of that name */
  constructor(clock: () => number, isFlag: (name: string) => boolean) {
    this.#clock = clock;
    this.#isFlag = isFlag;
  }

  get(name: string): StoredFlag | undefined {
    return this.#rows.get(name);
  }

  /** The flag's own revision; 0 where it was never touched. */
  revision(name: string): number {
    return this.#rows.get(name)?.revision ?? 0;
  }

  put(row: StoredFlag): void {
    this.#rows.set(row.flag, row);
  }

  /** Gives, in steps, the names of the rows in which these, in place of all there are, would set something else. */
  *differing(rows: ReadonlyMap<string, StoredFlag>): Steps<string[]> {
    const names: string[] = [];
    for (const name of new Set([...this.#rows.keys(), ...rows.keys()])) {
      if (!setsSame(this.#rows.get(name), rows.get(name))) names.push(name);
      yield;
    }
    return names;
  }

  /** Takes these rows in place of all there are. */
  replace(rows: ReadonlyMap<string, StoredFlag>): void {
    this.#rows = new Map(rows);
  }

  state(head: StoreHead): StoredState {
    return { head, flags: [...this.#rows.values()] };
  }

  /** What commands find: overrides that this version cannot read count, for a command takes their place. */
  standing(): Standing {
    const isOverridden = (name: string) => !hasExpired(this.get(name)?.override?.origin, this.#clock());
    return {
      overridden: () => [...this.#rows.keys()].filter((name) => this.#isFlag(name) && isOverridden(name)),
      isOverridden,
      isKilled: (name) => Boolean(this.get(name)?.kill),
    };
  }
}

/** Whether an override counts no more; so does one that is not there. */
export function hasExpired(origin: Origin | undefined, now: number): boolean {
  return origin === undefined || (origin.expiresAt !== undefined && origin.expiresAt <= now);
}

function setsSame(a: StoredFlag | undefined, b: StoredFlag | undefined): boolean {
  return isDeepStrictEqual(a?.override, b?.override) && isDeepStrictEqual(a?.kill, b?.kill);
}
