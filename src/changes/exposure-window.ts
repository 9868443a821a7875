import { isDeepStrictEqual } from "node:util";
import { choiceOf } from "../resolvers/resolutions.js";
import type { Resolution } from "../rules/resolution.js";

/** One value of a flag, and the units in the window that were given it. */
interface Told {
  readonly choice: unknown;
  readonly units: Map<string, Seen>;
  /** All of its flag, itself among them. */
  readonly siblings: Told[];
}

/** A unit that was given a value, in a ring: between the one seen before it and the one seen after. */
class Seen {
  readonly told: Told;
  readonly unit: string;
  older: Seen = this;
  newer: Seen = this;

  constructor(told: Told, unit: string) {
    this.told = told;
    this.unit = unit;
  }

  putBefore(next: Seen): void {
    this.older = next.older;
    this.newer = next;
    this.older.newer = this;
    this.newer.older = this;
  }

  takeOut(): void {
    this.older.newer = this.newer;
    this.newer.older = this.older;
  }
}

/**
 * Remembers which units were given which value of which flag: the latest so many, the one that was not seen for longest
 * being forgotten first. Seeing again what it remembers allocates nothing.
 *
 * @example
 * const window = new ExposureWindow(10_000);
 * window.isNew("new_checkout", resolution, "u1"); // true
 * window.isNew("new_checkout", resolution, "u1"); // false
 */
export class ExposureWindow {
  readonly #capacity: number;
  /** By the value; answers are prepared anew now and then, with the same value in another object. */
  readonly #byFlag = new Map<string, Told[]>();
  readonly #byResolution = new WeakMap<Resolution, Told>();
  /** Where the ring is closed: after it comes the oldest, before it the newest. */
  readonly #end = new Seen({ choice: undefined, units: new Map(), siblings: [] }, "");
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether the unit was not given this value of the flag within the window. It was from now on. */
  isNew(flag: string, resolution: Resolution, unit: string): boolean {
    const told = this.#toldOf(flag, resolution);
    const known = told.units.get(unit);
    if (known !== undefined) {
      known.takeOut();
      known.putBefore(this.#end);
      return false;
    }
    const seen = new Seen(told, unit);
    seen.putBefore(this.#end);
    told.units.set(unit, seen);
    if (this.#size < this.#capacity) this.#size += 1;
    else forget(this.#end.newer);
    return true;
  }

  #toldOf(flag: string, resolution: Resolution): Told {
    const known = this.#byResolution.get(resolution);
    // One without units may have been let go, and another taken its place.
    if (known !== undefined && known.units.size > 0) return known;
    const choice = choiceOf(resolution);
    const siblings = this.#byFlag.get(flag) ?? [];
    let told = siblings.find((other) => isDeepStrictEqual(other.choice, choice));
    if (told === undefined) {
      told = { choice, units: new Map(), siblings };
      siblings.push(told);
      this.#byFlag.set(flag, siblings);
    }
    this.#byResolution.set(resolution, told);
    return told;
  }
}

function forget(seen: Seen): void {
  const { told, unit } = seen;
  seen.takeOut();
  told.units.delete(unit);
  // A rule may serve a new value every minute.
  if (told.units.size === 0) told.siblings.splice(told.siblings.indexOf(told), 1);
}
