import type { BurgeeError } from "../errors.js";
import type { StoreState } from "../store/follower.js";

/** How far the answers of an instance can be relied on. Plain data, but for the error. */
export interface FlagsStatus {
  /**
   * `starting`: the store has not answered yet, and what is in force is what is known without it. `ready`: what is in force
   * is what the store says. `stale`: the store is away, and what is in force is what it said last. `closed`: `close()` was
   * called. Without a store, `ready` or `closed`.
   */
  readonly state: StoreState;
  /** When that began, in milliseconds since 1970 by the flags' clock. */
  readonly since: number;
  /** Which store, and the revision that is in force; 0 before anything was set. */
  readonly store?: { readonly name: string; readonly namespace: string; readonly revision: number } | undefined;
  /** The flags that were killed on this instance alone, while the store does not know it yet. */
  readonly localKills: readonly string[];
  /** Why it is stale. */
  readonly error?: BurgeeError | undefined;
}

/** The status of flags without a store. */
export class LocalStatus {
  /** Nothing is behind: what is set here is all there is. */
  readonly explained = undefined;
  readonly #clock: () => number;
  readonly #changed: (status: FlagsStatus) => void;
  #status: FlagsStatus;

  constructor(clock: () => number, changed: (status: FlagsStatus) => void) {
    this.#clock = clock;
    this.#changed = changed;
    this.#status = this.#now("ready");
  }

  get status(): FlagsStatus {
    return this.#status;
  }

  close(): void {
    this.#status = this.#now("closed");
    this.#changed(this.#status);
  }

  #now(state: "ready" | "closed"): FlagsStatus {
    return Object.freeze({ state, since: this.#clock(), localKills: Object.freeze([]) });
  }
}

/** How long `ready()` waits. */
export interface ReadyOptions {
  /** In milliseconds. With a store 10,000, else without a limit, unless given. */
  readonly timeoutMs?: number | undefined;
}
