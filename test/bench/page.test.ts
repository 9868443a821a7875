import { expect, test } from "vitest";
import { number, table, times } from "../../bench/report/markdown.js";
import { page } from "../../bench/report/page.js";
import type { OwnRun, SideBySide } from "../../bench/report/results.js";
import { run } from "./run.js";

const own: OwnRun = {
  measuredAt: "2026-02-03T04:05:06.000Z",
  machine: { ...run.machine, cpu: "Another CPU" },
  sections: [
    {
      title: "By size",
      text: "The same flag among more and more.",
      columns: ["flags", "ns", "note"],
      rows: [
        [10, 7.25, "a | b"],
        [100_000, 7.5, "–"],
      ],
    },
  ],
};

const text = page(run, own);
const line = (start: string, of = text) => of.split("\n").find((candidate) => candidate.startsWith(start));

test("the summary says what the figures say", () => {
  expect(text).toContain("One evaluation by burgee takes 2 to 4 times as long as the fastest code written by hand");
  expect(text).toContain("Beside code that computes nothing beforehand, the raw floor, it takes 2 times as long.");
  expect(text).toContain("The fastest other SDK for the same question takes 5 times as long as burgee.");
  expect(text).toContain("burgee allocates 0 bytes for a call of W1 to W4 at most.");
  expect(line("| W1: ")).toBe("| W1: a constant boolean | 2 × | 2 × | fast | 5 × |");
  expect(line("| W2: ")).toBe("| W2: a rollout of 25 % | 4 × | 2 × | fast | 5 × |");
  expect(line("| W5: ")).toBe("| W5: 1,000 flags at once | 4 × | 2 × | fast | 5 × |");
});

test("the summary hides nothing: where another SDK is better, the ratio is below 1", () => {
  expect(line("| cold start")).toBe("| cold start, 100 flags | 11 × | 11 × | fast | 0.50 × |");
  expect(line("| heap")).toBe("| heap, 10,000 flags | – | – | slow & steady | 0.25 × |");
});

test("each row has the time of every workload beside the raw floor's", () => {
  expect(line("| **burgee** | value |")).toBe(
    "| **burgee** | value | 20 | 2 × | 20 | 2 × | 20 | 2 × | 20 | 2 × | 2 | 2 × |",
  );
  expect(line("| slow & steady | promise |")).toContain("| 5,000 | 500 × |");
});

test("there are the spread of the rounds, the bytes, the cold starts, the heap and the packages", () => {
  expect(text).toContain("| **burgee** | 10 … 30 | 10 … 30 | 10 … 30 | 10 … 30 | 1 … 3 |");
  expect(text).toContain("| **burgee** | 0 | 0 | 0 | 0 |");
  expect(text).toContain("| **burgee** | 9 | 22 | 20 … 24 |");
  expect(text).toContain("| **burgee, full** | 0.10 |\n| slow & steady | 0.50 |");
  expect(text).toContain("| burgee | 0.1.0 | 5 | 1 |\n| slow-sdk | 1.2.3 | 30 | 9 |");
});

test("machine, versions, command and date are there", () => {
  expect(text).toContain(
    "2026-01-02T03:04:05.000Z, A CPU, 2 cores, 8 GiB of memory, Linux x64, Node v20.19.0 (V8 11.3)",
  );
  expect(text).toContain("```sh\nnpm run bench\n```");
  expect(text).toContain("| fast | fast-sdk | 4.5.6 | how fast is asked |");
});

test("a section of burgee alone is a heading, its text and its table, with its own date and machine", () => {
  expect(text).toContain(
    [
      "## By size",
      "",
      "The same flag among more and more.",
      "",
      "| flags | ns | note |",
      "| --: | --: | --- |",
      "| 10 | 7.25 | a \\| b |",
      "| 100,000 | 7.50 | – |",
    ].join("\n"),
  );
  expect(text).toContain("- The sections of burgee alone: 2026-02-03T04:05:06.000Z, Another CPU");
  expect(page(run, undefined)).not.toContain("sections of burgee alone");
});

test("the raw figures can be read back", () => {
  const json = /```json\n(?<raw>[\s\S]*?)\n```/.exec(text)?.groups?.raw ?? "";
  const raw = JSON.parse(json);
  expect(Object.keys(raw)).toEqual(run.measured.map(({ name }) => name));
  expect(raw.burgee.rounds).toEqual(run.measured[1]?.rounds);
});

test("a run without burgee, or without anything, still makes a page", () => {
  const nothing: SideBySide = { ...run, measured: [] };
  expect(page(nothing, undefined)).toContain("| W1: a constant boolean | – | – | – | – |");
  expect(page(nothing, undefined)).not.toContain("One evaluation by burgee");
});

test("numbers have three digits that matter, and thousands apart", () => {
  const written = [0, 7, 7.254, 72.54, 725.4, 7_254.4, 1_000_000, undefined, Number.POSITIVE_INFINITY].map(number);
  expect(written).toEqual(["0", "7", "7.25", "72.5", "725", "7,254", "1,000,000", "–", "–"]);
  expect([times(0.031), times(undefined)]).toEqual(["0.03 ×", "–"]);
});

test("a cell cannot break its table", () => {
  expect(table(["a"], [["x | y\nz"]])).toBe("| a |\n| --- |\n| x \\| y z |");
});
