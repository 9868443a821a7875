import { describe, expect, it } from "vitest";
import { choosePaint } from "../../examples/tour/paint.js";
import { openScreen, widthOf } from "../../examples/tour/screen.js";
import { tableLines } from "../../examples/tour/table.js";
import { wrap } from "../../examples/tour/wrap.js";
import { flagsWith } from "./documented.js";
import { hasScript, onTerminal, reason } from "./pty.js";

const words = (text: string) => text.split(/\s+/).filter((word) => word !== "");

describe("the width", () => {
  it.each([
    [{ isTTY: true, columns: 40 }, 60],
    [{ isTTY: true, columns: 80 }, 80],
    [{ isTTY: true, columns: 300 }, 120],
    [{ isTTY: true, columns: 0 }, 120],
    [{ isTTY: true }, 120],
    [{ columns: 80 }, 120],
    [{}, 120],
  ])("of %j is %i", (output, width) => {
    expect(widthOf(output)).toBe(width);
  });

  it("follows a window whose size is changed", () => {
    const output = { isTTY: true, columns: 80, write: () => true };
    const screen = openScreen(output, "1");
    expect(screen.width()).toBe(80);
    output.columns = 100;
    expect(screen.width()).toBe(100);
  });
});

describe("wrap", () => {
  const long = `    refused: ${"a word and another one, ".repeat(20)}the end`;

  it.each([60, 80, 120])("keeps to %i columns, and every word whole", (width) => {
    const wrapped = wrap(long, width);
    expect(wrapped.split("\n").filter((line) => line.length > width)).toEqual([]);
    expect(words(wrapped)).toEqual(words(long));
  });

  it("does not count colours", () => {
    const { green } = choosePaint(true, undefined);
    expect(wrap(green("x".repeat(60)), 60)).toBe(green("x".repeat(60)));
  });

  it("goes on after a word that is longer than a line, and breaks paths between their parts", () => {
    expect(wrap(`it is ${"x".repeat(70)} and so on`, 60).split("\n")).toEqual([
      "it is",
      `      ${"x".repeat(70)}`,
      "      and so on",
    ]);
    const path = "/a-folder".repeat(12);
    expect(
      wrap(`  profile  ${path}`, 60)
        .split("\n")
        .filter((line) => line.length > 60),
    ).toEqual([]);
  });
});

describe("the table", () => {
  const paint = choosePaint(false, undefined);
  const linesAt = async (width: number, variables: Readonly<Record<string, string>> = {}) => {
    const flags = flagsWith(variables);
    const lines = tableLines(flags, { paint, width: () => width });
    await flags.close();
    return lines;
  };
  const wide = { VICTOR_FEATURE_HIERARCHICAL_PLANNING_ENABLED: "true" };

  it("has all its columns at 120", async () => {
    const lines = await linesAt(120, wide);
    expect(words(lines[0] ?? "")).toEqual(["flag", "value", "source", "where", "reason"]);
    expect(lines[1]).toMatch(/VICTOR_FEATURE_HIERARCHICAL_PLANNING_ENABLED +STATIC$/);
  });

  it("loses the reasons first, and says so", async () => {
    const lines = await linesAt(100, wide);
    expect(words(lines[0] ?? "")).toEqual(["flag", "value", "source", "where"]);
    expect(lines[1]).toMatch(/ VICTOR_FEATURE_HIERARCHICAL_PLANNING_ENABLED$/);
    expect(lines.at(-1)).toMatch(/reasons/);
  });

  it("then shortens the places from their beginning", async () => {
    const lines = await linesAt(80, wide);
    expect(lines[1]).toMatch(/ …\w+_PLANNING_ENABLED$/);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it.each([60, 80, 100, 120])("fits in %i columns", async (width) => {
    expect((await linesAt(width, wide)).filter((line) => line.length > width)).toEqual([]);
  });
});

describe.skipIf(!hasScript)(`the tour on terminals of several widths${reason}`, () => {
  it.each([60, 80, 100, 120])("keeps to %i columns, and its log is for people", async (columns) => {
    const terminal = onTerminal(["--once"], { NO_COLOR: "1" }, columns);
    expect(await terminal.ended).toBe(0);
    const lines = terminal.lines();
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    // Nearly all of the width is used, so it is this terminal's.
    expect(Math.max(...lines.map((line) => line.length))).toBeGreaterThan(columns - 12);
    const printed = lines.join("\n");
    expect(printed).toMatch(/^ {2}\[info\] .*26 flags/m);
    expect(printed).toMatch(/^ {2}\[info\] .*dynamic_skills_enabled.*false\s+→\s+true/m);
    expect(lines.filter((line) => line.includes('{"level"') || line.includes('"msg"'))).toEqual([]);
    expect(printed).toMatch(/refused, DEPENDENCY_UNMET[\s\S]*the chain of 5 entries is whole/);
  });
});
