import type { BurgeeError } from "../errors.js";
import type { ComposedChange, FlagStore, StoredChange, StoreHead, StoreWritten } from "./flag-store.js";
import { type History, headAfter } from "./history.js";
import { errorOfStore, storeError } from "./store-error.js";

/** A store ends a write by itself; one that does not is left alone after this time. */
const WRITE_LIMIT_MS = 30_000;
/** How long `close` waits for a change that may be committed at this moment. */
const CLOSE_LIMIT_MS = 5_000;

/** Gives the change that follows the head, or undefined where there is nothing to change; throws to refuse. */
export type Compose = (head: StoreHead) => ComposedChange | undefined;

/** What an attempt needs of whoever makes it. */
export interface WriteGround {
  readonly store: FlagStore;
  readonly history: History;
  /** Whether everything is being loaded anew, so that no change can be composed. */
  readonly isLoading: () => boolean;
}

/** `mismatch`: the instance was not at the store's head when the change was to be composed, and nothing was committed. */
export type Written = StoreWritten | { readonly outcome: "mismatch" };

/** The instance is not where the store is, or too far behind. Nobody but the attempt sees it. */
class Mismatch extends Error {}

/**
 * One call of a store's `write`. It ends after 30 s whatever the store does, and nothing is composed for it any more after its
 * end.
 */
export class WriteAttempt {
  readonly #ground: WriteGround;
  readonly #compose: Compose;
  readonly #most: number;
  /** A change was composed, and nobody but the store knows what became of it. */
  #inDoubt = false;
  #over: BurgeeError | undefined;
  #timer: NodeJS.Timeout | undefined;
  #giveUp: ((error: BurgeeError) => void) | undefined;
  #refused: { readonly thrown: unknown } | undefined;

  /** @param most how many missed changes are applied, at most; with more it is a mismatch */
  constructor(ground: WriteGround, compose: Compose, most: number) {
    this.#ground = ground;
    this.#compose = compose;
    this.#most = most;
  }

  /** Whether whoever composes refused; else it was the store. */
  get refused(): boolean {
    return this.#refused !== undefined;
  }

  /** Gives what the store answered; rejects with what it rejects with, or what `compose` throws. */
  async run(since: StoreHead): Promise<Written> {
    try {
      return await new Promise<StoreWritten>((resolve, reject) => {
        this.#giveUp = reject;
        this.#endAfter(WRITE_LIMIT_MS);
        this.#write(since).then(resolve, reject);
      });
    } catch (error) {
      if (this.#over !== undefined) throw this.#over;
      if (this.#refused?.thrown instanceof Mismatch) return { outcome: "mismatch" };
      throw this.#refused?.thrown === error ? error : errorOfStore(this.#ground.store, error);
    } finally {
      clearTimeout(this.#timer);
    }
  }

  /** Ends it at once where nothing can have been committed yet, and soon where something can. */
  close(error: BurgeeError): void {
    if (this.#inDoubt) this.#endAfter(CLOSE_LIMIT_MS);
    else this.#end(error);
  }

  async #write(since: StoreHead): Promise<StoreWritten> {
    return this.#ground.store.write({ since, compose: (missed) => this.#composeAfter(since, missed) });
  }

  #composeAfter(since: StoreHead, missed: readonly StoredChange[]): ComposedChange | undefined {
    this.#inDoubt = false;
    this.#refused = undefined;
    try {
      const composed = this.#compose(this.#headAfter(since, missed));
      this.#inDoubt = composed !== undefined;
      return composed;
    } catch (thrown) {
      this.#refused = { thrown };
      throw thrown;
    }
  }

  /** Brings what was missed, and gives the store's head. */
  #headAfter(since: StoreHead, missed: readonly StoredChange[]): StoreHead {
    if (this.#over !== undefined) throw this.#over;
    const { history, isLoading } = this.#ground;
    if (isLoading() || missed.length > this.#most) throw new Mismatch();
    for (const change of missed) if (history.take(change) === "unfit") throw new Mismatch();
    const last = missed.at(-1);
    const head = last === undefined ? since : headAfter(last);
    if (!history.isAt(head)) throw new Mismatch();
    // Whoever applies a change may close everything.
    if (this.#over !== undefined) throw this.#over;
    return head;
  }

  #endAfter(ms: number): void {
    clearTimeout(this.#timer);
    // Somebody waits for it, so it keeps the process alive.
    this.#timer = setTimeout(() => {
      const { store } = this.#ground;
      const late = `did not answer within ${ms} ms`;
      const inDoubt = `${late} while the change was being committed; it may have been carried out, or not`;
      this.#end(
        this.#inDoubt
          ? storeError(store, "STORE_OUTCOME_UNKNOWN", inDoubt)
          : storeError(store, "STORE_UNAVAILABLE", `${late}; nothing was changed`),
      );
    }, ms);
  }

  #end(error: BurgeeError): void {
    this.#over = error;
    this.#giveUp?.(error);
  }
}
