import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cleanVariables, root } from "../../examples/child.js";
import { findPythons } from "./pythons.js";
import { isAlive, scratch, writeStandIn } from "./stand-in.js";

const { torch } = await findPythons();
const program = fileURLToPath(new URL("programs/short-lived-parent.ts", import.meta.url));

/** Kills the parent of ranks that run, and gives their processes. */
async function orphans(...words: readonly string[]): Promise<readonly number[]> {
  const command = ["--import", `${root}node_modules/tsx/dist/esm/index.mjs`, program, ...words];
  const parent = spawn(process.execPath, command, {
    cwd: root,
    env: { ...cleanVariables(), TSX_TSCONFIG_PATH: `${root}tsconfig.json` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface(parent.stdout), "line");
  const pids: unknown = JSON.parse(line);
  expect(pids).toEqual([expect.any(Number), expect.any(Number)]);
  if (!Array.isArray(pids)) throw new Error("no processes");
  expect(pids.every(isAlive)).toBe(true);
  parent.kill("SIGKILL");
  await once(parent, "exit");
  return pids;
}

const untilGone = { timeout: 20_000, interval: 50 };

describe("the ranks of a parent that was killed", () => {
  it("read the end of their stdin, and end, though they take no signal", async () => {
    const folder = scratch();
    const pids = await orphans(writeStandIn(join(folder, "python")), folder);
    await expect.poll(() => pids.some(isAlive), untilGone).toBe(false);
  });

  it.skipIf(torch === undefined)("end for real, in the middle of a step", async () => {
    const pids = await orphans(torch?.python ?? "", join(scratch(), "kept"), "step", "ddp");
    await expect.poll(() => pids.some(isAlive), untilGone).toBe(false);
  });
});
