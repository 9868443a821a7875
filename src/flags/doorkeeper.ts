import { BurgeeError } from "../errors.js";
import type { Scheduler } from "./scheduler.js";

/** Lets commands in. */
export class Doorkeeper {
  readonly #scheduler: Scheduler;
  readonly #readOnly: boolean;
  #closed = false;

  constructor(scheduler: Scheduler, readOnly: boolean) {
    this.#scheduler = scheduler;
    this.#readOnly = readOnly;
  }

  /**
   * Begins a command: what is due by the clock happens first, and by itself.
   *
   * @throws BurgeeError `CLOSED` or `READ_ONLY`
   */
  begin(what: string): void {
    if (this.#closed) throw new BurgeeError("CLOSED", `these flags are closed; they answer, but cannot ${what}`);
    if (this.#readOnly)
      throw new BurgeeError("READ_ONLY", `these flags are read-only; leave out \`readOnly: true\` to ${what}`);
    this.#scheduler.catchUp();
  }

  close(): void {
    this.#closed = true;
  }
}
