import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "dotenv";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { readDotenvFile } from "../../src/resolvers/dotenv-file.js";

const folder = mkdtempSync(join(tmpdir(), "burgee-dotenv-"));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, ".env");

function read(text: string | Uint8Array) {
  writeFileSync(path, text);
  const file = readDotenvFile(path);
  if (file === undefined) throw new Error("the file was not found");
  return {
    values: Object.fromEntries([...file.variables].map(([name, { value }]) => [name, value])),
    lines: Object.fromEntries([...file.variables].map(([name, { line }]) => [name, line])),
    problems: file.problems.map(({ place, message }) => `${place?.replace(path, ".env")} ${message}`),
    codes: file.problems.map(({ code }) => code),
  };
}

const NOT_A_LINE = "this line is neither blank, nor a comment, nor NAME=value";
const OPEN_QUOTE = "a quote is opened here and never closed";

describe("readDotenvFile", () => {
  it("gives undefined for a file that is missing", () => {
    expect(readDotenvFile(join(folder, "nowhere.env"))).toBeUndefined();
  });

  it("gives values as dotenv reads them, each with its line", () => {
    const text = [
      "# a comment",
      "",
      "A=1",
      "  export B = two words # and a comment",
      "C: three",
      "D='#four'",
      'E="five\\nlines"',
      'F=`it\'s "six"`',
      "G=",
      "H.i-j=dotted",
      "K=a=b",
      "L='x' # comment",
    ].join("\n");
    const { values, lines, problems } = read(text);
    expect(values).toEqual({
      A: "1",
      B: "two words",
      C: "three",
      D: "#four",
      E: "five\nlines",
      F: 'it\'s "six"',
      G: "",
      "H.i-j": "dotted",
      K: "a=b",
      L: "x",
    });
    expect(values).toEqual({ ...parse(text) });
    expect(lines).toMatchObject({ A: 3, B: 4, C: 5, L: 12 });
    expect(problems).toEqual([]);
  });

  it("lets quotes span lines, and counts on behind them", () => {
    const { values, lines, problems } = read('KEY="-----BEGIN\nabc\n-----END"\nNEXT=1\nwrong\n');
    expect(values).toEqual({ KEY: "-----BEGIN\nabc\n-----END", NEXT: "1" });
    expect(lines).toEqual({ KEY: 1, NEXT: 4 });
    expect(problems).toEqual([`.env:5 ${NOT_A_LINE}`]);
  });

  it("takes the last of several lines for one variable", () => {
    expect(read("A=1\nA=2\n")).toMatchObject({ values: { A: "2" }, lines: { A: 2 } });
  });

  it("reads past a byte order mark and carriage returns", () => {
    expect(read("\uFEFFA=1\r\nB='x\r\ny'\r\nC=3\rD=4")).toEqual({
      values: { A: "1", B: "x\ny", C: "3", D: "4" },
      lines: { A: 1, B: 2, C: 4, D: 5 },
      problems: [],
      codes: [],
    });
  });

  it.each([
    ["a word alone", "A=1\nnonsense\n=3\nB=2", [`.env:2 ${NOT_A_LINE}`, `.env:3 ${NOT_A_LINE}`]],
    ["a name with a space", "MY NAME=ana\nA=1\nB=2", [`.env:1 ${NOT_A_LINE}`]],
    ["a colon with nothing after it, which dotenv joins to the next line", "A=1\nC:\nB=2", [`.env:2 ${NOT_A_LINE}`]],
    ["export alone", "A=1\nexport\nB=2", [`.env:2 ${NOT_A_LINE}`]],
    ["a quote that is never closed", 'A=1\nC="open\nB=2', [`.env:2 ${OPEN_QUOTE}`]],
    [
      "a quote closed too late, with more behind it",
      "A=1\nC='open\nclosed' x\nB=2",
      [`.env:2 ${OPEN_QUOTE}`, `.env:3 ${NOT_A_LINE}`],
    ],
  ])("refuses %s, and keeps the other lines", (_, text, expected) => {
    const { values, problems, codes } = read(text);
    expect(problems).toEqual(expected);
    expect(values).toMatchObject({ B: "2" });
    expect(values).not.toHaveProperty("C");
    expect(new Set(codes)).toEqual(new Set(["INVALID_CONFIGURATION"]));
  });

  it("never tells what stands on a malformed line", () => {
    const { problems } = read("sk_live_51Habc\nTOKEN='hunter2\n");
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toMatch(/sk_live|hunter2/);
  });

  it("takes text behind a closed quote as dotenv does", () => {
    const text = 'A="one" and "two"\nB=\'it\'s\nC="x\\" # y\nD="a\\"b"';
    expect(read(text)).toMatchObject({ values: { ...parse(text) }, problems: [] });
  });

  it("cannot read a folder, or what is not UTF-8", () => {
    expect(readDotenvFile(folder)?.problems).toEqual([
      { code: "INVALID_CONFIGURATION", place: folder, message: "is a folder and not a file" },
    ]);
    expect(read(new Uint8Array([0x41, 0x3d, 0xff])).problems).toEqual([
      ".env is not UTF-8 text; save it in that encoding",
    ]);
  });

  it("has no variable that dotenv has not, such as one called __proto__", () => {
    expect(read("__proto__=x\nA=1\n")).toMatchObject({ values: { A: "1" }, problems: [] });
  });

  it("reads an empty file without dotenv", () => {
    expect(read("")).toEqual({ values: {}, lines: {}, problems: [], codes: [] });
  });

  it("agrees with dotenv about every file that is well formed", () => {
    const name = fc.stringMatching(/^[A-Za-z_][\w.-]{0,8}$/).filter((text) => text !== "__proto__");
    const space = fc.constantFrom("", " ", "\t", "  ");
    const plain = fc.stringMatching(/^([\w=:;,.$\\/@-][\w "'`=:;,.$\\/@-]{0,12})?$/);
    const quoted = fc.constantFrom("'", '"', "`").chain((quote) =>
      fc
        .array(fc.constantFrom("a", " ", "\n", "#", "=", "\\n", "\\r", `\\${quote}`, "'", '"', "`", "é", "$x"), {
          maxLength: 10,
        })
        .map((parts) => {
          const inside = parts
            .join("")
            .replaceAll(`\\${quote}`, "\0")
            .replaceAll(quote, "")
            .replaceAll("\0", `\\${quote}`);
          return `${quote}${inside}${quote}`;
        }),
    );
    const comment = fc.constantFrom("", " # a comment", " #it's one");
    const assignment = fc.oneof(
      fc.tuple(fc.constantFrom("", "export "), name, space, fc.constant("="), space, fc.oneof(plain, quoted), comment),
      fc.tuple(name, fc.constantFrom(": ", ":\t"), fc.oneof(plain, quoted), comment),
    );
    const line = fc.oneof(
      {
        weight: 4,
        arbitrary: fc
          .tuple(
            space,
            assignment.map((parts) => parts.join("")),
          )
          .map((parts) => parts.join("")),
      },
      fc.constantFrom("", "   ", "# comment", "  # A=1"),
    );
    const file = fc.tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom("\n", "\r\n"));
    fc.assert(
      fc.property(file, ([lines, end]) => {
        const text = lines.join(end);
        const { values, problems } = read(text);
        expect(problems).toEqual([]);
        expect(values).toEqual({ ...parse(text) });
      }),
      { numRuns: 1500 },
    );
  });

  it("never throws, whatever the file holds", () => {
    const piece = fc.constantFrom("A", "=", ":", " ", "\n", "\r", "'", '"', "`", "#", "\\", "export ", "é", "\u2028");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        for (const [name, value] of Object.entries(read(pieces.join("")).values)) {
          expect(typeof name).toBe("string");
          expect(typeof value).toBe("string");
        }
      }),
      { numRuns: 1000 },
    );
  });
});
