import { types } from "node:util";
import type { RE2JSSyntaxException, RE2JS as Re2 } from "re2js";
import { type ConditionOperator, readText } from "./condition-operator.js";
import { loadPackage } from "./load.js";

/** RE2's time grows with the pattern as well as with the text, so a pattern has an end. */
const LONGEST = 1_000;
/** A piece of the pattern is shown where it is too short to be anything but syntax. */
const LONGEST_SHOWN = 8;
/** How JavaScript writes a pattern with flags. RE2 would look for the slashes. */
export const JAVASCRIPT_PATTERN = /^\/([^/\\\n]|\\.)+\/[gimsuy]+$/;
const LACKS = "patterns are RE2's, which has no backreferences and no lookaround, so that none can take for ever";

/** `$regex`: a pattern of RE2, found anywhere. In time linear to the text, whatever the pattern. */
export const regexOperator: ConditionOperator<string> = {
  read: (given, path, walk) => {
    if (types.isRegExp(given)) return walk.refuse(path, "must be the pattern as a text, not a RegExp");
    const pattern = readText(given, path, walk);
    if (pattern === undefined) return undefined;
    if (pattern.length > LONGEST) return walk.refuse(path, `must not be longer than ${LONGEST} characters`);
    if (JAVASCRIPT_PATTERN.test(pattern))
      return walk.refuse(
        path,
        "looks like JavaScript's /abc/i; write (?i)abc, or \\/abc/i where the slashes are meant",
      );
    const problem = patternProblem(pattern);
    return problem === undefined ? pattern : walk.refuse(path, problem);
  },
  test: (pattern) => {
    const compiled = re2().compile(pattern);
    return (value) => typeof value === "string" && compiled.test(value);
  },
};

function patternProblem(pattern: string): string | undefined {
  const engine = re2();
  try {
    engine.compile(pattern);
    return undefined;
  } catch (thrown) {
    const { error = "it cannot be compiled", input } = thrown as Partial<RE2JSSyntaxException>;
    const piece = input && input.length <= LONGEST_SHOWN ? `, at \`${input}\`` : "";
    return `is no pattern: ${error}${piece}; ${LACKS}`;
  }
}

/** The package, loaded by the first pattern. */
function re2(): typeof Re2 {
  return (loadPackage("re2js", "for $regex") as typeof import("re2js")).RE2JS;
}
