import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { openBackend } from "../../bench/driver/backend.js";
import { runChild } from "../../bench/driver/child.js";
import { closure, type Lock } from "../../bench/driver/footprint.js";
import { parseOptions } from "../../bench/driver/options.js";
import { checkedSection } from "../../bench/driver/own.js";
import { inTurn } from "../../bench/driver/turns.js";
import { problemsOf, refuseLogged, verify } from "../../bench/driver/verify.js";

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}.js`, import.meta.url));

describe("an adapter is verified before it is measured", () => {
  test("one whose answers are right is taken", async () => {
    const verified = await verify("right", fixture("right"), "");
    expect(verified).toEqual({
      name: "right",
      path: fixture("right"),
      info: { title: "right", mode: "sync", note: "no SDK" },
    });
  });

  test("one whose answers are wrong is refused, by name and with every wrong answer", async () => {
    await expect(verify("wrong", fixture("wrong"), "")).rejects.toThrow(
      'adapter "wrong" is refused: W1 is not true but true of text; W2 gives true to 10.0 % of the users, not 25 %; ' +
        "W2 gives false to 90.0 % of the users, not 75 %; W3 gives A to 100.0 % of the users, not 50 %; " +
        "W3 gives B to 0.0 % of the users, not 25 %; W3 gives C to 0.0 % of the users, not 25 %; " +
        "W4 is wrong for 3000 users; W5 is wrong for 500 flags, among them flag-500",
    );
  });

  test("one that cannot be set up says why", async () => {
    await expect(verify("broken", fixture("broken"), "")).rejects.toThrow(
      /broken\.js gave no figures[\s\S]*no such backend/,
    );
  });

  test("one that answers the same user otherwise when it is asked again is refused", async () => {
    await expect(verify("unsteady", fixture("unsteady"), "")).rejects.toThrow(
      'adapter "unsteady" is refused: W2 answers 10000 users otherwise when asked again',
    );
  });

  test("one of burgee is refused where it writes a line of its log; another SDK may", async () => {
    await expect(verify("logging", fixture("logging"), "")).rejects.toThrow(
      'adapter "logging" is refused: it wrote to stderr, which costs time: a variable that no flag has',
    );
    const info = { title: "other", package: "other-sdk", mode: "sync", note: "" } as const;
    expect(() => refuseLogged({ name: "other", path: "", info }, "a line")).not.toThrow();
  });

  test("an answer that nobody asked for is wrong even for one user", () => {
    const w3 = { A: 5_000, B: 2_500, C: 2_499, none: 1 };
    expect(problemsOf({ users: 10_000, w3 })).toEqual(["W3 gives none to 0.0 % of the users, not 0 %"]);
  });

  test("chance is allowed for, and a missing workload is no problem", () => {
    expect(problemsOf({ users: 10_000, w2: { true: 2_300, false: 7_700 } })).toEqual([]);
    expect(problemsOf({ users: 10_000, w2: { true: 2_100, false: 7_900 } })).toHaveLength(2);
    expect(problemsOf({ users: 10_000 })).toEqual([]);
  });
});

test("a round has everybody once, and everybody comes first in some round", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer(), { maxLength: 20 }), fc.nat(50), (all, round) => {
      expect([...inTurn(all, round)].sort()).toEqual([...all].sort());
    }),
    { numRuns: 1_000 },
  );
  const firsts = Array.from({ length: 5 }, (_, round) => inTurn(["a", "b", "c", "d", "e"], round)[0]);
  expect(new Set(firsts).size).toBeGreaterThan(2);
});

test("a measured process has an empty folder and next to no variables, whatever there is here", async () => {
  vi.stubEnv("FLAG_NEW_CHECKOUT", "on");
  vi.stubEnv("NODE_OPTIONS", "--no-warnings");
  try {
    const told = await runChild({ script: fixture("surroundings"), environment: { BENCH_BACKEND: "" } });
    expect(told).toEqual({
      figures: { variables: ["BENCH_BACKEND", "HOME", "NODE_ENV", "PATH"], files: [] },
      problems: "a line for people",
    });
  } finally {
    vi.unstubAllEnvs();
  }
});

test("the options of the command line", () => {
  expect(parseOptions([])).toMatchObject({ rounds: 5, quick: false, own: true, reportOnly: false, only: undefined });
  expect(parseOptions(["--quick"])).toMatchObject({ rounds: 1, quick: true });
  const chosen = parseOptions(["--only", "burgee, flagd", "--rounds", "12", "--no-own"]);
  expect(chosen).toMatchObject({ only: ["burgee", "flagd"], rounds: 12, own: false, reportOnly: false });
  for (const word of ["many", "1e1", "0", "2.5", "-1", " 3", ""])
    expect(() => parseOptions([`--rounds=${word}`])).toThrow(
      `--rounds takes a whole number from 1 to 999, not "${word}"`,
    );
  expect(() => parseOptions(["--quik"])).toThrow("--quik");
});

test("the page is written by a whole run of three rounds or more, and by no other", () => {
  expect(parseOptions([]).writes).toBe(true);
  expect(parseOptions(["--no-own", "--rounds", "3"]).writes).toBe(true);
  for (const words of ["--rounds 2", "--quick", "--quick --rounds 5", "--only burgee"])
    expect(parseOptions(words.split(" ")).writes).toBe(false);
});

test("--report measures nothing, so nothing can be said of how", () => {
  expect(parseOptions(["--report"]).reportOnly).toBe(true);
  for (const words of ["--report --quick", "--only burgee --report", "--report --rounds 5", "--no-own --report"])
    expect(() => parseOptions(words.split(" "))).toThrow("--report measures nothing, and goes with no other option");
});

test("what a script of bench/own prints is a section, or the script is named", () => {
  const section = { title: "t", text: "x", columns: ["a", "b"], rows: [[1, "2"]] };
  expect(checkedSection("sizes.js", section)).toBe(section);
  for (const wrong of [
    undefined,
    { ...section, rows: [[1]] },
    { ...section, title: 1 },
    { ...section, columns: "a" },
  ]) {
    expect(() => checkedSection("sizes.js", wrong)).toThrow("own/sizes.js must print");
  }
});

test("an installation is everything that Node would find from the package", () => {
  const lock: Lock = {
    "node_modules/sdk": {
      dependencies: { a: "1", b: "1" },
      peerDependencies: { peer: "1", maybe: "1" },
      peerDependenciesMeta: { maybe: { optional: true } },
    },
    "node_modules/sdk/node_modules/b": { dependencies: { a: "1" }, optionalDependencies: { gone: "1" } },
    "node_modules/a": { dependencies: { b: "1" } },
    "node_modules/b": { dependencies: { a: "1" } },
    "node_modules/peer": {},
    "node_modules/maybe": {},
    "node_modules/other": {},
  };
  expect(closure(lock, "node_modules/sdk").toSorted()).toEqual([
    "node_modules/a",
    "node_modules/b",
    "node_modules/peer",
    "node_modules/sdk",
    "node_modules/sdk/node_modules/b",
  ]);
});

test("the stand-in server says that nothing has changed", async () => {
  const backend = await openBackend();
  try {
    expect((await fetch(`${backend.address}/api/client/features`)).status).toBe(304);
    expect(await (await fetch(`${backend.address}/api/splitChanges?since=-1`)).json()).toMatchObject({ ff: { d: [] } });
    expect(await (await fetch(`${backend.address}/anything`)).json()).toEqual({});
  } finally {
    backend.close();
  }
});
