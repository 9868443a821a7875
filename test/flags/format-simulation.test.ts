import {
  createFlags,
  defineFlags,
  flag,
  formatSimulation,
  type SimulatedPair,
  type Simulation,
  simulate,
} from "burgee";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnsOf } from "../../src/flags/columns.js";
import { association } from "../../src/rules/statistics.js";
import { isolated } from "./fixtures/isolated.js";

const registry = defineFlags({
  new_checkout: flag.boolean({ default: false, rule: { rollout: 10 } }),
  answer_model: flag.experiment({ control: 50, treatment_a: 25, treatment_b: 25 }, { default: "control" }),
  skills: flag.boolean({ default: false, rule: { rollout: 40 } }),
  self_improvement: flag.boolean({ default: true, dependsOn: ["skills"] }),
  greeting: flag.string({ default: "hello" }),
});

const lines = (text: string) => text.split("\n");

/** A simulation of one flag, as plain data. */
function shownFlag(shares: readonly [unknown, number, number][], size = 100): Simulation["flags"][number] {
  const share = (count: number) => ({ count, percentage: (count / size) * 100, low: 0, high: 100 });
  return {
    flag: "x",
    shares: shares.map(([value, before, after]) => ({ value, before: share(before), after: share(after) })),
    moved: share(0),
    flow: [],
    sample: [],
    heldOff: [],
  };
}

function pairOf(table: readonly (readonly number[])[], names: readonly [string, string] = ["x", "y"]): SimulatedPair {
  const found = association(table);
  if (found === undefined) throw new Error("there is nothing to compare");
  return { flags: names, ...found };
}

const show = (simulation: Partial<Simulation>) =>
  formatSimulation({ size: 100, flags: [], alsoMoved: [], pairs: [], ...simulation });

describe("formatSimulation()", () => {
  it("is a screenful for two flags", () => {
    const weights = { control: 1, treatment_a: 1, treatment_b: 1 };
    const result = simulate(registry, { new_checkout: { rollout: 30 }, answer_model: { weights } }, 100_000);
    const text = formatSimulation(result);
    expect(text).toBe(
      `100,000 asked; of each share the 95 % interval; █ as before, ▓ gained, ░ lost

new_checkout: 19,906 move, 19.9 % (19.7 to 20.2)
  true   10.0 % → 29.9 %  (29.7 to 30.2)  29,945  ████▓▓▓▓▓▓▓▓
  false  90.0 % → 70.1 %  (69.8 to 70.3)  70,055  ████████████████████████████░░░░░░░░
  false → true  19,906 (19.9 %): user-2, user-3, user-8, user-16, user-18

answer_model: 24,920 move, 24.9 % (24.7 to 25.2)
  control      50.0 % → 33.4 %  (33.1 to 33.6)  33,352  █████████████░░░░░░░
  treatment_a  25.1 % → 33.4 %  (33.1 to 33.7)  33,420  ██████████▓▓▓
  treatment_b  24.9 % → 33.2 %  (32.9 to 33.5)  33,228  ██████████▓▓▓
  control → treatment_a  16,635 (16.6 %): user-3, user-4, user-6, user-10
  treatment_a → treatment_b  8,285 (8.3 %): user-7

correlations, as far as 100,000 can tell
  new_checkout and answer_model: independent (V 0.005, p 0.277)`,
    );
    expect(lines(text).length).toBeLessThanOrEqual(24);
  });

  it("says who moves along, who is held off, and that nobody moves", () => {
    const result = simulate(registry, { skills: false, self_improvement: { rollout: 100 } }, 10_000);
    expect(lines(formatSimulation(result))).toEqual([
      "10,000 asked; of each share the 95 % interval; █ as before, ▓ gained, ░ lost",
      "",
      "skills: 3,967 move, 39.7 % (38.7 to 40.6)",
      "  true     39.7 % → 0 %  (0 to 0.038)          0  ░░░░░░░░░░░░░░░░",
      "  false  60.3 % → 100 %  (99.962 to 100)  10,000  ████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓",
      "  true → false  3,967 (39.7 %): user-4, user-6, user-8, user-11, user-12",
      "",
      "self_improvement: 3,967 move, 39.7 % (38.7 to 40.6)",
      "  true     39.7 % → 0 %  (0 to 0.038)          0  ░░░░░░░░░░░░░░░░",
      "  false  60.3 % → 100 %  (99.962 to 100)  10,000  ████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓",
      "  true → false  3,967 (39.7 %): user-4, user-6, user-8, user-11, user-12",
      "  held off by skills: 10,000 (100 %)",
      "",
      "move along, for a flag that they depend on does",
      "  self_improvement: 3,967 (39.7 %), true → false",
    ]);
    const still = formatSimulation(simulate(registry, { greeting: "hello" }, 1_000));
    expect(lines(still).slice(2)).toEqual([
      "greeting: nobody moves",
      `  hello  100 % → 100 %  (99.62 to 100)  1,000  ${"█".repeat(40)}`,
    ]);
  });

  it("shows shares near none and all with so many digits that they are not taken for it", () => {
    const text = show({
      flags: [
        shownFlag(
          [
            [true, 0, 12],
            [false, 1_000_000, 999_988],
          ],
          1_000_000,
        ),
      ],
    });
    expect(text).toContain("0 % → 0.0012 %");
    expect(text).toContain("100 % → 99.9988 %");
    const half = show({ flags: [shownFlag([[true, 1, 99]], 200)] });
    expect(half).toContain("0.50 % → 49.5 %");
  });

  it("draws what is as before, gained and lost, in fortieths", () => {
    const bars = (before: number, after: number) =>
      lines(show({ flags: [shownFlag([[1, before, after]])] }))
        .at(-1)
        ?.split("  ")
        .at(-1);
    expect(bars(50, 50)).toBe("█".repeat(20));
    expect(bars(25, 50)).toBe(`${"█".repeat(10)}${"▓".repeat(10)}`);
    expect(bars(50, 25)).toBe(`${"█".repeat(10)}${"░".repeat(10)}`);
    expect(bars(0, 100)).toBe("▓".repeat(40));
  });

  it("counts what it leaves out", () => {
    const share = { count: 1, percentage: 1, low: 0, high: 5 };
    const values = Array.from({ length: 11 }, (_, n): [number, number, number] => [n, 1, 1]);
    const flow = Array.from({ length: 9 }, (_, n) => ({ from: n, to: n + 1, ...share }));
    const moves = Array.from({ length: 8 }, (_, n) => ({ flag: `child_${n}`, moved: share, flow: flow.slice(0, n) }));
    const pairs = Array.from({ length: 7 }, () =>
      pairOf([
        [10, 9],
        [9, 10],
      ]),
    );
    const text = show({ flags: [{ ...shownFlag(values), flow }], alsoMoved: moves, pairs });
    expect(lines(text).filter((line) => line.includes("…"))).toEqual([
      "  … 3 more values",
      "  … 5 more ways to move",
      "  … 2 more flags",
      "  … 1 more pairs, with less of it",
    ]);
    expect(text).toContain("child_0: 1 (1.0 %)\n");
    expect(text).toContain("child_1: 1 (1.0 %), 0 → 1\n");
    expect(text).toContain("child_2: 1 (1.0 %), mostly 0 → 1\n");
  });

  it.each<[number[][], string]>([
    [
      [
        [2500, 2500],
        [2500, 2500],
      ],
      "independent (phi 0.000, p 1.000)",
    ],
    [
      [
        [2700, 2300],
        [2300, 2700],
      ],
      "hardly related, on for the same (phi 0.080, p < 0.001)",
    ],
    [
      [
        [2000, 3000],
        [3000, 2000],
      ],
      "weakly related, on for different ones (phi -0.200, p < 0.001)",
    ],
    [
      [
        [3500, 1500],
        [1500, 3500],
      ],
      "related, on for the same (phi 0.400, p < 0.001)",
    ],
    [
      [
        [5000, 0],
        [0, 5000],
      ],
      "strongly related, on for the same (phi 1.000, p < 0.001)",
    ],
    [
      [
        [5000, 0, 0],
        [0, 2500, 2500],
      ],
      "strongly related (V 1.000, p < 0.001)",
    ],
  ])("puts %j in words", (table, words) => {
    const flags = ["x", "y"].map((name) => ({ ...shownFlag([[true, 1, 1]]), flag: name }));
    expect(lines(show({ flags, pairs: [pairOf(table)] })).at(-1)).toBe(`  x and y: ${words}`);
  });

  it("takes what comes about once in a thousand times by chance for chance", () => {
    const words = (table: number[][]) => lines(show({ pairs: [pairOf(table)] })).at(-1);
    expect(
      words([
        [5163, 5000],
        [5000, 5163],
      ]),
    ).toMatch(/ independent \(phi 0\.016, p 0\.022\)$/);
    expect(
      words([
        [5236, 5000],
        [5000, 5236],
      ]),
    ).toMatch(/ hardly related \(phi 0\.023, p < 0\.001\)$/);
  });

  it("names with each way to move those that go it", () => {
    const share = { count: 1, percentage: 1, low: 0, high: 5 };
    const ways = [
      ["a", "b"],
      ["a", "c"],
      ["b", "c"],
    ] as const;
    const flow = ways.map(([from, to]) => ({ from, to, ...share }));
    const sample = [...flow].reverse().map(({ from, to }) => ({ unit: `${from}-${to}`, from, to }));
    const text = lines(show({ flags: [{ ...shownFlag([["a", 1, 1]]), flow, sample }] }));
    expect(text.slice(-3)).toEqual(["  a → b  1 (1.0 %): a-b", "  a → c  1 (1.0 %): a-c", "  b → c  1 (1.0 %): b-c"]);
  });

  it("speaks of the same and of different ones only where both flags are on or off", () => {
    const named = { ...shownFlag([["control", 1, 1]]), flag: "y" };
    const text = show({
      flags: [shownFlag([[true, 1, 1]]), named],
      pairs: [
        pairOf([
          [9, 0],
          [0, 900],
        ]),
      ],
    });
    expect(lines(text).at(-1)).toBe("  x and y: strongly related (phi 1.000, p < 0.001)");
  });

  it("tells the strongest correlations first", () => {
    const pairs = [
      pairOf(
        [
          [60, 40],
          [40, 60],
        ],
        ["a", "b"],
      ),
      pairOf(
        [
          [90, 10],
          [10, 90],
        ],
        ["c", "d"],
      ),
    ];
    const [, first] = lines(show({ pairs }))
      .filter((line) => line !== "")
      .slice(1);
    expect(first).toMatch(/^ {2}c and d/);
  });

  it("stays within 100 columns and on its lines, whatever the names, values and units are", () => {
    const odd = fc.string({
      unit: fc.constantFrom("a", "漢", "🦊", "\u001b", "\n", "é", "\u202e", " "),
      maxLength: 150,
    });
    const name = fc.stringMatching(/^[a-z]{1,120}$/);
    fc.assert(
      fc.property(odd, odd, odd, name, name, (value, other, unit, one, two) => {
        const rules = { [one]: { rollout: 50, serve: value }, [two]: { rollout: 50, serve: other } };
        const loose = defineFlags({ [one]: flag.string({ default: "" }), [two]: flag.string({ default: "x" }) });
        const people = [{ userId: unit }, { userId: `${unit}1` }, { userId: "2" }, { userId: "3" }];
        const result = simulate(loose, rules, people);
        const text = formatSimulation(result);
        for (const line of lines(text)) expect(columnsOf(line)).toBeLessThanOrEqual(100);
        expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
        expect(lines(text).length).toBeLessThan(30);
      }),
      { numRuns: 1_000 },
    );
  });

  it("writes control and formatting characters as JSON does, wherever they stand", () => {
    const odd = "a\u009b2J\u202e\u2028\u{e0001}";
    const loose = { ...shownFlag([[odd, 50, 50]]), flag: odd };
    const all = { count: 9, percentage: 9, low: 0, high: 100 };
    const flow = [{ from: odd, to: "b", ...all }];
    const sample = [{ unit: "x\u202ey", from: odd, to: "b" }];
    const alsoMoved = [{ flag: odd, moved: all, flow }];
    const text = show({ flags: [{ ...loose, moved: all, flow, sample, heldOff: [{ by: odd, ...all }] }], alsoMoved });
    expect(text).toContain(": x\\u202ey");
    expect(text).toContain("held off by a\\u009b2J\\u202e\\u2028\\udb40\\udc01: 9");
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  it("prints a simulation of flags as one of a registry", async () => {
    const flags = createFlags(registry, isolated);
    const rules = { new_checkout: { rollout: 30 } };
    expect(formatSimulation(simulate(flags, rules, 500))).toBe(formatSimulation(simulate(registry, rules, 500)));
    await flags.close();
  });
});
