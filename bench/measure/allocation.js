// Bytes that one call of W1 to W4 allocates: allocation.js <adapter>,
// run with --expose-gc, and with young space for all that a round allocates: --min-semi-space-size=128 --max-semi-space-size=128
import { getHeapStatistics } from "node:v8";
import { users } from "../lib/workloads.js";
import { hundred, loadAdapter, questions, report } from "./adapter.js";

const WARM_CALLS = 30_000;
const WARM_MS = 2_000;
/** Few enough for no collection to fall into a round, whatever an SDK allocates. */
const CALLS = 500;
const ROUNDS = 19;

const heapUsed = () => getHeapStatistics().used_heap_size;

function middleOf(numbers) {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1];
}

/** The median over short rounds: compilers and caches allocate in some of them. */
async function bytesOf(ask, contexts, isAsync) {
  const end = performance.now() + WARM_MS;
  for (let call = 0; call < WARM_CALLS && performance.now() < end; call++) {
    const answer = ask(contexts[call % contexts.length]);
    if (isAsync) await answer;
  }
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const first = round * CALLS;
    globalThis.gc();
    const before = heapUsed();
    if (isAsync) for (let call = 0; call < CALLS; call++) await ask(contexts[first + call]);
    else for (let call = 0; call < CALLS; call++) ask(contexts[first + call]);
    rounds.push(heapUsed() - before);
  }
  return middleOf(rounds) / CALLS;
}

const { info, setup } = await loadAdapter();
const isAsync = info.mode === "async";
const adapter = await setup(hundred);
const contexts = users().map(adapter.context);
// The measuring itself allocates a little, once a round, and less when it is warm.
for (let call = 0; call < WARM_CALLS; call++) heapUsed();
const nothing = await bytesOf(() => true, contexts, false);
const figures = {};
for (const [key, question] of Object.entries(questions)) {
  if (adapter[question] === undefined) continue;
  figures[key] = Math.max(0, (await bytesOf(adapter[question], contexts, isAsync)) - nothing);
}
report(figures);
