import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, print, quick } from "./report.js";

const ROUNDS = quick ? 1 : 5;

/**
 * One thing that is measured, in a process of its own. What it gives are numbers by name; the medians of the rounds
 * are what the report is made of.
 *
 * @typedef {{ measure: () => Promise<Record<string, number>>, rounds?: number }} Case
 */

/**
 * Runs a script. Started plainly, it measures each case in fresh processes, the cases in turn and not one after the
 * other, so that a busy minute of the machine falls on all of them; then it prints the report. Started with the name
 * of a case, it measures that one here and prints its figures.
 *
 * @param {string} url the script's own `import.meta.url`
 * @param {Record<string, Case>} cases
 * @param {(figures: Record<string, Record<string, number>>) => import("./report.js").Report} report
 */
export async function benchmark(url, cases, report) {
  const asked = process.argv[2];
  const names = Object.keys(cases);
  if (asked !== undefined) {
    const { measure } = cases[asked] ?? {};
    if (measure === undefined) throw new Error(`there is no case "${asked}"; there are: ${names.join(", ")}`);
    return inEmptyFolder(async () => console.log(JSON.stringify(await measure())));
  }
  const roundsOf = (name) => Math.min(cases[name].rounds ?? ROUNDS, ROUNDS);
  const told = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names.filter((name) => round < roundsOf(name))) {
      console.error(`${name}: round ${round + 1} of ${roundsOf(name)}`);
      told[name].push(inFreshProcess(fileURLToPath(url), [name]));
    }
  }
  print(report(Object.fromEntries(names.map((name) => [name, medians(told[name])]))));
}

/** Does something in a new folder, which is the current one meanwhile and is removed afterwards. */
export async function inEmptyFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), "burgee-bench-"));
  const before = process.cwd();
  process.chdir(folder);
  try {
    await work(folder);
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a module in a new process with next to no environment, and gives what its last line of output says in JSON. */
export function inFreshProcess(file, argv, { nodeOptions = ["--expose-gc"], variables, stderr = "inherit" } = {}) {
  const { PATH, QUICK } = process.env;
  const { status, stdout } = spawnSync(process.execPath, [...nodeOptions, file, ...argv], {
    env: { PATH, ...(QUICK && { QUICK }), NODE_ENV: "production", ...variables },
    encoding: "utf8",
    stdio: ["ignore", "pipe", stderr],
  });
  if (status !== 0) throw new Error(`${file} ${argv.join(" ")} failed`);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1));
}

/** The median of each figure over the rounds. */
export function medians(rounds) {
  const keys = Object.keys(rounds[0]);
  return Object.fromEntries(keys.map((key) => [key, median(rounds.map((figures) => figures[key]))]));
}
