import { readFileSync } from "node:fs";

/** What this thread had until a moment, all in milliseconds. */
export interface ThreadTimes {
  /** The moment, by the monotonic clock of the machine: the same in all its processes. */
  readonly at: number;
  /** For how long it has worked. */
  readonly worked: number;
  /** For how long it could have worked, and the machine had no processor for it. */
  readonly waited: number;
}

/** What the clock says while /proc is read, at most, in milliseconds: else the thread had to wait between the two. */
const AT_ONCE_MS = 0.5;
/** How often it is tried to read both at once. */
const TRIES = 20;

/**
 * Reads the clock, and the first two numbers of /proc/thread-self/schedstat
 * (https://docs.kernel.org/scheduler/sched-stats.html). Where Linux does not count for threads, nothing was worked or waited.
 */
export function threadTimes(): ThreadTimes {
  for (let tries = 1; ; tries++) {
    const at = machineNow();
    const counted = scheduled();
    // A wait after the clock was read would count for the time before, and be missing from the time after.
    if (machineNow() - at <= AT_ONCE_MS || tries === TRIES) return { at, ...counted };
  }
}

function machineNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

function scheduled(): { worked: number; waited: number } {
  try {
    const [worked, waited] = readFileSync("/proc/thread-self/schedstat", "utf8").split(" ");
    return { worked: Number(worked) / 1e6, waited: Number(waited) / 1e6 };
  } catch {
    return { worked: 0, waited: 0 };
  }
}
