import { getHeapStatistics } from "node:v8";
import { quick } from "./report.js";
import { caller } from "./time.js";

/** Few enough calls for no collection to fall into most rounds, whatever is allocated. */
const CALLS = 200;
const ROUNDS = quick ? 250 : 5_000;
const WARM = quick ? 20_000 : 100_000;

/** Bytes that one call allocates, warm: the median over a million calls in short rounds, less what the reading takes. */
export function bytesPerCall(ask, inputs) {
  nothing ??= medianOf(() => true, inputs);
  return Math.max(0, medianOf(ask, inputs) - nothing);
}

let nothing;

function medianOf(ask, inputs) {
  const call = caller(ask, inputs);
  for (let i = 0; i < WARM; i++) call();
  globalThis.gc();
  const rounds = new Float64Array(ROUNDS);
  for (let round = 0; round < ROUNDS; round++) {
    const before = getHeapStatistics().used_heap_size;
    for (let i = 0; i < CALLS; i++) call();
    rounds[round] = getHeapStatistics().used_heap_size - before;
  }
  return rounds.sort()[ROUNDS >> 1] / CALLS;
}
