import type { Problem } from "../errors.js";
import { loadPackage } from "../rules/load.js";
import { readTextFile } from "./text-file.js";

/** A variable of a dotenv file and the line on which it begins. */
export interface DotenvVariable {
  readonly value: string;
  readonly line: number;
}

/** What a dotenv file holds, and which of its lines are none of dotenv's. */
export interface DotenvFile {
  readonly variables: ReadonlyMap<string, DotenvVariable>;
  readonly problems: readonly Problem[];
}

/** One variable as it is written, over several lines where its quotes span them. */
interface Statement {
  readonly name: string;
  readonly text: string;
  readonly line: number;
}

// Spaces within a line. dotenv itself allows any white space, line ends included, and so reads `A:` and the line
// below it as one variable; here each statement ends with its line unless a quote is open.
const START = /^[^\S\n]*(?:export[^\S\n]+)?([\w.-]+)(?:[^\S\n]*=|:(?=[^\S\n]))[^\S\n]*/;
const NOTHING = /^\s*(?:#.*)?$/;
// The three of dotenv's own grammar: a quote may stand inside after a backslash, and only a comment may follow.
const QUOTED: Readonly<Record<string, RegExp>> = {
  "'": /'(?:\\'|[^'])*'[^\S\n]*(?:#.*)?$/my,
  '"': /"(?:\\"|[^"])*"[^\S\n]*(?:#.*)?$/my,
  "`": /`(?:\\`|[^`])*`[^\S\n]*(?:#.*)?$/my,
};

/**
 * Reads one dotenv file. Values are what the `dotenv` package makes of them; lines that it would pass over, or join to
 * their neighbours, are problems. A problem gives the line's number and never its text, which may be a secret.
 * Undefined where there is no such file.
 */
export function readDotenvFile(path: string): DotenvFile | undefined {
  const file = readTextFile(path);
  if (file === undefined) return undefined;
  if ("problem" in file) {
    return { variables: new Map(), problems: [{ code: "INVALID_CONFIGURATION", place: path, message: file.problem }] };
  }
  const problems: Problem[] = [];
  const statements = scan(file.text.replace(/\r\n?/g, "\n"), (line, message) =>
    problems.push({ code: "INVALID_CONFIGURATION", place: `${path}:${line}`, message }),
  );
  return { variables: valuesOf(statements), problems };
}

function valuesOf(statements: readonly Statement[]): Map<string, DotenvVariable> {
  const variables = new Map<string, DotenvVariable>();
  if (statements.length === 0) return variables;
  const dotenv = loadPackage("dotenv", "for dotenv files") as typeof import("dotenv");
  const values = dotenv.parse(statements.map(({ text }) => text).join("\n"));
  for (const { name, line } of statements) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined) variables.set(name, { value, line });
  }
  return variables;
}

/** Cuts a file into its statements. `report` is told of every line that belongs to none. */
function scan(text: string, report: (line: number, message: string) => void): Statement[] {
  const statements: Statement[] = [];
  let line = 1;
  for (let offset = 0; offset < text.length; ) {
    const lineEnd = endOfLine(text, offset);
    const first = text.slice(offset, lineEnd);
    const start = START.exec(first);
    let end = lineEnd;
    if (start !== null) {
      const closed = endOfStatement(text, offset + start[0].length, lineEnd);
      if (closed === undefined) report(line, "a quote is opened here and never closed");
      else statements.push({ name: start[1] as string, text: text.slice(offset, closed), line });
      end = closed ?? lineEnd;
    } else if (!NOTHING.test(first)) {
      report(line, "this line is neither blank, nor a comment, nor NAME=value");
    }
    line += countLines(text, offset, end) + 1;
    offset = end + 1;
  }
  return statements;
}

/** Where a value ends: with its line, or with its closing quote. Undefined where that is missing. */
function endOfStatement(text: string, valueStart: number, lineEnd: number): number | undefined {
  const quote = text.charAt(valueStart);
  const quoted = QUOTED[quote];
  if (quoted === undefined) return lineEnd;
  quoted.lastIndex = valueStart;
  if (quoted.test(text)) return quoted.lastIndex;
  // `"a" and "b"`: closed, with more behind it. dotenv takes the line as it is written.
  return text.slice(valueStart + 1, lineEnd).includes(quote) ? lineEnd : undefined;
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end;
}

function countLines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at !== -1 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
