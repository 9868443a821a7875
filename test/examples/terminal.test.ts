import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { root } from "./child.js";
import { hasScript, onTerminal, reason } from "./pty.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function copyOfProfile(): string {
  const folder = mkdtempSync(join(tmpdir(), "burgee-tour-"));
  folders.push(folder);
  const path = join(folder, "profiles.yaml");
  copyFileSync(`${root}examples/tour/profiles.yaml`, path);
  return path;
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
    expect(
      terminal
        .lines()
        .filter((line) => line !== "")
        .at(-1),
    ).toBe("stopped; the flags are closed");
    expect(terminal.printed()).not.toContain("\u001b");
  });

  it("says what is wrong with an edit, keeps the last good values, and goes on", async () => {
    const path = copyOfProfile();
    const good = readFileSync(path, "utf8");
    const terminal = onTerminal(["--profile", path], { NO_COLOR: "1" });
    await terminal.see(/Ctrl-C ends/);
    writeFileSync(path, good.replace("multimodal_audio_enabled: false", "multimodal_audio_enabled: loudly"));
    await terminal.see(/RELOAD_FAILED[\s\S]*profiles\.yaml:\d+:\d+:[\s\S]*loudly/);
    writeFileSync(path, good.replace("multimodal_audio_enabled: false", "multimodal_audio_enabled: on"));
    await terminal.see(/multimodal_audio_enabled {2}false → true/);
    terminal.type("\u0003");
    expect(await terminal.ended).toBe(0);
  });

  it("refuses a profile that was cut off before its end marker, and takes the whole one", async () => {
    const path = copyOfProfile();
    const good = readFileSync(path, "utf8");
    const edited = good.replace("multimodal_audio_enabled: false", "multimodal_audio_enabled: true");
    const terminal = onTerminal(["--profile", path], { NO_COLOR: "1" });
    await terminal.see(/Ctrl-C ends/);
    // Cut at the end of a line, where what is left is good YAML.
    writeFileSync(path, edited.slice(0, edited.indexOf("  dynamic_personas_enabled")));
    await terminal.see(/RELOAD_FAILED/);
    expect(terminal.printed()).not.toContain("multimodal_audio_enabled  false → true");
    writeFileSync(path, edited);
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
