import type { StoredChange, StoreHead, StoreListener, StoreSubscription } from "../../store/flag-store.js";

/** Subscriptions of a store: each is told of its loss once, and of nothing after its end. */
export class Subscriptions {
  readonly #open = new Set<Subscribed>();
  #ended: { readonly error: unknown } | undefined;

  /** Subscribes with a listener that keeps to the rules, whatever the database's driver does. */
  async open(
    listener: StoreListener,
    subscribe: (listener: StoreListener) => Promise<StoreSubscription>,
  ): Promise<StoreSubscription> {
    const subscribed = new Subscribed(listener, () => this.#open.delete(subscribed));
    this.#open.add(subscribed);
    try {
      subscribed.inner = await subscribe(subscribed);
    } catch (error) {
      this.#open.delete(subscribed);
      throw error;
    }
    if (this.#ended === undefined) return subscribed;
    await subscribed.close();
    throw this.#ended.error;
  }

  /** Ends them all: the store is closed. */
  async end(error: unknown): Promise<void> {
    this.#ended = { error };
    // One that is only being opened finds out by itself.
    const open = [...this.#open].filter(({ inner }) => inner !== undefined);
    for (const subscribed of open) subscribed.lost(error);
    await Promise.all(open.map((subscribed) => subscribed.close()));
  }
}

class Subscribed implements StoreListener, StoreSubscription {
  inner: StoreSubscription | undefined;
  readonly #listener: StoreListener;
  readonly #forget: () => void;
  #over = false;

  constructor(listener: StoreListener, forget: () => void) {
    this.#listener = listener;
    this.#forget = forget;
  }

  news(change?: StoredChange): void {
    if (!this.#over) quietly(() => this.#listener.news(change));
  }

  lost(error: unknown): void {
    if (this.#over) return;
    this.#end();
    quietly(() => this.#listener.lost(error));
  }

  /** Undefined where the database's way of telling cannot be asked. */
  get head(): (() => Promise<StoreHead>) | undefined {
    return this.inner?.head;
  }

  async close(): Promise<void> {
    this.#end();
    await this.inner?.close();
  }

  #end(): void {
    this.#over = true;
    this.#forget();
  }
}

/** A listener is called by a database's driver, where what it throws would end the process. */
function quietly(call: () => void): void {
  try {
    call();
  } catch {
    // The follower tells of its own errors itself.
  }
}
