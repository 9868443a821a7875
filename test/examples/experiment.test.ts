import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Arm, difference, readArms, unevenness } from "../../examples/experiment/result.js";
import { runExample } from "./child.js";

const STORY = `\
The tester qa-2 gets { model: 'large', temperature: 0 }
held out                         2018
outside its slice of the layer   15186
outside the rollout              4564
takes part                       18232
takes part in answer_length      15186
takes part in both               0

variant      users  helped   against control
control       9085  29.9 %
treatment_a   4593  31.0 %   1.2 ± 1.9 points
treatment_b   4554  34.9 %   5.0 ± 1.9 points
arms as uneven as these: p = 0.83

the large model for 37982 of 40000 users
`;

describe("a three-way experiment", () => {
  it("runs from the testers to the winner, whatever the variables say", async () => {
    const ended = await runExample("experiment/main.ts", [], { FLAG_ANSWER_MODEL: "treatment_a" });
    expect(ended).toEqual({ code: 0, stdout: STORY, stderr: "" });
  });
});

const arm = (users: number, successes: number): Arm => ({ users, successes });

describe("its result", () => {
  it("counts each unit of the flag once, and none that was given two variants", () => {
    const folder = mkdtempSync(join(tmpdir(), "burgee-result-"));
    const path = join(folder, "exposures.jsonl");
    const told = [
      { flag: "model", unit: "u1", variant: "a" },
      { flag: "model", unit: "u2", variant: "a" },
      { flag: "length", unit: "u3", variant: "a" },
      { flag: "model", unit: "u4", variant: "b" },
      { flag: "model", unit: "u1", variant: "a" },
      { flag: "model", unit: "u5", variant: "a" },
      { flag: "model", unit: "u5", variant: "b" },
    ];
    writeFileSync(path, told.map((exposure) => `${JSON.stringify(exposure)}\n`).join(""));
    const arms = readArms(path, "model", (unit) => unit === "u1");
    rmSync(folder, { recursive: true });
    expect([...arms]).toEqual([
      ["a", arm(2, 1)],
      ["b", arm(1, 0)],
    ]);
  });

  it("finds arms that the weights do not explain", () => {
    const arms = (a: number, b: number, c: number) =>
      new Map([a, b, c].map((users, index) => [`v${index}`, arm(users, 0)]));
    const weights = { v0: 2, v1: 1, v2: 1 };
    expect(unevenness(arms(50, 25, 25), weights)).toBe(1);
    // 10²/50 + 5²/25 + 5²/25 = 4, and the p-value of 4 with two degrees of freedom is exp(-4 / 2).
    expect(unevenness(arms(60, 20, 20), weights)).toBeCloseTo(Math.exp(-2), 12);
    expect(unevenness(new Map([["v0", arm(1_000, 0)]]), weights)).toBeLessThan(1e-9);
  });

  it("gives a difference with its margin", () => {
    const { points, margin } = difference(arm(100, 60), arm(100, 40));
    expect(points).toBeCloseTo(20, 10);
    expect(margin).toBeCloseTo(224 * Math.sqrt(0.0048), 10);
  });
});
