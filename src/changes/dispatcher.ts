import { EventEmitter } from "eventemitter3";
import { BurgeeError } from "../errors.js";
import { isThenable } from "../rules/thenable.js";

/** How a listener is kept. */
export interface ListenOptions {
  /** Stops listening when aborted; a signal that is aborted already never listens. */
  readonly signal?: AbortSignal | undefined;
  /** Stops listening after the first call. */
  readonly once?: boolean | undefined;
}

/** One event, and the channels whose listeners are told of it, in that order. */
export interface Delivery<Event> {
  readonly channels: readonly [string, ...string[]];
  readonly event: Event;
}

/** Runs a listener, a timer's work or a sink outside the ambient context of whoever caused it. */
export type Outside = (run: () => void) => void;

/** Runs it as it is, where there is no ambient context to leave. */
export const inPlace: Outside = (run) => run();

export interface DispatcherOptions<Event> {
  /** Told of each listener that threw or rejected. */
  readonly onFailure: (cause: unknown, delivery: Delivery<Event>) => void;
  readonly outside?: Outside | undefined;
  /** Told when the first listener of a channel has come, and when its last has gone. */
  readonly onListening?: ((channel: string, listening: boolean) => void) | undefined;
}

/**
 * Subscriptions and their calls, shared by the change bus and the event hub. Listeners are called synchronously, in
 * the order in which they came, one delivery after the other: what is published inside a listener waits its turn. Each
 * delivery goes over a copy, so a listener added meanwhile hears of the next one; one that was removed is never called
 * again. A listener that throws, or whose promise rejects, disturbs nobody.
 */
export class Dispatcher<Event> {
  readonly #emitter = new EventEmitter<string>();
  readonly #onFailure: DispatcherOptions<Event>["onFailure"];
  readonly #outside: Outside;
  readonly #onListening: DispatcherOptions<Event>["onListening"];
  #queue: Delivery<Event>[] = [];
  #delivering = false;

  constructor(options: DispatcherOptions<Event>) {
    this.#onFailure = options.onFailure;
    this.#outside = options.outside ?? inPlace;
    this.#onListening = options.onListening;
  }

  /** @throws BurgeeError `INVALID_OPTIONS` where the listener is no function, or the signal no AbortSignal */
  subscribe(channel: string, listener: (event: Event) => unknown, options: ListenOptions = {}): () => void {
    if (typeof listener !== "function") {
      throw new BurgeeError("INVALID_OPTIONS", `A listener must be a function, not ${typeof listener}.`);
    }
    const { signal, once } = options;
    if (signal !== undefined && !isAbortSignal(signal)) {
      throw new BurgeeError("INVALID_OPTIONS", "signal must be an AbortSignal");
    }
    if (signal?.aborted) return () => {};
    let listening = true;
    const stop = () => {
      listening = false;
      this.#emitter.off(channel, call);
      signal?.removeEventListener("abort", stop);
      if (this.#emitter.listenerCount(channel) === 0) this.#onListening?.(channel, false);
    };
    const call = (event: Event): unknown => {
      if (!listening) return undefined;
      if (once) stop();
      return listener(event);
    };
    this.#emitter.on(channel, call);
    signal?.addEventListener("abort", stop);
    if (this.#emitter.listenerCount(channel) === 1) this.#onListening?.(channel, true);
    return stop;
  }

  /** Delivers in order; inside a delivery, after everything that waits already. Never throws. */
  publish(deliveries: readonly Delivery<Event>[]): void {
    for (const delivery of deliveries) this.#queue.push(delivery);
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      // The loop also reaches what listeners append to the queue meanwhile.
      for (const delivery of this.#queue) this.#deliver(delivery);
    } finally {
      this.#queue = [];
      this.#delivering = false;
    }
  }

  #deliver(delivery: Delivery<Event>): void {
    const calls = delivery.channels.flatMap((channel) => this.#emitter.listeners(channel));
    for (const call of calls) this.#guarded(call, delivery);
  }

  #guarded(call: (event: Event) => unknown, delivery: Delivery<Event>): void {
    try {
      let result: unknown;
      this.#outside(() => {
        result = call(delivery.event);
      });
      if (isThenable(result)) Promise.resolve(result).then(undefined, (cause) => this.#failed(cause, delivery));
    } catch (cause) {
      this.#failed(cause, delivery);
    }
  }

  #failed(cause: unknown, delivery: Delivery<Event>): void {
    try {
      this.#onFailure(cause, delivery);
    } catch {
      // Whoever is told of failures failed too; nobody is left to tell.
    }
  }
}

/** Each realm has a class of its own, so what counts is what it can do. */
function isAbortSignal(value: unknown): value is AbortSignal {
  if (typeof value !== "object" || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>;
  return (
    typeof aborted === "boolean" && typeof addEventListener === "function" && typeof removeEventListener === "function"
  );
}
