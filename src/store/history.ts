import { type BurgeeError, messageOf } from "../errors.js";
import type { FlagStore, StoredChange, StoredState, StoreHead } from "./flag-store.js";
import { storeError } from "./store-error.js";

/** How many of the last changes are remembered, to be known again. */
const REMEMBERED = 1_000;

/** Who applies what the store has. */
export interface HistoryEvents {
  /** First load, or a resync; the head has become `state.head`. No change is brought before it resolves. */
  whole(state: StoredState): void | Promise<void>;
  /** One change, in order, exactly once. */
  change(change: StoredChange): void;
  error(error: BurgeeError): void;
}

/**
 * How far an instance has come in the store's history. Whoever brings a change, it is applied once, and only where it is the
 * next one: one that was brought before is `known`, and one that does not continue from the head is `unfit`.
 */
export class History {
  readonly #store: FlagStore;
  readonly #events: HistoryEvents;
  #head: StoreHead | undefined;
  /** By revision, the hashes of the last changes that were taken. */
  readonly #taken = new Map<number, string>();

  constructor(store: FlagStore, events: HistoryEvents, head: StoreHead | undefined) {
    this.#store = store;
    this.#events = events;
    this.#head = head && Object.freeze({ ...head });
  }

  get head(): StoreHead | undefined {
    return this.#head;
  }

  isAt(head: StoreHead): boolean {
    return this.#head !== undefined && this.#head.revision === head.revision && this.#head.hash === head.hash;
  }

  /** Whether this very change was taken, or was the last of all that was loaded; false too for one that was taken long ago. */
  has({ entry: { sequence, hash } }: StoredChange): boolean {
    return this.#taken.get(sequence) === hash;
  }

  take(change: StoredChange): "taken" | "known" | "unfit" {
    const { sequence, previousHash } = change.entry;
    if (this.#head !== undefined && sequence <= this.#head.revision) return "known";
    if (!this.isAt({ revision: sequence - 1, hash: previousHash })) return "unfit";
    // First, so that whoever applies it and asks is told the new one.
    this.#head = headAfter(change);
    this.#taken.set(sequence, change.entry.hash);
    this.#taken.delete(sequence - REMEMBERED);
    this.guard(`revision ${sequence}`, () => this.#events.change(change));
    return "taken";
  }

  /** Resolves when it has been applied. */
  async replace(state: StoredState): Promise<void> {
    this.#head = Object.freeze({ ...state.head });
    this.#taken.clear();
    this.#taken.set(state.head.revision, state.head.hash);
    try {
      await this.#events.whole(state);
    } catch (cause) {
      this.#unfit(`the state at revision ${state.head.revision}`, cause);
    }
  }

  /** Tells of an error; nobody is left to tell where that fails. */
  error(error: BurgeeError): void {
    try {
      this.#events.error(error);
    } catch {
      // The follower goes on.
    }
  }

  /** Applies something of the store; what that throws is told, and stops nobody. */
  guard(what: string, apply: () => void): void {
    try {
      apply();
    } catch (cause) {
      this.#unfit(what, cause);
    }
  }

  #unfit(what: string, cause: unknown): void {
    const message = `gave ${what}, which could not be applied: ${messageOf(cause)}`;
    this.error(storeError(this.#store, "STORE_FAILED", message, cause));
  }
}

/** The head when a change is the last one. */
export function headAfter({ entry }: StoredChange): StoreHead {
  return Object.freeze({ revision: entry.sequence, hash: entry.hash });
}
