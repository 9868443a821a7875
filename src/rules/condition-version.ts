import { type ConditionOperator, readText } from "./condition-operator.js";
import { loadPackage } from "./load.js";

type VersionRange = typeof import("semver/classes/range.js");
type ParseVersion = typeof import("semver/functions/parse.js");

/** How every version begins. The package throws and catches an error for what is none, which takes its time. */
const BEGINNING = /^\s*v?\d+\.\d+\.\d/;
const PURPOSE = "for $semver";
const EXAMPLE = 'such as ">=2.3", "^1.4.0" or "1.x || 2.x"';

/** `$semver`: npm's ranges, with pre-releases only where the range names one. */
export const semverOperator: ConditionOperator<string> = {
  read: (given, path, walk) => {
    const range = readText(given, path, walk);
    if (range === undefined) return undefined;
    // An empty alternative is any version to the package, and a slip to everybody else.
    if (range.split("||").some((alternative) => alternative.trim() === ""))
      return walk.refuse(
        path,
        `has an alternative that is empty; write a range of npm's, ${EXAMPLE}, or "*" for any version`,
      );
    if (isRange(range)) return range;
    return walk.refuse(path, `is no range of versions; write one of npm's, ${EXAMPLE}`);
  },
  test: (text) => {
    const range = new (rangeClass())(text);
    const parse = loadPackage("semver/functions/parse.js", PURPOSE) as ParseVersion;
    return (value) => {
      if (typeof value !== "string" || !BEGINNING.test(value)) return false;
      const version = parse(value);
      return version !== null && range.test(version);
    };
  },
};

function isRange(text: string): boolean {
  const Range = rangeClass();
  try {
    new Range(text);
    return true;
  } catch {
    return false;
  }
}

/** The part of the package that is needed, loaded by the first range. */
function rangeClass(): VersionRange {
  return loadPackage("semver/classes/range.js", PURPOSE) as VersionRange;
}
