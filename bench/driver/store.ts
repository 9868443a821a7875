import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { chart } from "../report/chart.js";
import { page } from "../report/page.js";
import type { OwnRun, SideBySide } from "../report/results.js";

const results = new URL("../results/", import.meta.url);
const reference = new URL("../../docs/reference/", import.meta.url);

/** Keeps figures for `--report`. */
export function keep(name: "side-by-side" | "own", run: SideBySide | OwnRun): void {
  mkdirSync(results, { recursive: true });
  writeFileSync(new URL(`${name}.json`, results), `${JSON.stringify(run, null, 1)}\n`);
}

/**
 * Writes the page and the drawing from the figures that were kept.
 *
 * @throws Error if nothing was measured yet
 */
export function writeReport(): void {
  const run = kept<SideBySide>("side-by-side");
  if (run === undefined) throw new Error("there are no results yet; run `npm run bench` without --report first");
  writeFileSync(new URL("performance.md", reference), page(run, kept<OwnRun>("own")));
  writeFileSync(new URL("performance.svg", reference), chart(run.measured));
}

function kept<T extends SideBySide | OwnRun>(name: string): T | undefined {
  const file = new URL(`${name}.json`, results);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : undefined;
}
