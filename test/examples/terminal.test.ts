import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { cleanVariables, root, tsx } from "./child.js";

/** `script` of util-linux runs a command on a pseudo-terminal; other systems have another `script`, or none. */
const version = spawnSync("script", ["--version"], { encoding: "utf8" });
const hasScript = `${version.stdout}`.includes("util-linux");
const reason = hasScript ? "" : " (skipped: it needs `script` of util-linux)";
if (!hasScript) process.stderr.write(`the tour on a terminal${reason}\n`);

const children: ChildProcess[] = [];
const folders: string[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function copyOfProfile(): string {
  const folder = mkdtempSync(join(tmpdir(), "burgee-tour-"));
  folders.push(folder);
  const path = join(folder, "profiles.yaml");
  copyFileSync(`${root}examples/tour/profiles.yaml`, path);
  return path;
}

/** The tour on a terminal of its own. `see` waits until it has printed something, `type` presses keys. */
function onTerminal(words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const command = [process.execPath, tsx, `${root}examples/tour/main.ts`, ...words]
    .map((word) => `'${word}'`)
    .join(" ");
  // Without exec a shell would stand between, and some shells give 130 after Ctrl-C whatever their child gave.
  const env = cleanVariables({ TERM: "xterm", ...variables });
  const child = spawn("script", ["-qec", `exec ${command}`, "/dev/null"], {
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
  return { see, ended, type: (keys: string) => child.stdin.write(keys), printed: () => printed };
}

describe.skipIf(!hasScript)(`the tour on a terminal${reason}`, () => {
  it("stays, prints what an edit of the profile changes, and ends well at Ctrl-C", async () => {
    const path = copyOfProfile();
    const terminal = onTerminal(["--profile", path], { NO_COLOR: "1" });
    await terminal.see(/Ctrl-C ends/);
    const before = readFileSync(path, "utf8");
    const after = before.replace("multimodal_audio_enabled: false", "multimodal_audio_enabled: true");
    expect(after).not.toBe(before);
    writeFileSync(path, after);
    await terminal.see(/multimodal_audio_enabled {2}false → true/);
    terminal.type("\u0003");
    expect(await terminal.ended).toBe(0);
    expect(terminal.printed()).not.toContain("\u001b");
  });

  it("says what is wrong with an edit, keeps the last good values, and goes on", async () => {
    const path = copyOfProfile();
    const good = readFileSync(path, "utf8");
    const terminal = onTerminal(["--profile", path], { NO_COLOR: "1" });
    await terminal.see(/Ctrl-C ends/);
    writeFileSync(path, good.replace("multimodal_audio_enabled: false", "multimodal_audio_enabled: loudly"));
    await terminal.see(/was not reloaded[\s\S]*profiles\.yaml:\d+:\d+: .*loudly/);
    writeFileSync(path, good.replace("multimodal_audio_enabled: false", "multimodal_audio_enabled: on"));
    await terminal.see(/multimodal_audio_enabled {2}false → true/);
    terminal.type("\u0003");
    expect(await terminal.ended).toBe(0);
  });

  it("is in colour, unless NO_COLOR is set", async () => {
    const colourful = onTerminal(["--once"]);
    expect(await colourful.ended).toBe(0);
    expect(colourful.printed()).toContain("\u001b[32mtrue");
  });

  it("ends by itself with --once", async () => {
    const terminal = onTerminal(["--once"], { NO_COLOR: "1" });
    expect(await terminal.ended).toBe(0);
    expect(terminal.printed()).not.toContain("\u001b");
  });
});
