import { describe, expect, it } from "vitest";
import { type Fault, YamlFile } from "../../src/resolvers/yaml-file.js";

function data(text: string) {
  const yaml = new YamlFile(text);
  const faults: Fault[] = [];
  const value = yaml.data(yaml.root, faults);
  const complaints = [...yaml.faults, ...faults].map(({ offset, message }) => `${yaml.place(offset)} ${message}`);
  return { value, complaints };
}

/** So many lines, each one column further right. */
function indented(lines: number, text: string): string {
  return Array.from({ length: lines }, (_, column) => `${" ".repeat(column)}${text}\n`).join("");
}

describe("YamlFile", () => {
  it("reads plain data", () => {
    const text = "a: 1\nb: [x, 2.5, true, null, { c: '' }]\nd: |\n  two\n  lines\non: yes\n";
    expect(data(text)).toEqual({
      value: { a: 1, b: ["x", 2.5, true, null, { c: "" }], d: "two\nlines\n", on: "yes" },
      complaints: [],
    });
    expect(data("")).toEqual({ value: null, complaints: [] });
  });

  it("resolves an alias to the last anchor of its name that has ended", () => {
    expect(data("- &a 1\n- *a\n- &a { b: 2 }\n- [*a, &c x, *c]\n").value).toEqual([
      1,
      1,
      { b: 2 },
      [{ b: 2 }, "x", "x"],
    ]);
    expect(data("- *a\n- &a 1\n").complaints).toEqual(["1:3 no anchor `&a` ends before this alias"]);
    expect(data("- &a [1, *a]\n").complaints).toEqual(["1:10 no anchor `&a` ends before this alias"]);
  });

  it("merges: own keys first, then earlier sources before later ones", () => {
    const text =
      "a: &a { x: 1, y: 1 }\nb: &b { y: 2, z: 2 }\nc: { z: 3, <<: [*a, *b] }\nd: { <<: *b, <<: *a, y: 4 }\ne: { <<: { q: 5 } }\n";
    expect(data(text)).toMatchObject({
      value: { c: { x: 1, y: 1, z: 3 }, d: { x: 1, y: 4, z: 2 }, e: { q: 5 } },
      complaints: [],
    });
  });

  it("takes a quoted << for a key like any other, and a bare one in YAML 1.1 for a merge", () => {
    expect(data('"<<": 1\n').value).toEqual({ "<<": 1 });
    expect(data("%YAML 1.1\n---\na: &a { x: yes }\nb: { <<: *a }\n")).toEqual({
      value: { a: { x: true }, b: { x: true } },
      complaints: [],
    });
  });

  it("refuses to merge what is no mapping", () => {
    const message = "`<<` needs the alias of a mapping, or a list of such aliases";
    expect(data("a: &a 1\nb: { <<: *a }\n").complaints).toEqual([`2:10 ${message}`]);
    expect(data("b: { <<: *nowhere }\n").complaints).toEqual([`1:10 ${message}`]);
    expect(data("b: { <<: }\n").complaints).toEqual([`1:10 ${message}`]);
    expect(data("b: { <<: [] }\n").complaints).toEqual([`1:10 ${message}`]);
  });

  it("refuses keys that are no text, and keys written twice", () => {
    const keys = ["1: x", "true: x", "~: x", "[a]: x", ": x", "? { a: 1 }\n: x"];
    for (const text of keys)
      expect(data(text).complaints).toEqual([expect.stringContaining("a key must be a text; put it in quotes")]);
    expect(data("a: &a k\n*a : 1\n").complaints).toEqual(["2:1 a key must be a text; put it in quotes"]);
    expect(data("a: 1\nb: 1\n'a': 2\na: 3\n").complaints).toEqual([
      '3:1 the key "a" is written twice; it stands in line 1 already',
      '4:1 the key "a" is written twice; it stands in line 1 already',
    ]);
  });

  it.each([2, 16, 17, 100])("reads a mapping of %i names in their order, each once", (count) => {
    const names = Array.from({ length: count }, (_, index) => `name_${index}`);
    const lines = names.map((name) => `${name}: { of: ${name} }\n`).join("");
    expect(data(lines)).toEqual({ value: Object.fromEntries(names.map((of) => [of, { of }])), complaints: [] });
    expect(Object.keys(data(lines).value as object)).toEqual(names);
    expect(data(`${lines}name_1: x\n`).complaints).toEqual([
      `${count + 1}:1 the key "name_1" is written twice; it stands in line 2 already`,
    ]);
  });

  it("tells of a bad source wherever it is merged", () => {
    expect(data("a: &a { x: 1, x: 2 }\nb: { <<: *a }\n").complaints).toEqual([
      '1:15 the key "x" is written twice; it stands in line 1 already',
      '1:15 the key "x" is written twice; it stands in line 1 already',
    ]);
  });

  it("refuses kinds of value that only YAML has", () => {
    const message = "this is a kind of value that YAML knows and flags do not; put it in quotes";
    expect(data("%YAML 1.1\n---\n- 2020-01-01\n- !!omap [a: 1]\n").complaints).toEqual([
      `3:3 ${message}`,
      `4:11 ${message}`,
    ]);
    expect(data("- !!set { a }\n").complaints).toEqual([expect.stringContaining("1:3 a tag")]);
  });

  it.each<[string, (depth: number) => string, string]>([
    ["brackets", (depth) => "[".repeat(depth), "1:101"],
    ["brackets that are closed", (depth) => `${"[".repeat(depth)}${"]".repeat(depth)}`, "1:101"],
    ["braces", (depth) => "{a: ".repeat(depth), "1:401"],
    ["brackets as keys", (depth) => `${"[".repeat(depth)}a${"]: b".repeat(depth)}`, "1:101"],
    ["pairs in brackets", (depth) => "[a: ".repeat(depth), "1:401"],
    ["indentation", (depth) => indented(depth, "a:"), "101:101"],
    ["indentation that ends at once", (depth) => `${indented(depth, "a:")}b: 1\n`, "101:101"],
    ["indented keys with a question mark", (depth) => indented(depth, "?"), "101:101"],
    ["indented lists", (depth) => indented(depth, "-"), "101:101"],
    ["lists on one line", (depth) => "- ".repeat(depth), "1:201"],
    ["keys on one line", (depth) => "a: ".repeat(depth), "1:301"],
    ["question marks", (depth) => "? ".repeat(depth), "1:201"],
    ["colons", (depth) => ": ".repeat(depth), "1:201"],
    ["a mix of them", (depth) => "- [{a: ".repeat(depth), "1:347"],
  ])("refuses deep nesting by %s before it is read: one fault, at one place", (_, text, place) => {
    for (const depth of [101, 3_000])
      expect(new YamlFile(text(depth)).faults.map(({ message }) => message)).toEqual([
        "this is nested more than 100 levels deep",
      ]);
    expect(data(text(3_000)).complaints).toEqual([`${place} this is nested more than 100 levels deep`]);
  });

  it("refuses nesting that would be too deep for the parser's stack many times over", () => {
    const opened = new YamlFile(`feature_flags: ${"[".repeat(20_000)}`);
    expect(opened.faults).toHaveLength(1);
    expect(opened.root).toBeNull();
    const valid = new YamlFile(`a: @\nb: 1\n${indented(5_000, "c:")}`);
    expect(valid.faults.map(({ message }) => message)).toEqual(["this is nested more than 100 levels deep"]);
  });

  it("refuses pairs in brackets that come to more levels than there are brackets", () => {
    const text = (depth: number) => `${"[a: ".repeat(depth)}1${"]".repeat(depth)}`;
    expect(data(text(50)).complaints).toEqual([]);
    expect(data(text(51)).complaints).toEqual(["1:202 this is nested more than 100 levels deep"]);
  });

  it("says where things stand after a quote that is never closed", () => {
    const text = 'a: [1\nb: "open\nc: "x"\nd: 1\ne: {}\n  x';
    const yaml = new YamlFile(text);
    expect(yaml.faults).not.toEqual([]);
    for (const line of ["b", "c", "d", "e"]) {
      const at = text.indexOf(`\n${line}:`) + 1;
      expect(yaml.place(at)).toBe(`${text.slice(0, at).split("\n").length}:1`);
    }
  });

  it("reads what is nested 100 levels deep, and what only looks like deep nesting", () => {
    const brackets = "[".repeat(500);
    const quoted = `a: "${brackets}"\nb: '${brackets}'\nc: x${brackets}\n`;
    expect(data(quoted)).toEqual({ value: { a: brackets, b: brackets, c: `x${brackets}` }, complaints: [] });
    expect(data(`# ${brackets}\na: 1 # ${brackets}\n`)).toEqual({ value: { a: 1 }, complaints: [] });
    const block = `${indented(300, "- [")}`;
    expect(data(`a: |1\n${block.replace(/^/gm, " ").trimEnd()}\n`)).toEqual({ value: { a: block }, complaints: [] });
    expect(data(`a:\n${" ".repeat(500)}b: 1\n`)).toEqual({ value: { a: { b: 1 } }, complaints: [] });
    const wide = `a: [${"[], ".repeat(500)}]\nb: ${"[".repeat(99)}${"]".repeat(99)}\n`;
    expect(data(wide).complaints).toEqual([]);
    expect(data(`${indented(100, "a:").trimEnd()} 1\n`).complaints).toEqual([]);
    expect(data(`${"- ".repeat(100)}1\n`).complaints).toEqual([]);
  });

  it("refuses a second document, and only then", () => {
    expect(data("a: 1\n---\nb: 2\n").complaints).toEqual([
      "2:1 a profile is one document; take the `---` and all that follows it away",
    ]);
    expect(data("%YAML 1.2\n---\na: 1\n...\n").complaints).toEqual([]);
  });

  it("stops where merge keys multiply without end, and where they are chained without end", () => {
    const twice = Array.from(
      { length: 30 },
      (_, i) => `a${i + 1}: &a${i + 1} { l: { <<: *a${i} }, r: { <<: *a${i} } }`,
    );
    const { complaints } = data(["a0: &a0 { k: 1 }", ...twice].join("\n"));
    expect(new Set(complaints).size).toBe(1);
    expect(complaints[0]).toMatch(/^\d+:\d+ aliases multiply this file into more than 1,000,000 values$/);

    const chain = Array.from({ length: 300 }, (_, i) => `  - &a${i + 1} { <<: *a${i} }`);
    const yaml = new YamlFile(["x:", "  - &a0 { k: 1 }", ...chain, "y: { <<: *a300 }"].join("\n"));
    const top = yaml.mapping(yaml.root);
    const last = top === undefined ? undefined : yaml.mapping(yaml.members(top).byName.get("y")?.value);
    expect(last === undefined ? [] : yaml.members(last).faults.map(({ message }) => message)).toEqual([
      "this is nested more than 100 levels deep",
    ]);
  });

  it("stops where one list is merged into very many mappings", () => {
    const wide = Array.from({ length: 1100 }, (_, i) => `k${i}: 1`).join(", ");
    const many = Array.from({ length: 1000 }, () => "{ <<: *w }").join(", ");
    expect(new Set(data(`- &w { ${wide} }\n- [${many}]\n`).complaints).size).toBe(1);
  });

  it("says one thing of a line that cannot be read", () => {
    expect(data("a: [1, 2\nb: ]]\n").complaints.length).toBeLessThanOrEqual(2);
    expect(new Set(data("a: @ `\n@: !\n").complaints.map((line) => line.split(":")[0])).size).toBe(
      data("a: @ `\n@: !\n").complaints.length,
    );
  });
});
