import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { type Import, importsOf } from "../architecture/source-tree.js";

/** The folder of the build that the budgets are held against. Throws where it could not be built. */
export function built(): string {
  const given = inject("built");
  if ("problem" in given) throw new Error(given.problem);
  return given.folder;
}

/** The path of one of the programs. */
export function programPath(name: string): string {
  return join(built(), "programs", name);
}

/** The built files that an entry needs, by their names without `.js`: itself, and the chunks that it imports. */
export function filesOf(name: string): readonly string[] {
  const files = new Set([name]);
  for (const file of files) {
    const chunks = importsIn(file).filter(({ own, lazy }) => own && !lazy);
    for (const { target } of chunks) files.add(target.replace(/\.ts$/, ""));
  }
  return [...files];
}

/** The text of a built file, by its name without `.js`. */
export function textOf(file: string): Buffer {
  return readFileSync(join(built(), "dist", `${file}.js`));
}

/** What a built file imports. */
export function importsIn(file: string): readonly Import[] {
  return importsOf(`${file}.js`, textOf(file).toString("utf8"));
}

/** Runs a command in the folder of the build, as in production, and gives what it prints. */
export function run(command: string, words: readonly string[], more: Record<string, string> = {}): string {
  return execFileSync(command, words, {
    cwd: built(),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1", NODE_ENV: "production", ...more },
    encoding: "utf8",
    stdio: "pipe",
    maxBuffer: 2 ** 28,
  });
}

/** The JSON that a program's last line is. */
export function lastLine<T>(said: string): T {
  return JSON.parse(said.trimEnd().split("\n").at(-1) ?? "");
}

/** What a program measured, in a process of its own that is started with these words of Node's, and these of its own. */
export function figures<T>(name: string, words: readonly string[], own: readonly string[] = []): T {
  return lastLine(run(process.execPath, [...words, programPath(name), ...own]));
}

/** Every script that V8 itself saw run in a program, as an URL: ES modules and CommonJS alike. */
export function scriptsOf(name: string, word: string): { readonly said: string; readonly urls: readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), "burgee-scripts-"));
  try {
    const said = run(process.execPath, [programPath(name), word], { NODE_V8_COVERAGE: folder });
    const reports = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
    const urls = reports.flatMap(({ result }) => result.map(({ url }: { url: string }) => url));
    return { said, urls };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
