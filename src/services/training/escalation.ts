import { clockOf } from "../../flags/clock.js";

/** Goes by a clock that nobody sets. A time of Infinity never comes. Gives how to cancel it. */
export function after(ms: number, ring: () => void): () => void {
  if (ms === Number.POSITIVE_INFINITY) return () => {};
  const clock = clockOf(() => performance.now());
  return clock.wake(clock.now() + ms, ring);
}

export type EndSignal = "SIGINT" | "SIGTERM" | "SIGKILL";

/** Ends processes that may not want to: each signal is harder than the one before, with a pause between. */
export class Escalation {
  readonly #send: (signal: EndSignal) => void;
  readonly #pauses: Readonly<Record<EndSignal, number>>;
  #last: EndSignal | undefined;
  #cancel = () => {};

  constructor(pauses: { interruptMs: number; terminateMs: number }, send: (signal: EndSignal) => void) {
    this.#pauses = {
      SIGINT: pauses.interruptMs,
      SIGTERM: pauses.terminateMs,
      SIGKILL: Number.POSITIVE_INFINITY,
    };
    this.#send = send;
  }

  /** Sends this signal, and harder ones later; nothing where it has come as far already. */
  reach(signal: EndSignal): void {
    if (this.#last !== undefined && hardness.indexOf(signal) <= hardness.indexOf(this.#last)) return;
    this.#last = signal;
    this.#cancel();
    const next = hardness[hardness.indexOf(signal) + 1];
    this.#cancel = next === undefined ? () => {} : after(this.#pauses[signal], () => this.reach(next));
    this.#send(signal);
  }

  stop(): void {
    this.#cancel();
  }
}

const hardness: readonly EndSignal[] = ["SIGINT", "SIGTERM", "SIGKILL"];
