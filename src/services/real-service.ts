import type { BurgeeError } from "../errors.js";
import type { GateGround } from "../flags/gate-ground.js";
import type { ServiceCondition, ServiceState } from "../flags/service-status.js";
import { isThenable } from "../rules/thenable.js";
import { Attempt } from "./attempt.js";
import { Departure, LETTING_GO_MS } from "./departure.js";
import { noService, type Settings } from "./gate-options.js";
import type { ServiceStart } from "./gate-shape.js";
import { askHealth } from "./health.js";
import { type Calls, Life } from "./life.js";
import { Trouble } from "./trouble.js";

/** Makes a real service. */
export type Factory = (config: unknown, start: ServiceStart) => unknown;

interface RealServiceParts {
  readonly ground: GateGround;
  readonly settings: Settings;
  /** What it is called in messages. */
  readonly title: string;
  /** The flag's choice that it is for. */
  readonly choice: unknown;
  readonly factory: Factory;
  /** Whether `then` is a method of the service, which is no promise then. */
  readonly hasThen: boolean;
}

/**
 * Starts one real service when it is first needed, keeps it while its choice is possible for anybody, and disposes it
 * then. There is never more than one that starts, serves or is on its way out, but for what does not end in its time:
 * a start that goes on for long after it was given up, calls beyond the drain, a disposal that hangs.
 */
export class RealService {
  readonly #parts: RealServiceParts;
  #state: ServiceState = "disabled";
  #since: number;
  #healthy = true;
  readonly #trouble: Trouble;
  readonly #departure: Departure;
  #failures = 0;
  #life: Life | undefined;
  readonly #calls: Calls = { inFlight: 0 };
  #attempt: Attempt | undefined;
  /** While another one is on its way out. */
  #ending: Promise<void> | undefined;
  #cancelTimer = () => {};
  #waiting: { readonly resolve: () => void; readonly reject: (error: BurgeeError) => void }[] = [];

  constructor(parts: RealServiceParts) {
    const { ground, title, settings } = parts;
    this.#parts = parts;
    this.#since = ground.now();
    this.#trouble = new Trouble(ground, title);
    this.#departure = new Departure(ground, this.#trouble, settings.drainMs);
  }

  /** What serves, where it is ready. */
  get life(): Life | undefined {
    return this.#life;
  }

  get state(): ServiceState {
    return this.#state;
  }

  /** What went wrong last, and was not mended since. */
  get error(): BurgeeError | undefined {
    return this.#trouble.last;
  }

  /** Follows the flag: whether somebody may be given this service. */
  want(wanted: boolean): void {
    if (wanted === (this.#state !== "disabled")) return;
    if (!wanted) this.#stop();
    else {
      this.#enter("idle");
      if (this.#parts.settings.eager) this.start();
    }
  }

  /** Starts it where it is idle. One that failed is tried again by itself. */
  start(): void {
    if (this.#state === "idle") this.#startNow();
  }

  /** Resolves when it is ready, or not wanted any more; rejects when the start under way, or else the next one, fails. */
  ready(): Promise<void> {
    if (this.#state === "disabled" || this.#state === "ready") return Promise.resolve();
    const waiting = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.start();
    });
    return waiting.finally(this.#hold());
  }

  /** Resolves when nothing of it is left that was on its way out, or what is left takes too long. Never rejects. */
  async ended(): Promise<void> {
    await this.#ending?.finally(this.#hold());
  }

  condition(): ServiceCondition {
    const { error } = this;
    return {
      state: this.#state,
      since: this.#since,
      healthy: this.#state !== "failing" && this.#healthy,
      inFlight: this.#calls.inFlight,
      ...(error !== undefined && { error: Object.freeze({ code: error.code, message: error.message }) }),
    };
  }

  /** Asks the service how it is, where it is ready. Never rejects. */
  async check(timeoutMs: number): Promise<void> {
    const life = this.#life;
    const { healthCheck } = this.#parts.settings;
    if (life === undefined || healthCheck === undefined) return;
    const error = await askHealth(() => healthCheck(life.service), timeoutMs, this.#parts.ground, this.#trouble);
    if (life !== this.#life) return;
    this.#healthy = error === undefined;
    this.#trouble.note(error);
  }

  #enter(state: ServiceState): void {
    this.#state = state;
    this.#since = this.#parts.ground.now();
  }

  /** Keeps the process alive while somebody waits: as long as one can take to go, and the next one to be there. */
  #hold(): () => void {
    const { drainMs, startTimeoutMs, longestRetryMs } = this.#parts.settings;
    return this.#parts.ground.hold(drainMs + LETTING_GO_MS + longestRetryMs + 2 * startTimeoutMs);
  }

  /** Begins when the old one is gone, if there is one. */
  #startNow(): void {
    this.#enter("starting");
    if (this.#ending === undefined) this.#begin();
  }

  #begin(): void {
    const { ground, factory } = this.#parts;
    const { startTimeoutMs } = this.#parts.settings;
    const attempt = new Attempt();
    this.#attempt = attempt;
    this.#cancelTimer = ground.after(startTimeoutMs, () => {
      this.#failed(attempt, new Error(`it was not there within ${startTimeoutMs} ms`));
    });
    ground.outside(() => {
      try {
        const given = factory(this.#config(), Object.freeze({ signal: attempt.signal }));
        if (!this.#comesLater(given)) this.#arrived(attempt, given);
        else
          given.then(
            (service) => this.#arrived(attempt, service),
            (thrown: unknown) => this.#gaveNothing(attempt, thrown),
          );
      } catch (thrown) {
        this.#gaveNothing(attempt, thrown);
      }
    });
  }

  /** @throws Error where the flag is on, and lacks what it requires: a kill can put it on. */
  #config(): unknown {
    const { ground, choice } = this.#parts;
    const required = ground.required(choice);
    if (required.unmet.length > 0) throw new Error(`it requires ${required.unmet.join(", ")}`);
    this.#trouble.hide(required);
    return required.parsed;
  }

  #comesLater(given: unknown): given is PromiseLike<unknown> {
    return given instanceof Promise || (!this.#parts.hasThen && isThenable(given));
  }

  #arrived(attempt: Attempt, service: unknown): void {
    if (typeof service !== "object" || service === null) {
      this.#gaveNothing(attempt, noService(service));
      return;
    }
    if (attempt !== this.#attempt) {
      void this.#departure.dispose(service).then(() => attempt.end());
      return;
    }
    attempt.end();
    this.#attempt = undefined;
    this.#cancelTimer();
    this.#failures = 0;
    this.#trouble.note(undefined);
    this.#healthy = true;
    this.#life = new Life(service, this.#calls);
    this.#enter("ready");
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #gaveNothing(attempt: Attempt, thrown: unknown): void {
    attempt.end();
    // Where it was given up before that, nobody wants to know.
    if (attempt === this.#attempt) this.#failed(attempt, thrown);
  }

  #failed(attempt: Attempt, thrown: unknown): void {
    const { ground, settings } = this.#parts;
    const wait = Math.min(settings.firstRetryMs * 2 ** this.#failures, settings.longestRetryMs);
    const error = this.#trouble.error("could not be started", thrown, `; it is tried again in ${wait} ms`);
    this.#attempt = undefined;
    this.#cancelTimer();
    this.#failures++;
    this.#enter("failing");
    // Nothing else may start it: a program with an eager one lives on for that.
    this.#cancelTimer = ground.after(wait, () => this.#startNow(), settings.eager);
    if (attempt.runs) this.#giveUp(attempt, error);
    else attempt.abort(error);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#trouble.tell(error);
  }

  #stop(): void {
    const attempt = this.#attempt;
    const life = this.#life;
    this.#cancelTimer();
    this.#attempt = undefined;
    this.#life = undefined;
    this.#failures = 0;
    this.#healthy = true;
    this.#enter("disabled");
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    if (life !== undefined) this.#endBy(() => this.#departure.retire(life));
    else if (attempt !== undefined) this.#giveUp(attempt, this.#trouble.switchedOff());
  }

  /** Waits as long again for a start that was given up, and as long as for a disposal at least. */
  #giveUp(attempt: Attempt, reason: BurgeeError): void {
    this.#endBy(() => {
      queueMicrotask(() => attempt.abort(reason));
      return this.#departure.within(Math.max(this.#parts.settings.startTimeoutMs, LETTING_GO_MS), attempt.isOver);
    });
  }

  /** Lets the old one go; the next one starts after that. The work runs nobody's code at once: that may switch flags. */
  #endBy(work: () => Promise<unknown>): void {
    this.#parts.ground.outside(() => {
      this.#ending = work().then(() => {
        this.#ending = undefined;
        if (this.#state === "starting") this.#begin();
      });
    });
  }
}
