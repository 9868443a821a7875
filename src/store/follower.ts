import type { Outside } from "../changes/dispatcher.js";
import { type BurgeeError, messageOf } from "../errors.js";
import { Backoff, type BackoffLimits } from "./backoff.js";
import type { FlagStore, StoreHead } from "./flag-store.js";
import { History, type HistoryEvents } from "./history.js";
import { LONGEST_TIMER_MS } from "./jitter.js";
import { StoreSession } from "./session.js";
import { errorOfStore, storeError } from "./store-error.js";
import { Submissions } from "./submissions.js";
import type { Compose } from "./write-attempt.js";

/**
 * `starting` until the first attempt to reach the store has ended; `ready` while the store is followed; `stale` while it is
 * away; `closed` for good.
 */
export type StoreState = "starting" | "ready" | "stale" | "closed";

export interface FollowerStatus {
  readonly state: StoreState;
  /** When the state began, in milliseconds since 1970, by the follower's clock. */
  readonly since: number;
  /** Why it is stale: what the last attempt failed with. */
  readonly error?: BurgeeError | undefined;
}

/** What a follower tells. Whatever these throw stops nobody. */
export interface FollowerEvents extends HistoryEvents {
  /** After each transition. */
  status(status: FollowerStatus): void;
  /** Once for each time that the store goes away, not for each attempt; and for what could not be applied. */
  error(error: BurgeeError): void;
}

export interface FollowerOptions {
  /** Where the instance stands already, from a last-known-good file: what comes after it is fetched. */
  readonly head?: StoreHead | undefined;
  /** How often the store is asked for its head, in milliseconds, in case that news were lost. */
  readonly pollMs: number;
  readonly clock: () => number;
  readonly outside: Outside;
  /** What has to be done before each write, in its turn. It must not reject. */
  readonly beforeWrite?: (() => Promise<void>) | undefined;
  /** Gives a number from 0 to below 1. */
  readonly random?: (() => number) | undefined;
  readonly backoff?: BackoffLimits | undefined;
}

/**
 * Keeps one instance where the store is: it loads everything once, then applies every change exactly once and in order,
 * whoever made it, and writes the instance's own. Where the store is away it goes on trying, with one attempt at a time.
 *
 * @example
 * const follower = new StoreFollower(store, events, { pollMs: 1_000, clock: Date.now, outside: inPlace });
 * follower.start();
 * await follower.ready(5_000);
 * await follower.submit((head) => compose(head)); // "committed"
 * await follower.close();
 */
export class StoreFollower {
  readonly #store: FlagStore;
  readonly #events: FollowerEvents;
  readonly #options: FollowerOptions;
  readonly #backoff: Backoff;
  readonly #history: History;
  readonly #submissions: Submissions;
  #status: FollowerStatus;
  #session: StoreSession | undefined;
  /** Called at each transition. */
  readonly #waiting = new Set<() => void>();
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(store: FlagStore, events: FollowerEvents, options: FollowerOptions) {
    this.#store = store;
    this.#events = events;
    this.#options = options;
    this.#backoff = new Backoff(options.random ?? Math.random, options.backoff);
    this.#history = new History(store, events, options.head);
    this.#status = Object.freeze({ state: "starting", since: options.clock() });
    this.#submissions = new Submissions({
      store,
      history: this.#history,
      outside: options.outside,
      beforeWrite: options.beforeWrite ?? (() => Promise.resolve()),
      isLoading: () => this.#session?.diverged === true,
      isReady: () => this.#status.state === "ready",
      refusal: () => this.#refusal(),
      look: (how) => this.#session?.look(how) ?? Promise.resolve(),
      poll: () => this.#session?.poll(),
    });
  }

  /** The last revision that has been applied, or is being applied; undefined before the first load. */
  get head(): StoreHead | undefined {
    return this.#history.head;
  }

  get status(): FollowerStatus {
    return this.#status;
  }

  /** Begins to follow. A second call does nothing. Never throws. */
  start(): void {
    if (this.#running !== undefined || this.#closing !== undefined) return;
    this.#options.outside(() => {
      this.#running = this.#run();
    });
  }

  /**
   * Resolves as soon as the instance is where the store is.
   *
   * @throws BurgeeError after the time, in milliseconds: `STORE_UNAVAILABLE`, or `STORE_FAILED` or `STORE_SCHEMA` where the store
   * answers and refuses; `CLOSED` when closed
   */
  ready(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: BurgeeError) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        if (error === undefined) resolve();
        else reject(error);
      };
      const look = () => {
        if (this.#status.state === "ready") done();
        if (this.#status.state === "closed") done(this.#closedError());
      };
      // Somebody waits for it, so it keeps the process alive.
      const timer = setTimeout(() => done(this.#late(timeoutMs)), Math.min(timeoutMs, LONGEST_TIMER_MS));
      this.#waiting.add(look);
      look();
    });
  }

  /**
   * Commits one change after the other, in the order of the calls. `compose` is called when everything that was missed has
   * been applied, with the head to chain to; the store may call it again. The change has been applied when it resolves.
   *
   * @throws BurgeeError `STORE_UNAVAILABLE` where the store is away, `CLOSED` when closed, `STORE_OUTCOME_UNKNOWN` where it may
   * have been committed or not, `STORE_FAILED` where the store refuses; and whatever `compose` throws
   */
  submit(compose: Compose): Promise<"committed" | "unchanged"> {
    return this.#submissions.submit(compose);
  }

  /** Ends everything. What may be committed at this moment is waited for, 5 s at most. Never rejects; the store stays open. */
  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    const error = this.#closedError();
    this.#closing = this.#end(error);
    this.#become("closed");
    return this.#closing;
  }

  async #end(error: BurgeeError): Promise<void> {
    this.#session?.end(error);
    await Promise.all([this.#submissions.close(error), this.#running]);
  }

  async #run(): Promise<void> {
    let before: StoreSession | undefined;
    while (this.#closing === undefined) {
      const session = this.#newSession();
      this.#session = session;
      try {
        if (before !== undefined) await session.pause(this.#backoff.next(), before.unanswered);
        await session.run();
      } catch (error) {
        this.#away(errorOfStore(this.#store, error));
      }
      await session.close();
      before = session;
    }
  }

  #newSession(): StoreSession {
    return new StoreSession(this.#store, this.#history, {
      pollMs: this.#options.pollMs,
      alive: () => this.#status.state === "starting" || this.#submissions.waiting,
      caughtUp: (polled) => this.#caughtUp(polled),
    });
  }

  #caughtUp(polled: boolean): void {
    if (polled) this.#backoff.reset();
    if (this.#closing === undefined && this.#status.state !== "ready") this.#become("ready");
    this.#submissions.go();
  }

  #away(error: BurgeeError): void {
    if (this.#closing !== undefined) return;
    if (this.#status.state === "stale") {
      this.#status = Object.freeze({ ...this.#status, error });
      return;
    }
    this.#become("stale", error);
    this.#history.error(error);
    const refusal = this.#refusal();
    if (refusal !== undefined) this.#submissions.refuse(refusal);
  }

  #become(state: StoreState, error?: BurgeeError): void {
    this.#status = Object.freeze({ state, since: this.#options.clock(), ...(error && { error }) });
    this.#history.guard("a status", () => this.#events.status(this.#status));
    for (const look of [...this.#waiting]) look();
  }

  /** Why nothing can be written now, where that is so. */
  #refusal(): BurgeeError | undefined {
    const { state, error } = this.#status;
    if (state === "closed") return this.#closedError();
    if (state !== "stale") return undefined;
    const what = `is away, and nothing was changed: ${messageOf(error)}`;
    return storeError(this.#store, "STORE_UNAVAILABLE", what, error);
  }

  #late(timeoutMs: number): BurgeeError {
    const { error } = this.#status;
    const why = error === undefined ? "" : `: ${error.message}`;
    // Waiting mends no missing right and no missing table, so that is told apart from a store that is away.
    const code = error?.code === "STORE_FAILED" || error?.code === "STORE_SCHEMA" ? error.code : "STORE_UNAVAILABLE";
    return storeError(this.#store, code, `was not reached within ${timeoutMs} ms${why}`, error);
  }

  #closedError(): BurgeeError {
    return storeError(this.#store, "CLOSED", "is not followed any more, as close() was called");
  }
}
