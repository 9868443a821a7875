import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runExample } from "../../examples/child.js";
import { findPythons } from "./pythons.js";
import { scratch, writeStandIn } from "./stand-in.js";

const { torch } = await findPythons();
const named: Record<string, string> = process.env.BURGEE_PYTHON ? { BURGEE_PYTHON: process.env.BURGEE_PYTHON } : {};

describe("the example of training", () => {
  it.skipIf(torch === undefined)("trains for real, and writes a line for every twenty steps", async () => {
    const { code, stdout, stderr } = await runExample("training/main.ts", [], named);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^rank 0 of 1 \(single\) holds (\d+) of \1 parameters$/m);
    expect(stdout.match(/^\[.*\] .* % {2}step \d+\/100 {2}loss .* samples\/s {2}.* MB$/gm)).toHaveLength(7);
    expect(stdout).toMatch(
      /^done after step 100 at a loss of 0\.\d+\ncheckpoint of step 100: \d+ bytes\ncheckpoint of step 50: /m,
    );
  });

  it.skipIf(torch === undefined)("trains in two processes where the flag is on", async () => {
    const { code, stdout } = await runExample("training/main.ts", [], { ...named, ENABLE_FSDP: "true" });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^rank 1 of 2 \((ddp|fsdp1|fsdp2)\) holds \d+ of \d+ parameters$/m);
    expect(stdout).toMatch(/^done after step 100/m);
  });

  it("says why it is skipped where there is no torch", async () => {
    const folder = scratch();
    const python = writeStandIn(join(folder, "python"));
    const { code, stdout, stderr } = await runExample("training/main.ts", [], { BURGEE_PYTHON: join(folder, "none") });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^skipped: no Python can be started .*none: it is not there/);
    expect(python).toContain(folder);
  });
});
