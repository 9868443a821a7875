/** One thing wrong with a rule; `path` leads to it from the rule's own top. */
export interface RuleIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** An issue whose message begins with its path. */
export function issueAt(path: RuleIssue["path"], message: string): RuleIssue {
  return { path, message: `\`${path.join(".")}\` ${message}` };
}
