import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";

const failure = vi.hoisted(() => ({ code: undefined as string | undefined, throws: false }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return {
    ...fs,
    readFileSync: (path: string) => {
      if (failure.throws) throw Object.assign(new Error("secret detail"), { code: failure.code });
      return fs.readFileSync(path);
    },
  };
});
const { readTextFile } = await import("../../src/resolvers/text-file.js");

const folder = mkdtempSync(join(tmpdir(), "burgee-text-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("readTextFile", () => {
  it("reads UTF-8 and drops a byte order mark", () => {
    const path = join(folder, "a.txt");
    writeFileSync(path, "\uFEFFgrün");
    expect(readTextFile(path)).toEqual({ text: "grün" });
  });

  it("gives undefined for a missing file and for a link that leads nowhere", () => {
    symlinkSync(join(folder, "nowhere"), join(folder, "link"));
    expect(readTextFile(join(folder, "missing"))).toBeUndefined();
    expect(readTextFile(join(folder, "link"))).toBeUndefined();
  });

  it("says why a file cannot be read", () => {
    writeFileSync(join(folder, "latin1"), Buffer.from("grün", "latin1"));
    expect(readTextFile(folder)).toEqual({ problem: "is a folder and not a file" });
    expect(readTextFile(join(folder, "latin1"))).toEqual({ problem: "is not UTF-8 text; save it in that encoding" });
  });

  it.each([
    ["EACCES", "may not be read by this process (EACCES); look at its permissions"],
    ["EPERM", "may not be read by this process (EPERM); look at its permissions"],
    ["EIO", "cannot be read (EIO)"],
    [undefined, "cannot be read (for a reason that the system does not give)"],
  ])("puts %s in words", (code, problem) => {
    Object.assign(failure, { code, throws: true });
    expect(readTextFile("any")).toEqual({ problem });
    failure.throws = false;
  });
});
