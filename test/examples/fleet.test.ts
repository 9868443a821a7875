import { beforeAll, describe, expect, it } from "vitest";
import { isAgreement } from "../../examples/fleet/fleet.js";
import type { Decided } from "../../examples/fleet/messages.js";
import { type Ended, runExample } from "./child.js";

let ended: Ended;
let rows: { what: string; cells: string[] }[];
beforeAll(async () => {
  ended = await runExample("fleet/main.ts");
  rows = ended.stdout
    .split("\n")
    .filter((line) => /^ *\d+\.\d s /.test(line))
    .map((line) => line.trim().split(/ {2,}/))
    .map(([, what = "", ...cells]) => ({ what, cells }));
});

/** What the four instances showed after an event. */
const cellsAfter = (what: RegExp) => rows.find((row) => what.test(row.what))?.cells;

describe("the fleet", () => {
  it("ends well, and says nothing on stderr", () => {
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(/^all agree$/m);
  });

  it("agrees on a rollout of 0, 25 and 100 %, whichever instance sets it", () => {
    expect(cellsAfter(/flag is off/)).toEqual(Array(4).fill("0 on, r0"));
    const quarter = cellsAfter(/25 %/);
    expect(new Set(quarter).size).toBe(1);
    expect(quarter?.[0]).toMatch(/^2[0-9]{2} on, r1$/);
    expect(cellsAfter(/100 %/)).toEqual(Array(4).fill("1000 on, r2"));
  });

  it("misses the process that is killed, and has another that agrees", () => {
    expect(cellsAfter(/kill -9/)).toEqual(["1000 on, r2", "-", "1000 on, r2", "1000 on, r2"]);
    expect(cellsAfter(/takes its place/)).toEqual(Array(4).fill("1000 on, r2"));
  });

  it("goes on without the database, refuses commands, and kills where it must", () => {
    expect(cellsAfter(/PostgreSQL is stopped/)).toEqual(Array(4).fill("1000 on, r2 stale"));
    expect(cellsAfter(/50 %: STORE_UNAVAILABLE/)).toEqual(Array(4).fill("1000 on, r2 stale"));
    expect(cellsAfter(/local: true/)).toEqual([...Array(3).fill("1000 on, r2 stale"), "0 on, r2 stale"]);
  });

  it("agrees again when the database is back, and has the kill everywhere", () => {
    expect(cellsAfter(/PostgreSQL is back/)).toEqual(Array(4).fill("0 on, r3"));
    expect(cellsAfter(/revives/)).toEqual(Array(4).fill("1000 on, r4"));
  });

  it("tells what each decided throughout, and that nobody failed", () => {
    const accounts = [
      ...ended.stdout.matchAll(/^instance (\d): (.*) users on; ([\d,]+) decisions, (\d+) rounds failed$/gm),
    ];
    expect(accounts.map(([, name, , , failures]) => [name, failures])).toEqual(
      [1, 2, 3, 4].map((name) => [`${name}`, "0"]),
    );
    for (const [, name, path, decisions] of accounts) {
      expect(path).toMatch(name === "2" ? /^1000 → 0 → 1000$/ : /^0 → 2\d\d → 1000 → 0 → 1000$/);
      expect(Number(decisions?.replaceAll(",", ""))).toBeGreaterThan(10_000);
    }
  });
});

describe("agreement", () => {
  const one: Decided = { on: 250, who: "a1", revision: 3, state: "ready", localKills: [] };

  it.each<[string, readonly (Decided | undefined)[], boolean]>([
    ["the same users at one revision", [one, { ...one }], true],
    ["as many users, but others", [one, { ...one, who: "b2" }], false],
    ["another revision", [one, { ...one, revision: 2 }], false],
    ["one that is stale", [one, { ...one, state: "stale" }], false],
    ["all stale", [{ ...one, state: "stale" }], false],
    ["one that does not run", [undefined, one], false],
  ])("%s", (_title, decided, expected) => {
    expect(isAgreement(decided)).toBe(expected);
  });
});
