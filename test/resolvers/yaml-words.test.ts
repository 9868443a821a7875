import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { plainWords } from "../../src/resolvers/yaml-words.js";

function words(text: string): string[] {
  return parseDocument(text, { prettyErrors: false }).errors.map(plainWords);
}

describe("plainWords", () => {
  it.each([
    ['a: "open', "a quote is opened and never closed"],
    ["a: 'open", "a quote is opened and never closed"],
    ["a: [1", "a bracket or brace is opened and never closed, or closed too far to the left"],
    ["{ a: 1", "a bracket or brace is opened and never closed, or closed too far to the left"],
    ["a: 1\nb\n", "a key must be followed by a colon and a space"],
    ['a: "x"#y', "a comment must have a space before its #"],
    ["a: ['x' 'y']", "something is missing here: a colon and a space after a key, or a comma between items"],
    ["a: &x &y 1", "a value can have one anchor only"],
    [
      'a: "\\q"',
      "a backslash in double quotes begins an escape that YAML does not know; write it twice, or use single quotes",
    ],
    [
      "a: 1\n b: 2\n",
      "a mapping cannot begin on the line of its key; give it a line of its own, or put the text in quotes if it is one",
    ],
  ])("says of %j what is wrong", (text, expected) => {
    expect(words(text)).toContain(expected);
  });
});
