import type { BurgeeError } from "../errors.js";
import { closeInTime } from "./close-in-time.js";
import type { FlagStore, StoredChange, StoreHead, StoreSubscription } from "./flag-store.js";
import type { History } from "./history.js";
import { errorOfStore, storeError } from "./store-error.js";
import { Waits } from "./waits.js";

/** A store that does not answer for so long counts as away. */
const READ_LIMIT_MS = 5_000;
/** How long the next attempt waits for an answer that nobody needs any more. A store's own limits are shorter. */
const UNANSWERED_LIMIT_MS = 10_000;
const PAGE = 500;
/** How many polls in a row are left out while news bring what continues the instance's history. */
const LEFT_OUT = 4;
/** How much is applied before other work of the process gets its turn. */
const SLICE = 50;
const SLICE_MS = 10;

export interface SessionOptions {
  readonly pollMs: number;
  /** Whether a read keeps the process alive. */
  readonly alive: () => boolean;
  /** Everything that there was has been applied. `polled`: the session has lasted from one poll to the next. */
  readonly caughtUp: (polled: boolean) => void;
}

/**
 * One connection to a store, from the subscription to the first failure: it asks one thing at a time, and applies what is new.
 */
export class StoreSession {
  readonly #store: FlagStore;
  readonly #history: History;
  readonly #options: SessionOptions;
  readonly #waits = new Waits();
  #subscription: StoreSubscription | undefined;
  /** There may be something new. */
  #news = true;
  /** What news brought, and was not looked at yet. */
  #brought: StoredChange[] = [];
  /** It is time to ask the store, whatever it has told. */
  #due = false;
  /** Rings when the store has answered nothing for so long. */
  #timer: NodeJS.Timeout | undefined;
  /** News have brought the next change since it rang, or was set. */
  #continued = false;
  #leftOut = 0;
  /** The store itself has to be asked, and not only the way on which news come. */
  #doubted = false;
  /** Everything has to be loaded anew. */
  #diverged = false;
  /** Those who wait for a pass that begins after they asked. */
  #asked: (() => void)[] = [];
  #closed = false;

  constructor(store: FlagStore, history: History, options: SessionOptions) {
    this.#store = store;
    this.#history = history;
    this.#options = options;
  }

  /** Whether all is being loaded anew, or has to be. */
  get diverged(): boolean {
    return this.#diverged;
  }

  /**
   * Waits before it begins: for so long, and for what the session before it has left unanswered, as there is one attempt at a
   * time; though not for ever.
   */
  async pause(ms: number, unanswered: Promise<unknown>): Promise<void> {
    await this.#waits.sleep(ms);
    let waiting = true;
    unanswered.then(() => {
      if (waiting) this.#waits.wake();
    });
    await this.#waits.sleep(UNANSWERED_LIMIT_MS);
    waiting = false;
  }

  /** Settles when the store has answered the last question. */
  get unanswered(): Promise<unknown> {
    return this.#waits.pending;
  }

  /** Follows the store for as long as that goes well; rejects with why it ended. */
  async run(): Promise<never> {
    await this.#subscribe();
    for (let polled = false; ; ) {
      const asked = this.#asked;
      this.#asked = [];
      try {
        await this.#pass();
      } catch (error) {
        this.#asked.push(...asked);
        throw errorOfStore(this.#store, error);
      }
      this.#options.caughtUp(polled);
      for (const done of asked) done();
      if (this.#news || this.#due || this.#brought.length > 0) await this.#waits.turn();
      else await this.#waits.idle();
      polled = this.#due;
    }
  }

  /** Asks the store itself whether there is something new: something else that was asked of it has failed. */
  poll(): void {
    this.#doubted = true;
    this.#isDue();
  }

  /** Looks for what is new, or loads everything anew; resolves when that is done, or the session is over. */
  look(how: "news" | "whole"): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (how === "whole") this.#diverged = true;
    return new Promise((resolve) => {
      this.#asked.push(resolve);
      this.#hasNews();
    });
  }

  /** Ends it from outside. */
  end(error: BurgeeError): void {
    this.#waits.end(error);
  }

  /** Lets go of everything, after `run` has rejected. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const done of this.#asked.splice(0)) done();
    const subscription = this.#subscription;
    if (subscription !== undefined) await closeInTime(subscription, READ_LIMIT_MS);
  }

  async #subscribe(): Promise<void> {
    const lost = (cause: unknown) => this.end(errorOfStore(this.#store, cause));
    const subscribing = async () => {
      const subscription = await this.#store.subscribe({ news: (change) => this.#hasNews(change), lost });
      // Nobody waits for it any more.
      if (this.#closed) await subscription.close();
      else this.#subscription = subscription;
    };
    await this.#ask(subscribing);
  }

  #hasNews(change?: StoredChange): void {
    if (change === undefined || this.#brought.length === PAGE) this.#news = true;
    else this.#brought.push(change);
    this.#waits.wake();
  }

  /** Applies everything that there is. */
  async #pass(): Promise<void> {
    const brought = this.#brought.splice(0);
    const news = this.#news;
    this.#news = false;
    if (this.#diverged || this.#history.head === undefined) return this.#load();
    const isMissing = !(await this.#takeBrought(brought));
    if (news || isMissing || (this.#due && !this.#history.isAt(await this.#ask(() => this.#askHead()))))
      while (!this.#diverged && (await this.#page())) await this.#waits.turn();
    if (this.#diverged) await this.#load();
  }

  #askHead(): Promise<StoreHead> {
    const ask = this.#doubted ? undefined : this.#subscription?.head;
    this.#doubted = false;
    return ask === undefined ? this.#store.head() : ask();
  }

  #isDue(): void {
    this.#due = true;
    this.#waits.wake();
  }

  /** Gives false where something is missing before what was brought, or it is of another history. */
  async #takeBrought(brought: readonly StoredChange[]): Promise<boolean> {
    const { head } = this.#history;
    const isWhole = (await this.#takeAll(brought)) && brought.every((change) => this.#history.has(change));
    if (this.#history.head !== head) this.#continued = true;
    return isWhole;
  }

  /** Applies the next changes. Gives whether there may be more. */
  async #page(): Promise<boolean> {
    const head = this.#history.head;
    if (head === undefined) return false;
    const news = await this.#ask(() => this.#store.changesSince(head, PAGE));
    if (news.outcome === "changes" && (await this.#takeAll(news.changes))) {
      return news.changes.length >= PAGE && this.#history.head !== head;
    }
    this.#diverged = true;
    return false;
  }

  /** Gives false for changes that do not continue from the head. */
  async #takeAll(changes: readonly StoredChange[]): Promise<boolean> {
    let began = performance.now();
    let count = 0;
    for (const change of changes) {
      if (count === SLICE || performance.now() - began >= SLICE_MS) {
        await this.#waits.turn();
        began = performance.now();
        count = 0;
      }
      if (this.#history.take(change) === "unfit") return false;
      count += 1;
      this.#waits.check();
    }
    return true;
  }

  async #load(): Promise<void> {
    // Until it is applied nobody else takes a change, so that what is loaded is never older than what is there.
    this.#diverged = true;
    await this.#history.replace(await this.#ask(() => this.#store.load()));
    this.#diverged = false;
    this.#waits.check();
  }

  async #ask<R>(question: () => Promise<R>): Promise<R> {
    const late = () => storeError(this.#store, "STORE_UNAVAILABLE", `did not answer within ${READ_LIMIT_MS} ms`);
    const answer = await this.#waits.ask(question, { ms: READ_LIMIT_MS, late, alive: this.#options.alive() });
    this.#pollLater();
    return answer;
  }

  #pollLater(): void {
    this.#due = false;
    this.#leftOut = 0;
    this.#setTimer();
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    this.#continued = false;
    if (!this.#closed) this.#timer = setTimeout(() => this.#ring(), this.#options.pollMs).unref();
  }

  /** Who is told of change after change need not ask, but for once in a while: it may be told by somebody else than the store. */
  #ring(): void {
    if (this.#continued && this.#leftOut < LEFT_OUT) {
      this.#leftOut += 1;
      this.#setTimer();
    } else this.#isDue();
  }
}
