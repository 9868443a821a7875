import type { BurgeeError, ErrorCode } from "../errors.js";
import type { FlagStore } from "./flag-store.js";
import { errorOfStore } from "./store-error.js";

/** That the store is away, or was lost in the middle of something: `flags.status()` tells that already. */
const KNOWN: readonly ErrorCode[] = ["STORE_UNAVAILABLE", "STORE_OUTCOME_UNKNOWN"];

/** Tells of errors of what nobody waits for: the first one, and nothing more until it has worked again. */
export class BackgroundErrors {
  readonly #store: FlagStore;
  readonly #onError: (error: BurgeeError) => void;
  #told = false;

  constructor(store: FlagStore, onError: (error: BurgeeError) => void) {
    this.#store = store;
    this.#onError = onError;
  }

  worked(): void {
    this.#told = false;
  }

  failed(thrown: unknown): void {
    const error = errorOfStore(this.#store, thrown);
    if (KNOWN.includes(error.code) || this.#told) return;
    this.#told = true;
    this.#onError(error);
  }
}
