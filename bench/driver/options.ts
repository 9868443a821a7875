import { parseArgs } from "node:util";

/** What to measure, and how thoroughly. */
export interface BenchOptions {
  /** Names of adapters; the raw floor is always measured beside them. Everything where it is missing. */
  readonly only: readonly string[] | undefined;
  readonly rounds: number;
  /** Milliseconds of processor time for each workload. */
  readonly workloadMs: number;
  readonly coldStarts: number;
  readonly heaps: number;
  readonly quick: boolean;
  readonly own: boolean;
  /** Whether the page is written: a part of the adapters, a short look or few rounds must not replace it. */
  readonly writes: boolean;
  /** Writes the page from the last results instead of measuring. */
  readonly reportOnly: boolean;
}

/** A median of fewer rounds may be any of them. */
const LEAST_ROUNDS = 3;

/** Why nothing is written, for whoever measured and looks for the page. */
export const NOT_WRITTEN = `docs/reference/performance.md is left as it was: it takes all adapters and ${LEAST_ROUNDS} rounds or more, without --quick`;

/**
 * Reads the command line.
 *
 * @throws Error for an option that is not known, options that do not go together, or a number of rounds that is not one
 */
export function parseOptions(words: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      rounds: { type: "string" },
      report: { type: "boolean", default: false },
      "no-own": { type: "boolean", default: false },
    },
  });
  const { quick, only, report } = values;
  if (report && words.length > 1) throw new Error("--report measures nothing, and goes with no other option");
  const rounds = values.rounds === undefined ? (quick ? 1 : 5) : roundsOf(values.rounds);
  return {
    only: only?.split(",").map((name) => name.trim()),
    rounds,
    workloadMs: quick ? 60 : 400,
    coldStarts: quick ? 3 : 11,
    heaps: quick ? 1 : 3,
    quick,
    own: !values["no-own"],
    writes: !quick && only === undefined && rounds >= LEAST_ROUNDS,
    reportOnly: report,
  };
}

function roundsOf(word: string): number {
  if (!/^[1-9]\d{0,2}$/.test(word)) throw new Error(`--rounds takes a whole number from 1 to 999, not "${word}"`);
  return Number(word);
}
