// Stands beside the instances on one processor and has nothing of burgee's: what it cannot do for a while, the machine cannot.
import { spawnSync } from "node:child_process";
import { answer } from "./answering.js";
import { type ThreadTimes, threadTimes } from "./thread-times.js";

/** A time in which the processor did nothing, for anybody: the host of a virtual machine had it, say. */
export interface Standstill {
  /** Between which two moments of the machine's monotonic clock, and for how much of that, in milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

/** How often the processor is asked for, and what counts as a standstill, in milliseconds. */
const EVERY_MS = 2;
const NOTED_MS = 3;

const standstills: Standstill[] = [];
let last: ThreadTimes;

const calls = {
  /** Gives whether it can: the processor must be its own choice. */
  watch: (processor: number): boolean => {
    const pid = String(process.pid);
    if (spawnSync("taskset", ["-c", "-p", String(processor), pid]).status !== 0) return false;
    // Before all others. Without the right to it the bystander has to wait as they do, and what happens meanwhile escapes it.
    spawnSync("chrt", ["-f", "-p", "1", pid]);
    last = threadTimes();
    setInterval(look, EVERY_MS);
    return true;
  },
  standstills: (): readonly Standstill[] => standstills,
};
export type BystanderCalls = typeof calls;

/**
 * The timer wakes this process when the processor can take an interrupt, however busy the others keep it: then it works, or
 * waits in the run queue, and both are counted. What is left of the time is the processor's own absence.
 */
function look(): void {
  const now = threadTimes();
  const ms = now.at - last.at - EVERY_MS - (now.worked - last.worked) - (now.waited - last.waited);
  if (ms >= NOTED_MS) standstills.push({ from: last.at, to: now.at, ms });
  last = now;
}

answer(calls);
