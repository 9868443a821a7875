import { BurgeeError, messageOf } from "../errors.js";
import type { FlagChange } from "./change.js";
import { Dispatcher, type ListenOptions, type Outside } from "./dispatcher.js";

/** What the bus needs of whoever wires it. */
export interface ChangeBusOptions {
  /** Told of each listener that failed: `LISTENER_FAILED`, with the flag and the cause. */
  readonly onError: (error: BurgeeError) => void;
  /** Runs a listener outside the ambient context of whoever made the change. In place unless given. */
  readonly outside?: Outside | undefined;
}

/**
 * Tells listeners of changes, synchronously and in order: for each change the flag's own listeners first, then those
 * of every flag (`"*"`), each in the order of their registration. A change that is published inside a listener is
 * delivered when the present ones are through.
 *
 * @example
 * const bus = new ChangeBus({ onError: console.error });
 * const stop = bus.onChange("new_checkout", (change) => console.log(change.value));
 */
export class ChangeBus {
  readonly #dispatcher: Dispatcher<FlagChange>;

  constructor({ onError, outside }: ChangeBusOptions) {
    this.#dispatcher = new Dispatcher<FlagChange>({
      outside,
      onFailure: (cause, { event }) => {
        const message = `A listener failed on the change of "${event.flag}": ${messageOf(cause)}`;
        onError(new BurgeeError("LISTENER_FAILED", message, { flag: event.flag, cause }));
      },
    });
  }

  /**
   * Calls the listener after each change of the flag, or of any flag (`"*"`, exactly). Gives how to stop.
   *
   * @throws BurgeeError `INVALID_OPTIONS` where the listener is no function
   */
  onChange(name: string, listener: (change: FlagChange) => unknown, options?: ListenOptions): () => void {
    return this.#dispatcher.subscribe(name, listener, options);
  }

  /** Delivers the changes in order. Never throws. */
  publish(changes: readonly FlagChange[]): void {
    this.#dispatcher.publish(changes.map((change) => ({ channels: [change.flag, "*"], event: change })));
  }
}
