import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { Program } from "./program.js";
import type { BystanderCalls, Standstill } from "./programs/bystander.js";
import type { LoopReport, Pause } from "./programs/evaluating.js";

/** What a pause of evaluation may last, at most: the promise of the design. */
export const LONGEST_PAUSE_MS = 50;

/**
 * A folder that is gone with the test, in memory where there is such a place: SQLite's drivers wait for the disk at each commit,
 * and how long that takes is the machine's affair.
 */
export function folderInMemory(): string {
  const folder = mkdtempSync(join(writable("/dev/shm") ? "/dev/shm" : tmpdir(), "burgee-pauses-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** One bystander for each processor that the instances may have, before they begin to evaluate. */
export async function startBystanders(): Promise<Bystanders> {
  const programs = await Promise.all(
    processors().map(async (processor) => {
      const program = new Program<BystanderCalls>("bystander");
      return (await program.ask("watch", processor)) ? [program] : [];
    }),
  );
  return new Bystanders(programs.flat());
}

/** They see when a processor stands still, whoever has it: for the host of a virtual machine that is an everyday thing. */
export class Bystanders {
  readonly #programs: readonly Program<BystanderCalls>[];

  constructor(programs: readonly Program<BystanderCalls>[]) {
    this.#programs = programs;
  }

  /** Expects of every one of the instances that it never threw, and never paused for longer than it may. Gives the figures. */
  async expectNeverPaused(loops: readonly (LoopReport | undefined)[]) {
    const seen = await Promise.all(this.#programs.map((program) => program.ask("standstills", undefined)));
    for (const loop of loops) {
      expect(loop?.thrown).toEqual([]);
      expect(loop?.rounds).toBeGreaterThan(100);
    }
    const longest = loops.map((loop) => longestPause(loop?.pauses ?? [], seen));
    const figures = {
      pauseMs: longest.map(Math.round),
      byTheClockMs: loops.map((loop) => Math.round(loop?.longestMs ?? 0)),
      standstillMs: seen.map((standstills) => Math.round(Math.max(0, ...standstills.map(({ ms }) => ms)))),
    };
    expect(Math.max(...longest), `the pauses: ${JSON.stringify(figures)}`).toBeLessThanOrEqual(LONGEST_PAUSE_MS);
    return figures;
  }
}

/**
 * The longest of the pauses, each less the time for which a processor stood still meanwhile. Which one the thread was to have
 * is not known, so it is the one that stood still the longest.
 */
export function longestPause(pauses: readonly Pause[], seen: readonly (readonly Standstill[])[]): number {
  return Math.max(0, ...pauses.map((pause) => pause.ms - Math.max(0, ...seen.map((one) => stoodStill(one, pause)))));
}

function stoodStill(standstills: readonly Standstill[], { from, to }: Pause): number {
  const shared = standstills.map((one) => Math.min(one.ms, Math.min(one.to, to) - Math.max(one.from, from)));
  return shared.reduce((sum, ms) => sum + Math.max(0, ms), 0);
}

/** The processors that this process and its children may have. None but on Linux, which alone counts waits for threads. */
function processors(): number[] {
  if (process.platform !== "linux") return [];
  const [, list = ""] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
