import { describe, expect, it } from "vitest";
import { column, columnsOf, cut } from "../../src/flags/columns.js";

describe("columns", () => {
  it("of a text are two for East Asian characters and emoji, none for combining marks", () => {
    expect(["", "abc", "é", "e\u0301", "漢字", "ﾊ", "Ａ", "🦊", "→ █"].map(columnsOf)).toEqual([
      0, 3, 1, 1, 4, 1, 2, 2, 3,
    ]);
  });

  it("are cut where there are too many, with an ellipsis", () => {
    expect(cut("abcdef", 6)).toBe("abcdef");
    expect(cut("abcdefg", 6)).toBe("abcde…");
    expect(cut("漢字漢字", 8)).toBe("漢字漢字");
    expect(cut("漢字漢字", 7)).toBe("漢字漢…");
    expect(cut("漢字漢字", 6)).toBe("漢字…");
    expect(cut("🦊🦊", 3)).toBe("🦊…");
  });

  it("of a table are as wide as the widest text, up to the limit", () => {
    expect(column(["a", "漢字", "abc"], 10)).toEqual(["a   ", "漢字", "abc "]);
    expect(column(["a", "abcdef"], 4)).toEqual(["a   ", "abc…"]);
    expect(column(["1", "100"], 10, "right")).toEqual(["  1", "100"]);
    expect(column([], 10)).toEqual([]);
  });
});
