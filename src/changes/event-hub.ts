import { BurgeeError, messageOf } from "../errors.js";
import { Dispatcher, type ListenOptions, type Outside } from "./dispatcher.js";

/** What the hub needs of whoever wires it. */
export interface EventHubOptions {
  /** Told where a listener failed: `LISTENER_FAILED`. Makes an `error` event of it unless given. */
  readonly onError?: ((error: BurgeeError) => void) | undefined;
  /** Told where an `error` listener itself failed. Told of nothing else. */
  readonly lastResort: (error: BurgeeError) => void;
  /** Runs a listener outside the ambient context of whoever caused the event. In place unless given. */
  readonly outside?: Outside | undefined;
  /** Told when the first listener of an event has come, and when its last has gone. */
  readonly onListening?: ((event: string, listening: boolean) => void) | undefined;
}

/**
 * Named events with one payload each, delivered as the change bus delivers changes. A listener that fails becomes an
 * `error` event; an `error` listener that fails goes to the last resort, so that nothing turns in a circle.
 *
 * @example
 * const hub = new EventHub<{ error: BurgeeError; ready: { at: number } }>({ lastResort: console.error });
 * hub.on("ready", ({ at }) => console.log(at));
 * hub.emit("ready", { at: Date.now() });
 */
export class EventHub<Events extends { readonly error: BurgeeError }> {
  readonly #dispatcher: Dispatcher<unknown>;

  constructor({ onError, lastResort, outside, onListening }: EventHubOptions) {
    this.#dispatcher = new Dispatcher<unknown>({
      outside,
      onListening,
      onFailure: (cause, { channels: [event] }) => {
        const message = `A listener failed on the event "${event}": ${messageOf(cause)}`;
        const error = new BurgeeError("LISTENER_FAILED", message, { cause });
        if (event === "error") lastResort(error);
        else if (onError === undefined) this.#dispatcher.publish([{ channels: ["error"], event: error }]);
        else onError(error);
      },
    });
  }

  /**
   * Calls the listener for each event of that name. Gives how to stop.
   *
   * @throws BurgeeError `INVALID_OPTIONS` where the listener is no function
   */
  on<E extends keyof Events & string>(
    event: E,
    listener: (payload: Events[E]) => unknown,
    options?: ListenOptions,
  ): () => void {
    // Only `emit` delivers on this channel, and it takes that event's payload.
    return this.#dispatcher.subscribe(event, listener as (payload: unknown) => unknown, options);
  }

  /** As `on`, for the first event only. */
  once<E extends keyof Events & string>(
    event: E,
    listener: (payload: Events[E]) => unknown,
    options?: ListenOptions,
  ): () => void {
    return this.on(event, listener, { ...options, once: true });
  }

  /** Delivers to the event's listeners, in order; inside a delivery, after everything that waits already. Never throws. */
  emit<E extends keyof Events & string>(event: E, ...payloads: readonly Events[E][]): void {
    this.#dispatcher.publish(payloads.map((payload) => ({ channels: [event], event: payload })));
  }
}
