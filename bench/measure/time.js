// Nanoseconds of each workload: node --expose-gc time.js <adapter> <milliseconds for each workload>
import { measure } from "mitata";
import { alwaysBatched } from "../lib/mitata.js";
import { users } from "../lib/workloads.js";
import { hundred, loadAdapter, questions, report, thousand } from "./adapter.js";

const WARM_CALLS = 20_000;
const WARM_ALL_CALLS = 200;
const WARM_MS = 1_500;
/** The same for the function that asks one question, before it is timed. */
const WARM_TURNS_MS = 30;
/** A sample is long enough for the clock, and has no more calls than it needs for that. */
const SAMPLE_MS = 0.2;
const MOST_CALLS = 4_096;

/** Where answers go, so that no compiler may leave out the question. */
const sink = { last: undefined };

/**
 * A function that asks about the next user at each call. It is compiled anew for each question: with one shared
 * function V8 would see many targets at one call site, which an application's own call sites do not.
 */
function turnsOf(ask, contexts, isAsync) {
  const call = isAsync ? "return ask(context)" : "sink.last = ask(context)";
  const body = `let at = 0;
    return () => { const context = contexts[at]; at = at + 1 === contexts.length ? 0 : at + 1; ${call}; };`;
  return new Function("ask", "contexts", "sink", body)(ask, contexts, sink);
}

/** How many calls make a sample: at least four, as mitata writes four in a row. Of the warm ones, the fastest count. */
async function callsPerSample(turns, isAsync) {
  const end = performance.now() + WARM_TURNS_MS;
  let least = Number.POSITIVE_INFINITY;
  do {
    const begun = performance.now();
    for (let call = 0; call < 4; call++) {
      const answer = turns();
      if (isAsync) await answer;
    }
    least = Math.min(least, performance.now() - begun);
  } while (performance.now() < end);
  return 4 * Math.ceil(Math.min(SAMPLE_MS / least, MOST_CALLS / 4));
}

/** The median of mitata's samples, in nanoseconds for one call. */
async function nanosecondsOf(turns, isAsync) {
  const batch_samples = await callsPerSample(turns, isAsync);
  const min_cpu_time = Number(process.argv[3] ?? 400) * 1e6;
  const { p50 } = await measure(turns, { min_cpu_time, batch_samples, ...alwaysBatched });
  return p50;
}

/** Every question in turn, so that inline caches have seen all kinds of flag before the first is timed. */
async function warmUp(adapter, contexts) {
  const end = performance.now() + WARM_MS;
  for (let call = 0; call < WARM_CALLS && performance.now() < end; call++) {
    for (const question of Object.values(questions)) await adapter[question]?.(contexts[call % contexts.length]);
  }
}

async function timeOne(setup, isAsync, figures) {
  const adapter = await setup(hundred);
  const contexts = users().map(adapter.context);
  await warmUp(adapter, contexts);
  for (const [key, question] of Object.entries(questions)) {
    const ask = adapter[question];
    if (ask === undefined) continue;
    figures[key] = await nanosecondsOf(turnsOf(ask, key === "w1" ? contexts.slice(0, 1) : contexts, isAsync), isAsync);
  }
  await adapter.close?.();
}

async function timeAll(setup, isAsync, figures) {
  const adapter = await setup(thousand);
  if (adapter.all === undefined) return;
  const contexts = users(1).map(adapter.context);
  const end = performance.now() + WARM_MS;
  for (let call = 0; call < WARM_ALL_CALLS && performance.now() < end; call++) await adapter.all(contexts[0]);
  figures.w5 = await nanosecondsOf(turnsOf(adapter.all, contexts, isAsync), isAsync);
}

const { info, setup } = await loadAdapter();
const isAsync = info.mode === "async";
const figures = {};
await timeOne(setup, isAsync, figures);
await timeAll(setup, isAsync, figures);
report(figures);
