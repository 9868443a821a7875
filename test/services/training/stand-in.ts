import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TrainingEvent, TrainingJob } from "burgee/services/training";
import { onTestFinished } from "vitest";

/** A folder that is gone when the test is over. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "burgee-training-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A program at this path that runs the stand-in for Python; see programs/stand-in.mjs. */
export function writeStandIn(path: string): string {
  const program = fileURLToPath(new URL("programs/stand-in.mjs", import.meta.url));
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Options of a trainer whose Python is the stand-in that behaves like this. */
export function standIn(behaviour: string, probe?: object | string) {
  const env: Record<string, string> = { STAND_IN: behaviour };
  if (probe !== undefined) env.STAND_IN_PROBE = typeof probe === "string" ? probe : JSON.stringify(probe);
  return { python: writeStandIn(join(scratch(), "python")), env };
}

export const job: TrainingJob = { task: "classifier", data: { generated: { samples: 10 } }, steps: 3 };

/** A listener that keeps what it is told, and a promise of the first event that is wanted. */
export function listener() {
  const events: TrainingEvent[] = [];
  const waiting: { wants: (event: TrainingEvent) => boolean; give: (event: TrainingEvent) => void }[] = [];
  return {
    events,
    onEvent: (event: TrainingEvent) => {
      events.push(event);
      for (const { wants, give } of waiting) if (wants(event)) give(event);
    },
    first: (wants: (event: TrainingEvent) => boolean) =>
      new Promise<TrainingEvent>((give) => {
        const found = events.find(wants);
        if (found === undefined) waiting.push({ wants, give });
        else give(found);
      }),
  };
}

/** Whether a process is there, and no zombie that waits for its parent to look. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Where the system shows it.
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, "utf8"));
  } catch {
    return false;
  }
}
