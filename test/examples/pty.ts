import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { afterEach } from "vitest";
import { cleanVariables, root } from "./child.js";

/** `script` of util-linux runs a command on a pseudo-terminal; other systems have another `script`, or none. */
const version = spawnSync("script", ["--version"], { encoding: "utf8" });
export const hasScript = `${version.stdout}`.includes("util-linux");
export const reason = hasScript ? "" : " (skipped: it needs `script` of util-linux)";
if (!hasScript) process.stderr.write(`the tour on a terminal${reason}\n`);

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** The tour on a terminal of its own. `see` waits until it has printed something, `type` presses keys. */
export function onTerminal(words: readonly string[], variables: Readonly<Record<string, string>> = {}, columns = 120) {
  const command = [process.execPath, "--import", "tsx", `${root}examples/tour/main.ts`, ...words]
    .map((word) => `'${word}'`)
    .join(" ");
  // Without exec a shell would stand between, and some shells give 130 after Ctrl-C whatever their child gave.
  const env = cleanVariables({ TERM: "xterm", ...variables });
  const child = spawn("script", ["-qec", `stty cols ${columns}; exec ${command}`, "/dev/null"], {
    cwd: root,
    env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  children.push(child);
  let printed = "";
  let look = () => {};
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    printed += chunk;
    look();
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const see = (wanted: RegExp) =>
    new Promise<void>((resolve, reject) => {
      look = () => {
        if (wanted.test(printed)) resolve();
      };
      look();
      ended.then((code) => reject(new Error(`ended with ${code} before printing ${wanted}:\n${printed}`)));
    });
  /** What was printed, line by line, without the colours. */
  const lines = () => stripVTControlCharacters(printed).split(/\r*\n/);
  return { see, ended, lines, type: (keys: string) => child.stdin.write(keys), printed: () => printed };
}
