import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lastLine, programPath, run } from "./built.js";

// Instructions of the processor for one call, counted by valgrind's callgrind: no clock, so that a busy machine makes no
// difference. Two runs differ by less than one in a thousand. What is counted is optimised code; compilation, start and
// collection are in other parts of the run. The loop and the reading of the context are taken off.

/** Calls that are counted, for each question. */
const CALLS = 8_192;

/** By question; about 10 % more than was measured, as V8 uses what the processor at hand can do. */
const budgets: Readonly<Record<string, number>> = {
  static: 230,
  rollout: 860,
  experiment: 820,
  targeting: 510,
  child: 1_020,
};

/** One thread, and nothing left to chance: every run compiles and collects at the same calls. */
const words = ["--single-threaded", "--predictable", "--hash-seed=1", "--random-seed=1"];

/** The budgets are of the code that this release line's V8 makes. */
const NODE = "20";

const missing = whyNot();
if (missing !== undefined) process.stderr.write(`instructions are not counted: ${missing}\n`);

describe.skipIf(missing !== undefined)(
  `instructions of one call${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test("stay within their budgets", () => {
      const { nothing, ...counted } = instructions();
      expect(Object.keys(counted)).toEqual(Object.keys(budgets));
      // The loop with nothing in it; more would mean that it is not optimised.
      expect(nothing).toBeLessThan(60);
      const own = Object.entries(counted).map(
        ([question, count]) => [question, Math.round(count - (nothing ?? 0))] as const,
      );
      const above = own.filter(([question, count]) => count > (budgets[question] ?? 0));
      expect(above, `all: ${JSON.stringify(Object.fromEntries(own))}; instructions above budget`).toEqual([]);
      // A budget that is far from what is measured holds nothing.
      const below = own.filter(([question, count]) => count < 0.5 * (budgets[question] ?? 0));
      expect(below, "instructions below half of the budget; lower it in this file").toEqual([]);
    }, 240_000);
  },
);

function whyNot(): string | undefined {
  if (process.versions.node.split(".")[0] !== NODE) return `the budgets are of Node ${NODE}`;
  if (process.arch !== "x64") return "the budgets are of x64";
  try {
    execFileSync("valgrind", ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "there is no valgrind; `apt-get install valgrind` brings it";
  }
}

/** Instructions of one call, by question. */
function instructions(): Record<string, number> {
  const folder = mkdtempSync(join(tmpdir(), "burgee-callgrind-"));
  try {
    // The program calls this function of Node's between its questions, which nothing else does.
    const parts = [
      "--tool=callgrind",
      "--dump-before=uv_os_getpriority",
      `--callgrind-out-file=${join(folder, "part")}`,
    ];
    const said = run("valgrind", [
      ...parts,
      process.execPath,
      ...words,
      programPath("instructions.mjs"),
      String(CALLS),
    ]);
    const questions = lastLine<string[]>(said);
    // The first part is the start; then there are two for each question, of which the second counts.
    return Object.fromEntries(questions.map((question, n) => [question, totalOf(folder, 2 * n + 3) / CALLS]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Instructions within one part of the run. */
function totalOf(folder: string, part: number): number {
  const file = join(folder, `part.${part}`);
  if (!existsSync(file)) throw new Error("callgrind wrote no parts: does this Node have the symbol uv_os_getpriority?");
  return Number(/^totals: (\d+)/m.exec(readFileSync(file, "utf8"))?.[1]);
}
