import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type FleetRun, scaleParts, withParts } from "../../bench/report/scale.js";

const page = readFileSync(new URL("../../docs/guide/scale.md", import.meta.url), "utf8");
const kept: FleetRun = JSON.parse(readFileSync(new URL("../../bench/scale.json", import.meta.url), "utf8"));

const figures = {
  connectionsEach: 2,
  connectionOwnBytes: 1.5e6,
  pollsPerSecondEach: 1,
  pollCostMs: 0.2,
  deliveryMs: 0.8,
  pacedP50: 12.34,
};
const run: FleetRun = {
  measuredAt: "2027-01-02T03:04:05.678Z",
  machine: "a machine",
  settings: { fsync: "on", synchronous_commit: "on" },
  sizes: { instances: 50 },
  figures,
};

/** The cells of the row that begins with this one. */
function row(table: string, first: string): readonly string[] | undefined {
  const rows = table.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  return rows.find((cells) => cells[1] === first)?.slice(2, -1);
}

test("the page holds the figures that are kept, and the arithmetic with them", () => {
  expect(page).toBe(withParts(page, scaleParts(kept)));
});

test("figures stand beside the names by which the arithmetic calls them", () => {
  const { measured } = scaleParts(run);
  expect(measured).toContain("2027-01-02, a machine. fsync is on, synchronous_commit on");
  expect(row(measured, "change to visible, a change every 100 ms: p50")).toEqual(["12.3 ms", "pacedP50"]);
  expect(row(measured, "memory of a connection in the server, its own")).toEqual(["1.50 MB", "connectionOwnBytes"]);
  expect(row(measured, "heap of an instance")).toEqual(["MEASURE(heapBytes)", "heapBytes"]);
});

test("what follows for a fleet is a product", () => {
  const { arithmetic } = scaleParts(run);
  // 2,000 connections, 3 GB, 1,000 polls, 0.2 cores, a tenth of that, 0.8 s, and that on 16 cores.
  const thousand = ["2,000", "3 GB", "1,000", "0.20", "0.02", "0.80 s", "0.05 s"];
  expect(row(arithmetic, "1,000")).toEqual(thousand);
  expect(row(arithmetic, "100,000")).toEqual(["200,000", "300 GB", "100,000", "20", "2", "80 s", "5 s"]);
});

test("relays take the place of instances at the database", () => {
  const { relays } = scaleParts(run);
  expect(row(relays, "1,000")).toEqual(["2", "1.60 ms", "2 MB", "8 ms"]);
  expect(row(relays, "100,000")).toEqual(["10", "8 ms", "200 MB", "160 ms"]);
});

test("without a run every figure is a place to be filled in", () => {
  const { measured, arithmetic, relays } = scaleParts(undefined);
  expect(measured).toContain("MEASURE(machine)");
  expect(row(arithmetic, "50")).toEqual(Array.from({ length: 7 }, () => "MEASURE"));
  expect(row(relays, "1,000")?.[1]).toBe("MEASURE");
});

test("every figure that the page's text names is in its table", () => {
  const names = new Set(scaleParts(run).measured.match(/\w+(?= \|$)/gm));
  const text = page.replace(/<!-- (\w+): begin -->.*?<!-- \1: end -->/gs, "");
  const named = [...text.matchAll(/`([a-z]+(?:Each|Bytes|Ms))`/g)].map(([, name]) => name);
  expect(named).toContain("deliveryMs");
  expect(named.filter((name) => name !== "pollMs" && !names.has(name ?? ""))).toEqual([]);
});

test("a page without the parts is refused by name", () => {
  expect(() => withParts("# A page", { measured: "" })).toThrow('the page has no part "measured"');
  expect(() => withParts("<!-- a: end --><!-- a: begin -->", { a: "" })).toThrow('no part "a"');
});
