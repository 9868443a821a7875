import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import type { Packed } from "./pack.js";

/** The tarball and the project it is installed in. Throws where it could not be built, packed or installed. */
export function packed(): Packed {
  const given = inject("packed");
  if ("problem" in given) throw new Error(given.problem);
  return given;
}

/** Runs Node in the stranger's project, and gives what it prints. */
export function node(...words: string[]): string {
  return execute(words, {});
}

/** The names of the packages whose files a program loads, burgee's included, sorted. */
export function packagesLoadedBy(...words: string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "burgee-loaded-"));
  try {
    // V8's own list of the scripts that ran, be they ES modules or CommonJS.
    execute(words, { NODE_V8_COVERAGE: folder });
    const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
    const urls: string[] = reports.flatMap(({ result }) => result.map(({ url }: { url: string }) => url));
    const names = urls.map((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]);
    return [...new Set(names.filter((name) => name !== undefined))].sort();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function execute(words: readonly string[], more: Record<string, string>): string {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1", ...more };
  try {
    return execFileSync(process.execPath, words, {
      cwd: packed().stranger,
      env,
      encoding: "utf8",
      stdio: "pipe",
    }).trim();
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`"node ${words.join(" ")}" failed\n${stdout}\n${stderr}`);
  }
}
