/** What tells the time and wakes: expiries, schedules and all times in entries and events go by it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `ring` once when `now()` has reached `at`; gives how to cancel that. */
  wake(at: number, ring: () => void): () => void;
}

/** Node fires a timer of more than 2^31 ms at once, and clocks are set: never sleep longer than this, and look again. */
const LONGEST_SLEEP = 60_000;

/** The clock of the options: a function gets timers of the system, which look at it every minute. */
export function clockOf(given: (() => number) | Clock = Date.now): Clock {
  if (typeof given !== "function") return given;
  return { now: () => given(), wake: (at, ring) => sleepUntil(at, given, ring) };
}

/** The timer never keeps a process alive. */
function sleepUntil(at: number, now: () => number, ring: () => void): () => void {
  let timer: NodeJS.Timeout;
  const sleep = () => {
    const left = at - now();
    timer = setTimeout(
      () => (now() >= at ? ring() : sleep()),
      left < LONGEST_SLEEP ? Math.max(left, 0) : LONGEST_SLEEP,
    ).unref();
  };
  sleep();
  return () => clearTimeout(timer);
}
