import type { CheckedRule, RuleSubject } from "./rule.js";
import { issueAt, type RuleIssue } from "./rule-issue.js";

type Given = Readonly<Record<string, unknown>>;
type Path = RuleIssue["path"];

const SHARES = ["rollout", "steps", "linear"] as const;
/** The words of which a boolean's rule needs one: without them it would be on for everybody, which nobody means by `{}`. */
const CHOOSING = ["deny", "allow", "when", "schedule", "holdout", "layer", ...SHARES, "serve"];
/** The words that belong to one rule, and so cannot stand beside a list of them. */
const OF_ONE_RULE = ["by", "salt", "hash", "holdout", "layer", ...SHARES, "serve", "weights"];

/**
 * What is wrong with the words of a rule taken together. `given` is what was written, `rule` what could be read of it,
 * and `sound` whether that is all.
 */
export function ruleIssues(
  given: Given,
  rule: CheckedRule,
  subject: RuleSubject,
  { path, sound }: { readonly path: Path; readonly sound: boolean },
): RuleIssue[] {
  if (given.rules !== undefined) return listIssues(given, rule, path);
  const issues = [...shareIssues(given, path), ...servingIssues(given, rule, subject, path)];
  if (issues.length > 0 || !sound || subject.kind !== "boolean") return issues;
  if (CHOOSING.some((word) => given[word] !== undefined)) return issues;
  const help = "must say who passes; give it `rollout`, `allow`, `deny`, `when` or `serve`";
  return [path.length === 0 ? { path, message: `a rule ${help}` } : issueAt(path, help)];
}

function shareIssues(given: Given, path: Path): RuleIssue[] {
  const shares = SHARES.filter((word) => given[word] !== undefined);
  const [, second] = shares;
  if (second === undefined) return [];
  const words = shares.map((word) => `\`${word}\``).join(" and ");
  return [{ path: [...path, second], message: `${words} exclude each other: give the share in one way` }];
}

function servingIssues(
  { serve, weights }: Given,
  rule: CheckedRule,
  { kind, values }: RuleSubject,
  path: Path,
): RuleIssue[] {
  if (serve !== undefined && weights !== undefined) {
    const message = "`serve` and `weights` exclude each other: those who pass get one value, or are spread";
    return [{ path: [...path, "serve"], message }];
  }
  if (kind === "boolean" && path.length === 0 && rule.otherwise === true && rule.serve !== false) {
    const message =
      "`otherwise` gives everybody else true, as those who pass get; did you mean `serve: false` beside it?";
    return [{ path: ["otherwise"], message }];
  }
  if (serve !== undefined || weights !== undefined || kind === "boolean" || kind === "experiment") return [];
  const spread = values === undefined ? "" : " (or `weights`)";
  return [{ path, message: `a rule of a ${kind} flag needs \`serve\`${spread}: the value for those who pass` }];
}

/** What stands beside the list, names that are given twice, and items that nobody can reach. */
function listIssues(given: Given, { rules = [] }: CheckedRule, path: Path): RuleIssue[] {
  const issues = OF_ONE_RULE.filter((word) => given[word] !== undefined).map((word): RuleIssue => {
    const message = `\`${word}\` cannot stand beside \`rules\`; write it inside the rules that it is for`;
    return { path: [...path, word], message };
  });
  const names = rules.map(({ name }) => name);
  for (const [index, name] of names.entries()) {
    if (name === undefined) continue;
    const at = [...path, "rules", index, "name"];
    if (/^#\d+$/.test(name)) issues.push(issueAt(at, "must not look like #2: so are rules called that have no name"));
    if (names.indexOf(name) === index) continue;
    issues.push(issueAt(at, `is the name of another rule of the list too: "${name}"`));
  }
  const last = rules.findIndex((item) => choosesEverybody(item));
  if (last >= 0 && last < rules.length - 1) {
    const message = `is never reached: the rule before it chooses everybody, for neither \`when\` nor \`schedule\` nor an \`allow\` by itself limits whom it is for`;
    issues.push(issueAt([...path, "rules", last + 1], message));
  }
  return issues;
}

/** Whether an item of a list chooses every unit, whatever the context and the time. */
export function choosesEverybody(item: CheckedRule): boolean {
  return item.when === undefined && item.schedule === undefined && !admitsListedOnly(item);
}

/** Whether a rule is for those on its `allow` list alone: nothing else in it says who passes. */
export function admitsListedOnly(rule: CheckedRule): boolean {
  if (!Array.isArray(rule.allow)) return false;
  return !["when", "schedule", "layer", ...SHARES].some((word) => word in rule);
}
