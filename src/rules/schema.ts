import { checkCondition } from "./condition-check.js";
import { didYouMean } from "./nearest.js";
import { readShare } from "./percentage.js";
import { isPlainObject } from "./plain-object.js";
import type { CheckedRule, RuleSubject } from "./rule.js";
import { ruleIssues } from "./rule-coherence.js";
import { issueAt, type RuleIssue } from "./rule-issue.js";
import { readLinear, readSchedule, readSteps } from "./schedule.js";
import { type Reading, readAttributes, readText, readUnits } from "./unit-words.js";
import { checkWeights } from "./weights.js";

/** Reads one value of the flag, as a constant in the same place would be read. */
export type ReadValue = (input: unknown) => { readonly value: unknown } | { readonly problem: string };

/** What {@link checkRule} gives: the rule, or everything that is wrong with it. */
export type RuleCheck = { readonly rule: CheckedRule } | { readonly issues: readonly RuleIssue[] };

type Word = keyof CheckedRule;

/** What a word is read against. */
interface Against {
  readonly subject: RuleSubject;
  readonly readValue: ReadValue;
}

type Path = RuleIssue["path"];
type Reader = (given: unknown, path: Path, against: Against) => Reading;

/** How each word of a rule is read. In this order they stand in a checked rule. */
const READERS: Readonly<Record<Word, Reader>> = {
  name: readText,
  deny: readUnits,
  allow: readAllow,
  when: readWhen,
  schedule: readSchedule,
  by: readAttributes,
  salt: readText,
  hash: readText,
  holdout: readText,
  layer: readText,
  rollout: readRollout,
  steps: readSteps,
  linear: readLinear,
  serve: readServed,
  otherwise: readServed,
  weights: readWeights,
  rules: readRules,
};

/** The words that a rule may hold. */
export const RULE_WORDS: readonly string[] = Object.keys(READERS);

/** The words that an item of a list may hold. */
const ITEM_WORDS: readonly string[] = RULE_WORDS.filter((word) => word !== "rules");

/**
 * Checks a rule against the flag it is for, and normalises it. Everything that is wrong is found at once. The result
 * is frozen and shares nothing with the input. What it names (segments, layers, holdouts, a bucketing) is checked by
 * `referenceIssues`, where it is known what there is.
 */
export function checkRule(input: unknown, subject: RuleSubject, readValue: ReadValue): RuleCheck {
  if (!isPlainObject(input)) return { issues: [{ path: [], message: "must be a rule, such as { rollout: 25 }" }] };
  const { rule, issues } = readWords(input, RULE_WORDS, [], { subject, readValue });
  issues.push(...ruleIssues(input, rule, subject, { path: [], sound: issues.length === 0 }));
  return issues.length > 0 ? { issues } : { rule: Object.freeze(rule) };
}

function readWords(
  input: Readonly<Record<string, unknown>>,
  words: readonly string[],
  path: Path,
  against: Against,
): { rule: CheckedRule; issues: RuleIssue[] } {
  const issues = Object.keys(input)
    .filter((word) => !words.includes(word))
    .map((word) => unknownWord(word, words, path));
  const rule: Record<string, unknown> = {};
  for (const word of words as readonly Word[]) {
    const given = input[word];
    if (given === undefined) continue;
    const reading = READERS[word](given, [...path, word], against);
    if ("value" in reading) rule[word] = reading.value;
    // One by one: a list may hold more that is wrong than a call takes arguments.
    else for (const issue of reading.issues) issues.push(issue);
  }
  return { rule, issues };
}

/** A list of units; or, where the flag has named values, such lists by value. */
function readAllow(given: unknown, top: Path, { subject: { values } }: Against): Reading {
  if (values === undefined || !isPlainObject(given)) return readUnits(given, top);
  const issues: RuleIssue[] = [];
  const lists: [string, readonly string[]][] = [];
  const forced = new Map<string, string>();
  for (const name of Object.keys(given).filter((key) => !values.includes(key))) {
    const hint = didYouMean(name, values) || `; it has ${values.join(", ")}`;
    issues.push({
      path: [...top, name],
      message: `\`allow\` names "${name}", which is no value of the flag${hint}`,
    });
  }
  for (const name of values.filter((value) => Object.hasOwn(given, value) && given[value] !== undefined)) {
    const path = [...top, name];
    const reading = readUnits(given[name], path);
    if ("issues" in reading) {
      for (const issue of reading.issues) issues.push(issue);
      continue;
    }
    for (const [index, one] of reading.value.entries()) {
      const other = forced.get(one);
      if (other !== undefined && other !== name)
        issues.push(issueAt([...path, index], `stands under "${other}" too; a unit can be given one value only`));
      forced.set(one, name);
    }
    lists.push([name, reading.value]);
  }
  return issues.length > 0 ? { issues } : { value: Object.freeze(Object.fromEntries(lists)) };
}

function readWhen(given: unknown, path: Path): Reading {
  const check = checkCondition(given, path);
  return "issues" in check ? check : { value: check.condition };
}

function readRollout(given: unknown, path: Path): Reading {
  const read = readShare(given);
  return "problem" in read ? { issues: [issueAt(path, read.problem)] } : read;
}

function readServed(given: unknown, path: Path, { readValue }: Against): Reading {
  const read = readValue(given);
  return "problem" in read ? { issues: [{ path, message: `\`${path.join(".")}\`: ${read.problem}` }] } : read;
}

function readWeights(given: unknown, path: Path, { subject }: Against): Reading {
  if (!isPlainObject(given))
    return { issues: [issueAt(path, "must be shares by value, such as { control: 50, treatment: 50 }")] };
  const { weights, issues } = checkWeights(given, subject, path);
  return issues.length > 0 ? { issues } : { value: weights };
}

function readRules(given: unknown, top: Path, against: Against): Reading {
  if (!Array.isArray(given) || given.length === 0)
    return { issues: [issueAt(top, "must be a list of rules, such as [{ when: { plan: pro } }, { rollout: 5 }]")] };
  const issues: RuleIssue[] = [];
  const items = Array.from(given, (item: unknown, index) => {
    const path = [...top, index];
    if (!isPlainObject(item)) {
      issues.push(issueAt(path, "must be a rule, such as { rollout: 25 }"));
      return {};
    }
    const read = readWords(item, ITEM_WORDS, path, against);
    const sound = read.issues.length === 0;
    for (const issue of [...read.issues, ...ruleIssues(item, read.rule, against.subject, { path, sound })])
      issues.push(issue);
    return Object.freeze(read.rule);
  });
  return issues.length > 0 ? { issues } : { value: Object.freeze(items) };
}

function unknownWord(word: string, words: readonly string[], path: RuleIssue["path"]): RuleIssue {
  const nested = word === "rules" ? "; a list stands at the top of a rule only" : "";
  const hint = nested || didYouMean(word, words) || `; it may hold ${words.join(", ")}`;
  const where = path.length === 0 ? "a rule" : `\`${path.join(".")}\``;
  return { path: [...path, word], message: `${where} has no \`${word}\`${hint}` };
}
