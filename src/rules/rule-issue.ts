import { didYouMean } from "./nearest.js";

/** One thing wrong with a rule; `path` leads to it from the rule's own top. */
export interface RuleIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** An issue whose message begins with its path. */
export function issueAt(path: RuleIssue["path"], message: string): RuleIssue {
  return { path, message: `\`${path.join(".")}\` ${message}` };
}

/** The keys of an object that have no meaning there, each with the nearest that has one. */
export function unknownKeys(given: object, known: readonly string[], path: RuleIssue["path"]): RuleIssue[] {
  return Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) =>
      issueAt([...path, key], `is unknown here${didYouMean(key, known) || `; there is ${known.join(", ")}`}`),
    );
}
