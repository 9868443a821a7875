import { readFileSync } from "node:fs";
import type { StoredFlags } from "burgee";
import { type FleetFlags, fleetRegistry, models, switches } from "./fleet-registry.js";

/** How the loop fared. */
export interface LoopReport {
  readonly rounds: number;
  /** What evaluation threw, if it ever did. */
  readonly thrown: readonly string[];
  /** The longest time from one round to the next, by the wall clock, in milliseconds. */
  readonly longestMs: number;
  /** The most that this thread worked from one round to the next, in milliseconds of processor time. */
  readonly longestWorkMs: number;
}

/**
 * Evaluates every flag about every millisecond, and notes the longest pause.
 *
 * On a machine with fewer processors than busy processes, every process stands still now and then, whatever it does. So a
 * pause is measured twice: by the wall clock, which is told and not judged, and by the processor time that the thread used
 * between two rounds (the first number of /proc/thread-self/schedstat, in nanoseconds). The latter has all work of this
 * thread: burgee's, the database client's, the garbage collector's (which is told to keep to this thread) and the test's own.
 * It leaves out waits for a disk, which nothing does synchronously between a PostgreSQL server and its client.
 */
export class EvaluatingLoop {
  readonly #flags: StoredFlags<FleetFlags>;
  readonly #thrown: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #rounds = 0;
  #longest = 0;
  #longestWork = 0;
  #last = 0;
  #workedBefore = 0;

  constructor(flags: StoredFlags<FleetFlags>) {
    this.#flags = flags;
  }

  start(): void {
    this.#last = performance.now();
    this.#workedBefore = processorTimes().worked;
    this.#timer = setInterval(() => this.#round(), 1);
  }

  report(): LoopReport {
    return {
      rounds: this.#rounds,
      thrown: this.#thrown,
      longestMs: Math.round(this.#longest),
      longestWorkMs: Math.round(this.#longestWork),
    };
  }

  stop(): LoopReport {
    clearInterval(this.#timer);
    return this.report();
  }

  #round(): void {
    const now = performance.now();
    const { worked } = processorTimes();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#longestWork = Math.max(this.#longestWork, worked - this.#workedBefore);
    this.#last = now;
    this.#workedBefore = worked;
    this.#rounds++;
    try {
      evaluateAll(this.#flags, { userId: `u${this.#rounds % 100}`, plan: this.#rounds % 2 === 0 ? "pro" : "free" });
    } catch (error) {
      this.#thrown.push(String(error));
    }
  }
}

function evaluateAll(flags: StoredFlags<FleetFlags>, context: { userId: string; plan: string }): void {
  for (const name of switches) flags.isEnabled(name, context);
  for (const name of models) flags.resolveVariant(name, context);
  flags.evaluate("size_0", context);
  const all = flags.getAllFlags(context);
  if (Object.keys(all).length !== Object.keys(fleetRegistry.definitions).length) throw new Error("a flag is missing");
}

/**
 * For how long this thread has worked since it began, and for how long it could have and the machine had no processor for it,
 * in milliseconds. Where Linux does not count it for threads, what the process has worked, and no wait.
 */
export function processorTimes(): { readonly worked: number; readonly waited: number } {
  try {
    const [worked, waited] = readFileSync("/proc/thread-self/schedstat", "utf8").split(" ");
    return { worked: Number(worked) / 1e6, waited: Number(waited) / 1e6 };
  } catch {
    const { user, system } = process.cpuUsage();
    return { worked: (user + system) / 1_000, waited: 0 };
  }
}
