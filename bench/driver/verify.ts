import { fileURLToPath } from "node:url";
import { type AdapterInfo, singleKeys, type Workload, workloads } from "../report/results.js";
import { runChild } from "./child.js";

/** What an adapter answered: how many users got which answer, by workload. A workload that it does not have is missing. */
export interface Answers {
  readonly users: number;
  /** Users who got another answer when they were asked about again, by workload. */
  readonly unsteady?: Readonly<Partial<Record<Workload, number>>>;
  readonly w1?: Readonly<Record<string, number>>;
  readonly w2?: Readonly<Record<string, number>>;
  readonly w3?: Readonly<Record<string, number>>;
  /** Users for whom the targeting rule was wrong. */
  readonly w4?: { readonly wrong: number };
  /** The flags that are on and should be off, or the other way round, among 1,000. */
  readonly w5?: { readonly wrong: readonly string[] };
}

/** An adapter whose answers are right. */
export interface Verified {
  readonly name: string;
  readonly path: string;
  readonly info: AdapterInfo;
}

/** How far from its share of the users a variant may be, by chance: more than six standard deviations of 10,000 fair draws. */
const TOLERANCE = 0.03;

const script = fileURLToPath(new URL("../measure/verify.js", import.meta.url));

/**
 * Asks an adapter all questions, in a process of its own.
 *
 * @throws Error that names the adapter and says which answers are wrong
 */
export async function verify(name: string, path: string, backend: string): Promise<Verified> {
  const environment = { BENCH_BACKEND: backend };
  const { figures, problems: written } = await runChild({ script, arguments: [path], environment });
  const { info, answers } = figures as { info: AdapterInfo; answers: Answers };
  const problems = problemsOf(answers);
  if (problems.length > 0) throw new Error(`adapter "${name}" is refused: ${problems.join("; ")}`);
  const verified = { name, path, info };
  refuseLogged(verified, written);
  return verified;
}

/**
 * The first line of burgee's log loads pino, which no start without one does: a figure with it would be wrong.
 *
 * @throws Error with what was written, if the adapter is one of burgee and wrote anything
 */
export function refuseLogged({ name, info }: Verified, written: string): void {
  if (info.package !== "burgee" || written === "") return;
  throw new Error(`adapter "${name}" is refused: it wrote to stderr, which costs time: ${written}`);
}

/** Every answer that is not what the workloads ask for, a sentence each. */
export function problemsOf({ users, unsteady = {}, w1, w2, w3, w4, w5 }: Answers): readonly string[] {
  const problems: string[] = [];
  if (w1 !== undefined && w1.true !== 1) problems.push(`W1 is not true but ${Object.keys(w1).join()}`);
  if (w2 !== undefined) problems.push(...shareProblems("W2", w2, users, { true: 0.25, false: 0.75 }));
  if (w3 !== undefined) problems.push(...shareProblems("W3", w3, users, { A: 0.5, B: 0.25, C: 0.25 }));
  if (w4 !== undefined && w4.wrong > 0) problems.push(`W4 is wrong for ${w4.wrong} users`);
  if (w5 !== undefined && w5.wrong.length > 0)
    problems.push(`W5 is wrong for ${w5.wrong.length} flags, among them ${w5.wrong[0]}`);
  for (const key of singleKeys) {
    if (unsteady[key])
      problems.push(`${workloads[key].name} answers ${unsteady[key]} users otherwise when asked again`);
  }
  return problems;
}

function shareProblems(
  workload: string,
  counts: Readonly<Record<string, number>>,
  users: number,
  shares: Readonly<Record<string, number>>,
): readonly string[] {
  const answers = new Set([...Object.keys(shares), ...Object.keys(counts)]);
  return [...answers].flatMap((answer) => {
    const share = (counts[answer] ?? 0) / users;
    const wanted = shares[answer] ?? 0;
    if (wanted > 0 ? Math.abs(share - wanted) <= TOLERANCE : share === 0) return [];
    return [`${workload} gives ${answer} to ${(share * 100).toFixed(1)} % of the users, not ${wanted * 100} %`];
  });
}
