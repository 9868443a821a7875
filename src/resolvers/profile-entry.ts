import type { ErrorCode, Problem } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import { readData, readPercentage } from "../registry/value.js";
import { nearest } from "../rules/nearest.js";
import type { CheckedRule } from "../rules/rule.js";
import { checkRule, type RuleIssue } from "../rules/schema.js";
import type { Prepared } from "./resolver.js";
import type { Fault, Member, YamlFile } from "./yaml-file.js";

/** What one entry of a profile comes to: an answer, or everything that is wrong with it. */
export type EntryReading = { readonly prepared: Prepared } | { readonly problems: readonly Problem[] };

/** An entry on its way: the file it stands in, the flag it is for, and what was found wrong so far. */
interface Entry {
  readonly yaml: YamlFile;
  readonly file: string;
  readonly flag: RegisteredFlag;
  readonly member: Member;
  readonly problems: Problem[];
}

/** Reads one entry under `feature_flags:`: a bare value, or a rule that may add `locked: true`. */
export function readEntry(yaml: YamlFile, file: string, flag: RegisteredFlag, member: Member): EntryReading {
  const entry: Entry = { yaml, file, flag, member, problems: [] };
  const answer = readAnswer(entry);
  if (answer === undefined || entry.problems.length > 0) return { problems: entry.problems };
  const { locked, ...content } = answer;
  const place = `${file}:${yaml.place(yaml.offset(member.key, 0))}`;
  return { prepared: Object.freeze({ ...content, place, ...(!locked && { overridable: true }) }) };
}

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

/** An object is a rule, except that it is a value of a json flag unless it says `serve`. */
function isRule(flag: RegisteredFlag, data: unknown): data is Readonly<Record<string, unknown>> {
  return isObject(data) && (flag.kind !== "json" || Object.hasOwn(data, "serve"));
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
  report(entry, "INVALID_VALUE", reading.problem + quotes, yaml.offset(member.value, keyOffset(entry)));
  return undefined;
}

function readRule(entry: Entry, data: Readonly<Record<string, unknown>>): Answer | undefined {
  const { flag } = entry;
  const { locked = false, ...words } = data;
  const issues: RuleIssue[] = [];
  if (typeof locked !== "boolean") issues.push({ path: ["locked"], message: "`locked` must be true or false" });
  const check = checkRule(words, flag, (input) => readData(flag, input));
  if ("issues" in check) issues.push(...withHints(check.issues));
  issues.push(...unitIssues(entry));
  for (const { path, message } of issues) report(entry, "INVALID_RULE", message, offsetAt(entry, path));
  return "rule" in check ? { rule: check.rule, locked: locked === true } : undefined;
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

/** Units that YAML has changed: a bare 007 has become 7, and a long id has been rounded. */
function unitIssues({ yaml, member }: Entry): RuleIssue[] {
  const map = yaml.mapping(member.value);
  if (map === undefined) return [];
  return ["deny", "allow"].flatMap((word) =>
    yaml.items(yaml.members(map).byName.get(word)?.value).flatMap((item, index) => {
      const { value, source } = yaml.scalar(item) ?? {};
      if (typeof value !== "number" || source === String(value)) return [];
      return {
        path: [word, index],
        message: `\`${word}\`: YAML reads ${source} as the number ${value}; put it in quotes`,
      };
    }),
  );
}

/** Where the part of a rule stands that a path leads to: a word's key, an item itself, else what is around it. */
function offsetAt({ yaml, member }: Entry, path: readonly (string | number)[]): number {
  let offset = yaml.offset(member.value, yaml.offset(member.key, 0));
  let node = member.value;
  for (const step of path) {
    // What an alias stands for is written elsewhere, and may be right for others.
    if (yaml.target(node) !== node) return offset;
    const map = yaml.mapping(node);
    const inside = map === undefined ? undefined : yaml.members(map).byName.get(String(step));
    node = inside === undefined ? yaml.items(node)[Number(step)] : inside.value;
    offset = yaml.offset(inside?.key ?? node, offset);
  }
  return offset;
}

function keyOffset({ yaml, member }: Entry): number {
  return yaml.offset(member.key, 0);
}

function report({ yaml, file, flag, problems }: Entry, code: ErrorCode, message: string, offset: number): void {
  problems.push({ code, flag: flag.name, place: `${file}:${yaml.place(offset)}`, message });
}
