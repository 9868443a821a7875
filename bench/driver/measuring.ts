import { fileURLToPath } from "node:url";
import type { ColdStart, Figures, Measured, Part } from "../report/results.js";
import { runChild } from "./child.js";
import type { BenchOptions } from "./options.js";
import { inTurn } from "./turns.js";
import { refuseLogged, type Verified } from "./verify.js";

/** What is collected of one adapter while the rounds go on. */
interface Collected {
  readonly adapter: Verified;
  readonly rounds: Figures[];
  readonly cold: ColdStart[];
  readonly heap: number[];
  bytes?: Figures;
}

export type Log = (line: string) => void;

const FLAGS = 10_000;

/** Runs a script of bench/measure on an adapter, in a process of its own. */
type Run = (
  script: string,
  adapter: Verified,
  given?: readonly string[],
  nodeFlags?: readonly string[],
) => Promise<unknown>;

/** Measures all adapters, every figure in a process of its own and the adapters in turn, so that a busy minute harms all alike. */
export async function measureAll(
  adapters: readonly Verified[],
  options: BenchOptions,
  backend: string,
  log: Log,
): Promise<readonly Omit<Measured, "version" | "footprint">[]> {
  const all: readonly Collected[] = adapters.map((adapter) => ({ adapter, rounds: [], cold: [], heap: [] }));
  const run: Run = async (script, adapter, given = [], nodeFlags = ["--expose-gc"]) => {
    const { figures, problems } = await runChild({
      script: measuring(script),
      arguments: [adapter.path, ...given],
      nodeFlags,
      environment: { BENCH_BACKEND: backend },
    });
    refuseLogged(adapter, problems);
    return figures;
  };
  for (let round = 0; round < options.rounds; round++) {
    await timeRound(inTurn(having(all, "time"), round), run, options.workloadMs);
    log(`round ${round + 1} of ${options.rounds} is done`);
  }
  for (let start = 0; start < options.coldStarts; start++) await startCold(inTurn(having(all, "cold"), start), run);
  log("cold starts are done");
  await countBytes(having(all, "allocation"), run);
  log("allocation is done");
  for (let time = 0; time < options.heaps; time++) await weighHeaps(inTurn(having(all, "heap"), time), run);
  log("heaps are done");
  return all.map(({ adapter: { name, info }, rounds, cold, heap, bytes }) => ({
    name,
    info,
    rounds,
    cold,
    heap,
    bytes,
  }));
}

async function timeRound(all: readonly Collected[], run: Run, workloadMs: number): Promise<void> {
  for (const { adapter, rounds } of all) rounds.push((await run("time", adapter, [String(workloadMs)])) as Figures);
}

async function startCold(all: readonly Collected[], run: Run): Promise<void> {
  for (const { adapter, cold } of all) cold.push((await run("cold", adapter, [], [])) as ColdStart);
}

async function countBytes(all: readonly Collected[], run: Run): Promise<void> {
  const nodeFlags = ["--expose-gc", "--min-semi-space-size=128", "--max-semi-space-size=128"];
  for (const collected of all) collected.bytes = (await run("allocation", collected.adapter, [], nodeFlags)) as Figures;
}

async function weighHeaps(all: readonly Collected[], run: Run): Promise<void> {
  const heapWith = async (adapter: Verified, flags: number) =>
    ((await run("heap", adapter, [String(flags)])) as { heap: number }).heap;
  for (const { adapter, heap } of all) {
    const one = await heapWith(adapter, 1);
    heap.push((await heapWith(adapter, FLAGS + 1)) - one);
  }
}

function measuring(script: string): string {
  return fileURLToPath(new URL(`../measure/${script}.js`, import.meta.url));
}

function having(all: readonly Collected[], part: Part): readonly Collected[] {
  return all.filter(({ adapter: { info } }) => info.parts === undefined || info.parts.includes(part));
}
