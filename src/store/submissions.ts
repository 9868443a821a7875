import type { Outside } from "../changes/dispatcher.js";
import type { BurgeeError } from "../errors.js";
import type { StoredChange, StoreHead } from "./flag-store.js";
import { LONGEST_TIMER_MS } from "./jitter.js";
import { storeError } from "./store-error.js";
import { type Compose, WriteAttempt, type WriteGround, type Written } from "./write-attempt.js";

/** How often a change is tried where the instance turns out not to be where the store is. */
const ATTEMPTS = 5;
/** How many missed changes are applied under the store's lock. More are applied first, in slices; then all that come. */
const MISSED = 100;

export interface SubmissionGround extends WriteGround {
  /** Works outside the ambient context of whoever asked for a change. */
  readonly outside: Outside;
  readonly isReady: () => boolean;
  /** What has to be done before each write. */
  readonly beforeWrite: () => Promise<void>;
  /** Why nothing can be written now, where that is so. */
  readonly refusal: () => BurgeeError | undefined;
  /** Resolves when what is new has been looked for, or everything loaded anew, or the store is away. */
  readonly look: (how: "news" | "whole") => Promise<void>;
  /** Finds out soon whether the store is away. */
  readonly poll: () => void;
}

interface Submission {
  readonly compose: Compose;
  readonly resolve: (outcome: "committed" | "unchanged") => void;
  readonly reject: (error: unknown) => void;
}

/** Writes changes to the store, one after the other, and applies what was committed. */
export class Submissions {
  readonly #ground: SubmissionGround;
  #waiting: Submission[] = [];
  #attempt: WriteAttempt | undefined;
  #working = false;
  /** Settles when the work under way is through. */
  #work: Promise<void> = Promise.resolve();

  constructor(ground: SubmissionGround) {
    this.#ground = ground;
  }

  get waiting(): boolean {
    return this.#working || this.#waiting.length > 0;
  }

  submit(compose: Compose): Promise<"committed" | "unchanged"> {
    const refusal = this.#ground.refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ compose, resolve, reject });
      this.go();
    });
  }

  /** Begins with what waits, once the store is ready. */
  go(): void {
    if (this.#working || !this.#ground.isReady()) return;
    this.#working = true;
    this.#ground.outside(() => {
      this.#work = this.#run();
    });
  }

  /** Rejects what waits. What is being written goes on. */
  refuse(error: BurgeeError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** Rejects what waits, and waits for what may be committed at this moment. */
  async close(error: BurgeeError): Promise<void> {
    this.refuse(error);
    this.#attempt?.close(error);
    await this.#work;
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        await this.#ground.beforeWrite();
        next.resolve(await this.#commit(next.compose));
      } catch (error) {
        next.reject(error);
      }
    }
    this.#working = false;
  }

  async #commit(compose: Compose): Promise<"committed" | "unchanged"> {
    for (let count = 0; count < ATTEMPTS; count++) {
      const outcome = await this.#try(compose, count === 0 ? MISSED : Number.POSITIVE_INFINITY);
      if (outcome !== "again") return outcome;
    }
    const what = `was found at another point of its history ${ATTEMPTS} times; nothing was changed`;
    throw storeError(this.#ground.store, "STORE_FAILED", what);
  }

  async #try(compose: Compose, most: number): Promise<"committed" | "unchanged" | "again"> {
    const { history } = this.#ground;
    const refusal = this.#ground.refusal();
    if (refusal !== undefined) throw refusal;
    const since = history.head;
    const written = since === undefined ? undefined : await this.#write(compose, since, most);
    if (written?.outcome === "unchanged") return "unchanged";
    if (written?.outcome === "committed") {
      await this.#applied(written.change);
      return "committed";
    }
    await this.#look(written?.outcome === "diverged" && history.head === since ? "whole" : "news");
    return "again";
  }

  async #write(compose: Compose, since: StoreHead, most: number): Promise<Written> {
    const attempt = new WriteAttempt(this.#ground, compose, most);
    this.#attempt = attempt;
    try {
      return await attempt.run(since);
    } catch (error) {
      if (!attempt.refused) this.#ground.poll();
      throw error;
    } finally {
      this.#attempt = undefined;
    }
  }

  /** Resolves when a change that was committed has been applied; where the store is away, it will be when it is back. */
  async #applied(change: StoredChange): Promise<void> {
    const { history, isLoading } = this.#ground;
    if (isLoading() || history.take(change) === "unfit") await this.#look("news");
  }

  /** Somebody waits for it, so it keeps the process alive; what is being asked of the store already may not. */
  async #look(how: "news" | "whole"): Promise<void> {
    const timer = setTimeout(() => {}, LONGEST_TIMER_MS);
    await this.#ground.look(how);
    clearTimeout(timer);
  }
}
