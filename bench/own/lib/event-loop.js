import { monitorEventLoopDelay, performance } from "node:perf_hooks";

/**
 * Does something that waits, and looks at the event loop meanwhile: in every turn `work` is done, and the longest time
 * from one turn to the next is how long the loop was held. Times are in milliseconds.
 *
 * @returns `total`, how long it took; `hold`, the longest time between two turns; `delay`, the longest delay of a timer
 * as Node's own monitor saw it (to a millisecond or two); `turns`
 */
export async function watchingLoop(doing, work = () => undefined) {
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  let over = false;
  let hold = 0;
  let turns = 0;
  let last = 0;
  const turn = () => {
    const now = performance.now();
    hold = Math.max(hold, now - last);
    last = now;
    work();
    turns++;
    if (!over) setImmediate(turn);
  };
  monitor.enable();
  setImmediate(turn);
  // Both are under way before anything is done.
  await new Promise((resolve) => setTimeout(resolve, 5));
  hold = 0;
  turns = 0;
  const begun = performance.now();
  await doing();
  const total = performance.now() - begun;
  over = true;
  // The turn after the last piece of work tells how long that piece was.
  await new Promise((resolve) => setImmediate(resolve));
  hold = Math.max(hold, performance.now() - last);
  // The monitor is a timer, and notes a delay when it rings at last.
  await new Promise((resolve) => setTimeout(resolve, 5));
  monitor.disable();
  return { total, hold, delay: monitor.max / 1e6, turns };
}
