import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const tsx = fileURLToPath(new URL("../../node_modules/tsx/dist/cli.mjs", import.meta.url));

/** What tours of these tests toggle is kept here, and not where a person's tours keep theirs. */
const tourFolder = mkdtempSync(join(tmpdir(), "burgee-tours-"));
afterAll(() => rmSync(tourFolder, { recursive: true, force: true }));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The variables that a child gets: what a program needs to run at all, and those given. None of this process's own. */
export function cleanVariables(variables: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = ["PATH", "HOME", "TMPDIR"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), BURGEE_TOUR_FOLDER: tourFolder, ...variables };
}

/** Runs an example to its end by tsx, as its page says. */
export function runExample(
  path: string,
  words: readonly string[] = [],
  variables: Readonly<Record<string, string>> = {},
  cwd = root,
): Promise<Ended> {
  const command = [tsx, "--tsconfig", `${root}tsconfig.json`, `${root}examples/${path}`, ...words];
  const child = spawn(process.execPath, command, {
    cwd,
    env: cleanVariables(variables),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
