import { measure } from "mitata";
import { alwaysBatched } from "../../lib/mitata.js";
import { quick } from "./report.js";

const MILLISECONDS = quick ? 20 : 200;
/** The compiler works beside the program, and needs time rather than calls: a few milliseconds on an idle machine. */
const WARM_MS = 30;

/** What was answered last: the compiler must not find out that nobody looks. */
export const sink = { last: undefined };

/** One call with the next input. Compiled from its own text for each, so that its call sites see one function only. */
export function caller(ask, inputs) {
  return new Function(
    "ask",
    "inputs",
    "sink",
    `let at = 0;
    const count = inputs.length;
    return function () {
      const input = inputs[at];
      at = at + 1 === count ? 0 : at + 1;
      sink.last = ask(input);
    };`,
  )(ask, inputs, sink);
}

/**
 * Nanoseconds per call, the median of mitata's samples. A sample is so many calls in a row: one alone is too short
 * for the clock. Of calls that take microseconds, fewer make a sample;
 * `calls` is a multiple of four, as mitata writes four calls in a row.
 */
export async function nsPerCall(ask, inputs, { calls = 4_096, milliseconds = MILLISECONDS } = {}) {
  const call = caller(ask, inputs);
  const end = performance.now() + WARM_MS;
  do for (let i = 0; i < 16; i++) call();
  while (performance.now() < end);
  const { p50 } = await measure(call, {
    min_cpu_time: milliseconds * 1e6,
    batch_samples: calls,
    ...alwaysBatched,
    gc: globalThis.gc ?? null,
  });
  return p50;
}
