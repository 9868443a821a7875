import type { Outside } from "../changes/dispatcher.js";
import type { BurgeeError } from "../errors.js";
import type { FlagStore } from "../store/flag-store.js";
import { type FollowerStatus, StoreFollower } from "../store/follower.js";
import { Housekeeping } from "../store/housekeeping.js";
import type { LastKnownGood, LastKnownGoodFile } from "../store/last-known-good.js";
import type { EvaluationCounter } from "./counter.js";
import type { ExplainedStore } from "./explain.js";
import type { LocalKills } from "./local-kills.js";
import type { SharedState } from "./shared-state.js";
import type { FlagsStatus } from "./status.js";
import type { StoreSettings } from "./stored-options.js";
import { UsageRecorder } from "./usage-recorder.js";

interface LinkParts {
  readonly store: FlagStore;
  readonly settings: StoreSettings;
  readonly shared: SharedState;
  readonly kills: LocalKills;
  readonly file: LastKnownGoodFile | undefined;
  /** What the file held at the start, and how old that is at most, in milliseconds. */
  readonly known: { readonly good: LastKnownGood; readonly ageMs: number } | undefined;
  readonly clock: () => number;
  readonly outside: Outside;
  /** What has to be done before each write, in its turn. */
  readonly beforeWrite: () => Promise<void>;
  readonly onError: (error: BurgeeError) => void;
  /** The status is another than before. */
  readonly changed: (status: FlagsStatus) => void;
  /** The store is followed again. */
  readonly isBack: () => void;
}

/** All that goes on with a store, from the start to the end. */
export class StoreLink {
  readonly follower: StoreFollower;
  readonly #parts: LinkParts;
  readonly #housekeeping: Housekeeping | undefined;
  #usage: UsageRecorder | undefined;
  /** When what is in force was surely what the store says, for the last time; undefined where it never was. */
  #sureAt: number | undefined;
  #wasReady = false;

  constructor(parts: LinkParts) {
    const { store, settings, shared, known, clock, outside, beforeWrite, onError } = parts;
    this.#parts = parts;
    this.#sureAt = known && clock() - known.ageMs;
    const events = {
      whole: shared.whole.bind(shared),
      change: shared.change.bind(shared),
      status: (status: FollowerStatus) => this.#turned(status),
      error: onError,
    };
    const options = { head: known?.good.state.head, pollMs: settings.pollMs, clock, outside, beforeWrite };
    this.follower = new StoreFollower(store, this.#saving(events), options);
    const { retention } = settings;
    this.#housekeeping = retention && new Housekeeping(store, { clock, retention, onError });
  }

  get isReady(): boolean {
    return this.follower.status.state === "ready";
  }

  get status(): FlagsStatus {
    const { store, shared, kills } = this.#parts;
    const { state, since, error } = this.follower.status;
    const { name, namespace } = store;
    return Object.freeze({
      state,
      since,
      store: Object.freeze({ name, namespace, revision: shared.head.revision }),
      localKills: Object.freeze(kills.names()),
      ...(error !== undefined && { error }),
    });
  }

  get explained(): ExplainedStore {
    const { clock, shared } = this.#parts;
    const { state, since } = this.follower.status;
    const sureAt = state === "ready" ? undefined : this.#sureAt;
    const age = sureAt !== undefined && { ageMs: Math.max(0, clock() - sureAt) };
    return Object.freeze({ state, since, ...age, revision: shared.head.revision });
  }

  /** Tells of the status, and keeps what is known, when the local kills are others. */
  localKillsChanged(): void {
    this.#save();
    this.#parts.changed(this.status);
  }

  start(): void {
    this.follower.start();
    this.#parts.outside(() => this.#housekeeping?.start());
  }

  /** Sends what this counter counts to the store, where the options ask for that. */
  record(begin: () => EvaluationCounter): void {
    const { store, settings, clock, onError, outside } = this.#parts;
    const { flushMs } = settings;
    if (flushMs === undefined) return;
    outside(() => {
      this.#usage = new UsageRecorder({ store, counter: begin(), onError, clock, flushMs });
    });
  }

  ready(timeoutMs: number): Promise<void> {
    return this.follower.ready(timeoutMs);
  }

  async flush(): Promise<void> {
    await Promise.all([this.#parts.file?.flush(), this.#usage?.flush()]);
  }

  /** Never rejects. What may be committed at this moment is waited for, so that it is kept too. */
  async close(): Promise<void> {
    this.#parts.shared.close();
    await Promise.all([this.follower.close(), this.#housekeeping?.close(), this.#usage?.close()]);
    await this.#parts.file?.close();
  }

  #turned({ state, since }: FollowerStatus): void {
    if (this.#wasReady) this.#sureAt = since;
    this.#wasReady = state === "ready";
    if (state === "ready") {
      this.#save();
      this.#parts.isBack();
    }
    this.#parts.changed(this.status);
  }

  #saving<E extends { whole: SharedState["whole"]; change: SharedState["change"] }>(events: E): E {
    const { whole, change } = events;
    return {
      ...events,
      whole: async (state) => {
        await whole(state);
        this.#save();
      },
      change: (stored) => {
        change(stored);
        this.#save();
      },
    };
  }

  #save(): void {
    this.#parts.file?.save(() => this.#parts.shared.known);
  }
}
