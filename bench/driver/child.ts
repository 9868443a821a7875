import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** A process that measures, and how long it may take, in milliseconds. */
export interface Child {
  readonly script: string;
  readonly arguments?: readonly string[];
  readonly nodeFlags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly limitMs?: number;
}

/** What a process told. */
export interface Told {
  /** What the last line that begins with `JSON` says. */
  readonly figures: unknown;
  /** Whatever it wrote to stderr, trimmed; of much, the end. */
  readonly problems: string;
}

/**
 * Runs a script in a fresh Node and an empty folder, with next to no environment: variables and files of whoever runs
 * the benchmark must not change what is measured.
 *
 * @throws Error with the end of what it wrote to stderr, if it fails, takes too long or prints no such line
 */
export async function runChild(child: Child): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), "burgee-bench-"));
  try {
    return await runIn(folder, child);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runIn(cwd: string, child: Child): Promise<Told> {
  const { script, nodeFlags = [], limitMs = 120_000 } = child;
  const process_ = spawn(process.execPath, [...nodeFlags, script, ...(child.arguments ?? [])], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: limitMs,
    cwd,
    env: { ...inherited(), NODE_ENV: "production", ...child.environment },
  });
  const ended = new Promise<string>((resolve, reject) => {
    process_.on("error", reject);
    process_.on("close", (code, signal) => resolve(signal === null ? `exit code ${code}` : `stopped by ${signal}`));
  });
  const [output, written, how] = await Promise.all([text(process_.stdout), text(process_.stderr), ended]);
  const problems = written.trim().slice(-1_000);
  const line = output.split("\n").findLast((candidate) => candidate.startsWith("JSON"));
  if (line === undefined || how !== "exit code 0") {
    const called = [script, ...(child.arguments ?? [])].join(" ");
    throw new Error(`${called} gave no figures (${how}):\n${problems}`);
  }
  return { figures: JSON.parse(line.slice("JSON".length)), problems };
}

function inherited(): Record<string, string> {
  const { PATH, HOME } = process.env;
  return { ...(PATH !== undefined && { PATH }), ...(HOME !== undefined && { HOME }) };
}
