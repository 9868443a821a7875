import { setImmediate as nextTurn } from "node:timers/promises";
import type { Steps } from "./steps.js";

/** How long the event loop is held at a time, in milliseconds, as far as single steps allow. */
const SLICE_MS = 8;

/**
 * Does work in slices, each in a turn of the event loop of its own. The clock that is asked is the machine's, and not
 * the flags' own: that one may stand still. The signal gives the work up between slices; the promise is rejected with
 * its reason.
 */
export async function inSlices<R>(steps: Steps<R>, signal?: AbortSignal): Promise<R> {
  for (;;) {
    await nextTurn();
    signal?.throwIfAborted();
    const end = performance.now() + SLICE_MS;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (performance.now() < end);
  }
}
