import { didYouMean } from "./nearest.js";
import type { RuleSubject } from "./rule.js";
import type { RuleIssue } from "./rule-issue.js";

/** Checks the shares of named values; used for an experiment's own weights too. */
export function checkWeights(
  given: Readonly<Record<string, unknown>>,
  subject: Pick<RuleSubject, "kind" | "values">,
  at: RuleIssue["path"] = ["weights"],
): { weights: Readonly<Record<string, number>>; issues: RuleIssue[] } {
  const issues: RuleIssue[] = [];
  const { values } = subject;
  if (values === undefined) {
    const message = `\`weights\` need named values, and a ${subject.kind} flag has none; use \`serve\``;
    return { weights: {}, issues: [{ path: at, message }] };
  }
  for (const [name, weight] of Object.entries(given)) {
    const path = [...at, name];
    if (!values.includes(name)) {
      const hint = didYouMean(name, values) || `; it has ${values.join(", ")}`;
      issues.push({ path, message: `\`weights\` name "${name}", which is no value of the flag${hint}` });
    } else if (weight !== undefined && !(Number.isFinite(weight) && (weight as number) >= 0)) {
      issues.push({ path, message: `the weight of "${name}" must be a number that is not negative` });
    }
  }
  const share = (name: string) => (Object.hasOwn(given, name) ? ((given[name] as number | undefined) ?? 0) : 0);
  const entries = values.map((name) => [name, share(name)] as const);
  const weights = Object.fromEntries(entries);
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  if (issues.length === 0 && total === 0) {
    issues.push({ path: at, message: "`weights` are all zero: somebody must get something" });
  }
  if (issues.length === 0 && total === Number.POSITIVE_INFINITY) {
    issues.push({ path: at, message: "`weights` add up to more than a number can hold" });
  }
  return { weights: Object.freeze(weights), issues };
}
