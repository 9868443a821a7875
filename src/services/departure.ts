import type { GateGround } from "../flags/gate-ground.js";
import { dispose } from "./disposal.js";
import type { Life } from "./life.js";
import type { Trouble } from "./trouble.js";

/** How long a disposal, or a start that was given up, may take before nobody waits for it any more. */
export const LETTING_GO_MS = 30_000;

/** Lets real services go: waits for their calls, and disposes them. */
export class Departure {
  readonly #ground: GateGround;
  readonly #trouble: Trouble;
  readonly #drainMs: number;

  constructor(ground: GateGround, trouble: Trouble, drainMs: number) {
    this.#ground = ground;
    this.#trouble = trouble;
    this.#drainMs = drainMs;
  }

  /** Disposes it after its last call, or when that takes too long; never before this has returned. Never rejects. */
  async retire(life: Life): Promise<void> {
    await this.#drain(life);
    await this.dispose(life.service);
  }

  async #drain(life: Life): Promise<void> {
    if (life.inFlight === 0) return;
    await this.within(this.#drainMs, new Promise<void>((resolve) => life.whenEmpty(resolve)));
    if (life.inFlight > 0)
      this.#trouble.tell(
        this.#trouble.error(`is stopped after ${this.#drainMs} ms with ${life.inFlight} of its calls in flight`),
      );
  }

  /** Never rejects, and ends after a while, whatever the service does. */
  async dispose(service: object): Promise<void> {
    const disposed = dispose(service).catch((thrown: unknown) => {
      this.#trouble.tell(this.#trouble.error("could not be stopped", thrown));
    });
    const inTime = await this.within(LETTING_GO_MS, disposed);
    if (!inTime) this.#trouble.tell(this.#trouble.error(`did not stop within ${LETTING_GO_MS} ms`));
  }

  /**
   * Waits for work that never rejects, or for that long; gives whether it was done by then. The process lives until then,
   * but for a wait without end.
   */
  within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#ground.after(milliseconds, () => resolve(false), Number.isFinite(milliseconds));
      void work.then(() => {
        cancel();
        resolve(true);
      });
    });
  }
}
