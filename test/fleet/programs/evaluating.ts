import type { StoredFlags } from "burgee";
import { type FleetFlags, fleetRegistry, models, switches } from "./fleet-registry.js";
import { threadTimes } from "./thread-times.js";

/** A time from one round to the next that was long, in milliseconds of the machine's monotonic clock. */
export interface Pause {
  readonly from: number;
  readonly to: number;
  /** How long it was, less the time for which the machine had no processor for this thread. */
  readonly ms: number;
}

/** How the loop fared. */
export interface LoopReport {
  readonly rounds: number;
  /** What evaluation threw, if it ever did. */
  readonly thrown: readonly string[];
  /** The longest time from one round to the next, by the clock alone, in milliseconds. */
  readonly longestMs: number;
  readonly pauses: readonly Pause[];
}

/** What is noted as a pause, in milliseconds. */
const NOTED_MS = 5;

/**
 * Evaluates every flag about every millisecond, and notes the pauses.
 *
 * On a machine with fewer processors than busy processes, every process waits for one now and then, whatever it does. Linux
 * counts that wait for each thread, and it is left out. All else is in: the work of this thread, which is burgee's, the
 * database client's, the test's own, and the engine's (which is told to compile and to collect garbage on this thread), and
 * whatever the thread slept for, such as a disk or a lock.
 */
export class EvaluatingLoop {
  readonly #flags: StoredFlags<FleetFlags>;
  readonly #thrown: string[] = [];
  readonly #pauses: Pause[] = [];
  #timer: NodeJS.Timeout | undefined;
  #rounds = 0;
  #longest = 0;
  #last = threadTimes();

  constructor(flags: StoredFlags<FleetFlags>) {
    this.#flags = flags;
  }

  get rounds(): number {
    return this.#rounds;
  }

  start(): void {
    this.#last = threadTimes();
    this.#timer = setInterval(() => this.#round(), 1);
  }

  stop(): LoopReport {
    clearInterval(this.#timer);
    // What has kept the thread since the last round would never be seen.
    this.#look();
    return { rounds: this.#rounds, thrown: this.#thrown, longestMs: this.#longest, pauses: this.#pauses };
  }

  #round(): void {
    this.#look();
    this.#rounds++;
    try {
      evaluateAll(this.#flags, { userId: `u${this.#rounds % 100}`, plan: this.#rounds % 2 === 0 ? "pro" : "free" });
    } catch (error) {
      this.#thrown.push(String(error));
    }
  }

  #look(): void {
    const last = this.#last;
    const now = threadTimes();
    this.#last = now;
    const passed = now.at - last.at;
    this.#longest = Math.max(this.#longest, passed);
    const ms = passed - (now.waited - last.waited);
    if (ms >= NOTED_MS) this.#pauses.push({ from: last.at, to: now.at, ms });
  }
}

function evaluateAll(flags: StoredFlags<FleetFlags>, context: { userId: string; plan: string }): void {
  for (const name of switches) flags.isEnabled(name, context);
  for (const name of models) flags.resolveVariant(name, context);
  flags.evaluate("size_0", context);
  const all = flags.getAllFlags(context);
  if (Object.keys(all).length !== Object.keys(fleetRegistry.definitions).length) throw new Error("a flag is missing");
}
