import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { sourceTree } from "../../architecture/source-tree.js";

const files = new Map(
  sourceTree(fileURLToPath(new URL("../../../src", import.meta.url))).map((file) => [file.path, file]),
);

/** Everything that is loaded with a file, and not later. */
function loadedWith(path: string, seen = new Set<string>()): Set<string> {
  for (const { target, typeOnly, lazy } of files.get(path)?.imports ?? []) {
    if (typeOnly || lazy || seen.has(target)) continue;
    seen.add(target);
    loadedWith(target, seen);
  }
  return seen;
}

describe("the entry of training", () => {
  it("loads nothing that starts processes or reads files before it is called", () => {
    const loaded = loadedWith("services/training/index.ts");
    expect(loaded).toContain("services/training/process-trainer.ts");
    const own = [...loaded].filter((path) => path.startsWith("services/training/"));
    for (const late of ["run-job", "crew", "rank", "interpreter", "checkpoints"])
      expect(own).not.toContain(`services/training/${late}.ts`);
    const builtIn = own.flatMap((path) =>
      (files.get(path)?.imports ?? []).filter(({ target, typeOnly }) => target.startsWith("node:") && !typeOnly),
    );
    expect(builtIn).toEqual([]);
  });

  it("would load them where it ran a job itself", () => {
    expect(loadedWith("services/training/run-job.ts")).toContain("node:child_process");
  });
});
