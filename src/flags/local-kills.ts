import { isDeepStrictEqual } from "node:util";
import type { Origin } from "../resolvers/resolver.js";
import type { StoredRows } from "./stored-rows.js";

interface LocalKillsParts {
  /** Whether the store is followed, so that what its rows say counts. */
  readonly isReady: () => boolean;
  /** The list is another. */
  readonly changed: () => void;
}

/** Kills that are in force on this instance alone, until the store has them. */
export class LocalKills {
  readonly #parts: LocalKillsParts;
  readonly #kills = new Map<string, Origin>();
  /** The flags whose kill the store may know of by now. */
  readonly #underWay = new Set<string>();

  constructor(parts: LocalKillsParts) {
    this.#parts = parts;
  }

  get(name: string): Origin | undefined {
    return this.#kills.get(name);
  }

  names(): readonly string[] {
    return [...this.#kills.keys()];
  }

  add(name: string, origin: Origin): void {
    this.#kills.set(name, Object.freeze({ ...origin }));
    this.#parts.changed();
  }

  /** Gives whether there was one. */
  delete(name: string): boolean {
    const wasThere = this.#kills.delete(name);
    if (wasThere) this.#parts.changed();
    return wasThere;
  }

  /** Whether the store may know of it by now. */
  isUnderWay(name: string): boolean {
    return this.#underWay.has(name);
  }

  /** A change was composed that tells the store of a kill. */
  composed(name: string): void {
    this.#underWay.add(name);
  }

  /** Nothing is under way any more for this flag. */
  settled(name: string): void {
    this.#underWay.delete(name);
  }

  /**
   * Lets go of those in whose place the store has a kill: the very same one, whoever revives it later; or, while the store is
   * followed, one that was given since. What is learnt of an outage may be older than the local kill.
   */
  compare(rows: Pick<StoredRows, "get">): void {
    for (const [name, origin] of this.#kills) {
      const kill = rows.get(name)?.kill;
      if (!kill) continue;
      if (isDeepStrictEqual(kill, origin) || (this.#parts.isReady() && kill.at >= origin.at)) this.delete(name);
    }
  }

  all(): Readonly<Record<string, Origin>> {
    return Object.fromEntries(this.#kills);
  }
}
