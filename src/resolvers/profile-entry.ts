import type { ErrorCode, Problem } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import { readData, readPercentage } from "../registry/value.js";
import { nearest } from "../rules/nearest.js";
import type { Hint } from "../rules/references.js";
import type { CheckedRule } from "../rules/rule.js";
import type { RuleIssue } from "../rules/rule-issue.js";
import { checkRule, RULE_WORDS } from "../rules/schema.js";
import { type KnownGroups, missingReferences } from "./known-groups.js";
import { offsetAt } from "./profile-place.js";
import { unitIssues } from "./profile-units.js";
import type { Prepared } from "./resolver.js";
import type { Fault, Member, YamlFile } from "./yaml-file.js";

/** What one entry of a profile comes to: an answer, or everything that is wrong with it. */
export type EntryReading = { readonly prepared: Prepared } | { readonly problems: readonly Problem[] };

/** What an entry is read from and against. */
export interface EntrySource {
  readonly yaml: YamlFile;
  /** The file's name, as places give it. */
  readonly file: string;
  /** What rules may name. */
  readonly known: KnownGroups;
  readonly hint: Hint;
}

/** An entry on its way: the flag it is for, and what was found wrong so far. */
interface Entry extends EntrySource {
  readonly flag: RegisteredFlag;
  readonly member: Member;
  readonly problems: Problem[];
}

/** Reads one entry under `feature_flags:`: a bare value, or a rule that may add `locked: true`. */
export function readEntry(source: EntrySource, flag: RegisteredFlag, member: Member): EntryReading {
  const { yaml, file, known, hint } = source;
  const entry: Entry = { yaml, file, known, hint, flag, member, problems: [] };
  const answer = readAnswer(entry);
  if (answer === undefined || entry.problems.length > 0) return { problems: entry.problems };
  const place = `${file}:${yaml.place(yaml.offset(member.key, 0))}`;
  const overridable = answer.locked ? undefined : true;
  const prepared =
    "rule" in answer ? { rule: answer.rule, place, overridable } : { value: answer.value, place, overridable };
  return { prepared: Object.freeze(prepared) };
}

/** What is added for a value that may have been meant as a rule. */
const NO_RULE = "; an object is a value here unless it has `serve`, or `rules` that all have it";

type Answer = ({ readonly value: unknown } | { readonly rule: CheckedRule }) & { readonly locked: boolean };

function readAnswer(entry: Entry): Answer | undefined {
  const { yaml, flag, member } = entry;
  if (yaml.isNothing(member.value)) {
    report(
      entry,
      "INVALID_VALUE",
      `nothing is written after \`${flag.name}:\`; give it a value, or take the line away`,
      keyOffset(entry),
    );
    return undefined;
  }
  const faults: Fault[] = [];
  const data = yaml.data(member.value, faults, 0, member.merged ? keyOffset(entry) : undefined);
  for (const { offset, message } of faults) report(entry, "INVALID_CONFIGURATION", message, offset);
  if (faults.length > 0) return undefined;
  return isRule(flag, data) ? readRule(entry, data) : readValue(entry, data);
}

/** An object is a rule, except that it is a value of a json flag unless it says `serve`, or is a list of rules that do. */
function isRule(flag: RegisteredFlag, data: unknown): data is Readonly<Record<string, unknown>> {
  return isObject(data) && (flag.kind !== "json" || serves(data) || isRuleList(data));
}

function isRuleList({ rules }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(rules) && rules.length > 0 && rules.every((item) => isObject(item) && serves(item));
}

function serves(data: Readonly<Record<string, unknown>>): boolean {
  return Object.hasOwn(data, "serve");
}

function isObject(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}

function readValue(entry: Entry, data: unknown): Answer | undefined {
  const { flag, yaml, member } = entry;
  const share = flag.kind === "boolean" && typeof data === "string" ? readPercentage(data) : undefined;
  const reading = share ?? readData(flag, data);
  if (!("problem" in reading)) return { ...reading, locked: false };
  // YAML reads a bare 1.0 or true as a number or a boolean, though the flag may have a value of that name.
  const source = typeof data === "string" ? undefined : yaml.scalar(member.value)?.source;
  const quotes = source !== undefined && flag.values?.includes(source) === true ? "; put it in quotes" : "";
  const unlike = isObject(data) && Object.keys(data).some((key) => RULE_WORDS.includes(key)) ? NO_RULE : "";
  report(entry, "INVALID_VALUE", reading.problem + quotes + unlike, yaml.offset(member.value, keyOffset(entry)));
  return undefined;
}

function readRule(entry: Entry, data: Readonly<Record<string, unknown>>): Answer | undefined {
  const { flag, yaml, member, known, hint } = entry;
  const { locked, words } = Object.hasOwn(data, "locked") ? withoutLocked(data) : { locked: false, words: data };
  const issues: RuleIssue[] = [];
  if (typeof locked !== "boolean") issues.push({ path: ["locked"], message: "`locked` must be true or false" });
  const check = checkRule(words, flag, (input) => readData(flag, input));
  if ("issues" in check) issues.push(...withHints(check.issues));
  else issues.push(...missingReferences(check.rule, flag, known, hint));
  if ("rules" in words || "allow" in words || "deny" in words) issues.push(...unitIssues(yaml, member.value));
  for (const { path, message } of issues) report(entry, "INVALID_RULE", message, offsetAt(yaml, member, path));
  return "rule" in check ? { rule: check.rule, locked: locked === true } : undefined;
}

function withoutLocked({ locked = false, ...words }: Readonly<Record<string, unknown>>) {
  return { locked, words };
}

/** Slips that only a profile invites: `value` for `serve`, and a misspelt `locked`. */
function withHints(issues: readonly RuleIssue[]): RuleIssue[] {
  const slip = issues.some(({ path }) => path[0] === "value");
  // Who wrote `value` need not be told as well that `serve` is missing.
  return issues.filter(({ path }) => !slip || path.length > 0).map((issue) => withHint(issue));
}

function withHint(issue: RuleIssue): RuleIssue {
  const word = String(issue.path[0]);
  if (word === "value") return { ...issue, message: "a rule has no `value`; use `serve`" };
  const unknown = issue.path.length === 1 && issue.message.startsWith("a rule has no");
  if (!unknown || nearest(word, ["locked"]) === undefined) return issue;
  return { ...issue, message: `a rule has no \`${word}\`; did you mean "locked"?` };
}

function keyOffset({ yaml, member }: Entry): number {
  return yaml.offset(member.key, 0);
}

function report({ yaml, file, flag, problems }: Entry, code: ErrorCode, message: string, offset: number): void {
  problems.push({ code, flag: flag.name, place: `${file}:${yaml.place(offset)}`, message });
}
