import * as z from "zod/mini";
import { percentageThreshold } from "./bucket.js";
import { didYouMean } from "./nearest.js";
import { isPlainObject } from "./plain-object.js";
import type { CheckedRule, RuleSubject } from "./rule.js";

/** One thing wrong with a rule; `path` leads to it from the rule's own top. */
export interface RuleIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Reads one value of the flag, as a constant in the same place would be read. */
export type ReadValue = (input: unknown) => { readonly value: unknown } | { readonly problem: string };

/** What {@link checkRule} gives: the rule, or everything that is wrong with it. */
export type RuleCheck = { readonly rule: CheckedRule } | { readonly issues: readonly RuleIssue[] };

/** Words of the rule language that later versions give a meaning; refused until then, so that no rule changes its meaning on an upgrade. */
export const RESERVED_WORDS = [
  "when",
  "schedule",
  "hash",
  "rules",
  "name",
  "layer",
  "holdout",
  "steps",
  "linear",
] as const;

// A union would answer "Invalid input" where a text or list is nearly right, so each choice is one check of its own.
const unit = z.custom<string | number>(isUnit, "must be a text or a number, and not empty");
const units = z.array(z.pipe(unit, z.transform(String)), "must be a list of units, each a text or a number");
const rolloutMessage = "must be a percentage from 0 to 100";
const rollout = z.pipe(
  z.custom<string | number>(isPercentage, { error: ({ input }) => describeRollout(input) }),
  z.transform((given) => (typeof given === "number" ? given : Number.parseFloat(given))),
);
const attributesMessage = "must be the name of an attribute, or a list of such names";
const by = z.pipe(
  z.custom<string | string[]>(isAttributes, attributesMessage),
  z.transform((given) => (typeof given === "string" ? given : [...given])),
);
const salt = z.string("must be a text").check(z.minLength(1, "must not be empty"));

function isUnit(given: unknown): boolean {
  return typeof given === "number" ? Number.isFinite(given) : typeof given === "string" && given !== "";
}

function isPercentage(given: unknown): boolean {
  return typeof given === "string" ? /^\s*\d+(\.\d+)?\s*%\s*$/.test(given) : Number.isFinite(given);
}

/** What is wrong with a rollout that is no percentage. It is shown where it is a number, or too short to be a secret. */
function describeRollout(given: unknown): string {
  if (typeof given === "number") return `${rolloutMessage}, not ${given}`;
  const text = typeof given === "string" ? given.trim() : "";
  if (!/^[\w %.,+-]{1,11}$/.test(text)) return rolloutMessage;
  const missesSign = isPercentage(`${text}%`) && Number(text) <= 100;
  return missesSign ? `${rolloutMessage}, a text with its sign: "${text}%"` : `${rolloutMessage}, not ${text}`;
}

function isAttributes(given: unknown): boolean {
  const names: readonly unknown[] = Array.isArray(given) ? given : [given];
  return names.length > 0 && names.every((name) => typeof name === "string" && name !== "");
}

type Word = keyof CheckedRule;
type Reader = (given: unknown, word: Word, subject: RuleSubject, readValue: ReadValue) => Reading;
type Reading = { readonly value: unknown } | { readonly issues: readonly RuleIssue[] };

/** How each word of a rule is read. In this order they stand in a checked rule. */
const READERS: Readonly<Record<Word, Reader>> = {
  deny: bySchema(units),
  allow: bySchema(units),
  by: bySchema(by),
  salt: bySchema(salt),
  rollout: bySchema(rollout, rolloutIssues),
  serve: readServed,
  otherwise: readServed,
  weights: readWeights,
};

/** The words that a rule may hold. */
export const RULE_WORDS: readonly string[] = Object.keys(READERS);

/**
 * Checks a rule against the flag it is for, and normalises it. Everything that is wrong is found at once. The result
 * is frozen and shares nothing with the input.
 */
export function checkRule(input: unknown, subject: RuleSubject, readValue: ReadValue): RuleCheck {
  if (!isPlainObject(input)) return { issues: [{ path: [], message: "must be a rule, such as { rollout: 25 }" }] };
  const issues = Object.keys(input)
    .filter((word) => !RULE_WORDS.includes(word))
    .map(unknownWord);
  const rule: Record<string, unknown> = {};
  for (const word of RULE_WORDS as readonly Word[]) {
    if (input[word] === undefined) continue;
    const reading = READERS[word](input[word], word, subject, readValue);
    if ("issues" in reading) issues.push(...reading.issues);
    else rule[word] = reading.value;
  }
  issues.push(...servingIssues(input, subject));
  if (issues.length === 0) issues.push(...choosingIssues(rule, subject));
  return issues.length > 0 ? { issues } : { rule: Object.freeze(rule) };
}

function bySchema<T>(schema: z.ZodMiniType<T>, further: (value: T) => RuleIssue[] = () => []): Reader {
  return (given, word) => {
    const parsed = z.safeParse(schema, given);
    if (!parsed.success) {
      return {
        issues: parsed.error.issues.map((issue) => issueAt([word, ...(issue.path as number[])], issue.message)),
      };
    }
    const issues = further(parsed.data);
    return issues.length > 0 ? { issues } : { value: Object.freeze(parsed.data) };
  };
}

function issueAt(path: readonly (string | number)[], message: string): RuleIssue {
  return { path, message: `\`${path.join(".")}\` ${message}` };
}

function readServed(given: unknown, word: Word, _subject: RuleSubject, readValue: ReadValue): Reading {
  const read = readValue(given);
  return "problem" in read ? { issues: [{ path: [word], message: `\`${word}\`: ${read.problem}` }] } : read;
}

function readWeights(given: unknown, word: Word, subject: RuleSubject): Reading {
  if (!isPlainObject(given)) {
    return { issues: [issueAt([word], "must be shares by value, such as { control: 50, treatment: 50 }")] };
  }
  const { weights, issues } = checkWeights(given, subject);
  return issues.length > 0 ? { issues } : { value: weights };
}

function unknownWord(word: string): RuleIssue {
  const message = (RESERVED_WORDS as readonly string[]).includes(word)
    ? `\`${word}\` is a word of the rule language that this version does not know yet`
    : `a rule has no \`${word}\`${didYouMean(word, RULE_WORDS) || `; it may hold ${RULE_WORDS.join(", ")}`}`;
  return { path: [word], message };
}

function rolloutIssues(percentage: number): RuleIssue[] {
  if (!(percentage >= 0 && percentage <= 100)) return [issueAt(["rollout"], `${rolloutMessage}, not ${percentage}`)];
  if (percentage === 0 || percentageThreshold(percentage) > 0) return [];
  return [
    issueAt(["rollout"], `of ${percentage} % is less than 1 in 2^32 and would reach nobody; use 0 or a larger share`),
  ];
}

/** A boolean's rule that chooses nobody in particular would be on for everybody, which nobody means by `{}`. */
function choosingIssues(rule: Readonly<Record<string, unknown>>, subject: RuleSubject): RuleIssue[] {
  const chooses = ["deny", "allow", "rollout", "serve"].some((word) => word in rule);
  if (subject.kind !== "boolean" || chooses) return [];
  return [{ path: [], message: "a rule must say who passes; give it `rollout`, `allow`, `deny` or `serve`" }];
}

function servingIssues(rule: Readonly<Record<string, unknown>>, subject: RuleSubject): RuleIssue[] {
  const { serve, weights } = rule;
  if (serve !== undefined && weights !== undefined) {
    const message = "`serve` and `weights` exclude each other: those who pass get one value, or are spread";
    return [{ path: ["serve"], message }];
  }
  if (serve !== undefined || weights !== undefined || subject.kind === "boolean" || subject.kind === "experiment")
    return [];
  const spread = subject.values === undefined ? "" : " (or `weights`)";
  return [
    { path: [], message: `a rule of a ${subject.kind} flag needs \`serve\`${spread}: the value for those who pass` },
  ];
}

/** Checks the shares of named values; used for an experiment's own weights too. */
export function checkWeights(
  given: Readonly<Record<string, unknown>>,
  subject: RuleSubject,
): { weights: Readonly<Record<string, number>>; issues: RuleIssue[] } {
  const issues: RuleIssue[] = [];
  const { values } = subject;
  if (values === undefined) {
    const message = `\`weights\` need named values, and a ${subject.kind} flag has none; use \`serve\``;
    return { weights: {}, issues: [{ path: ["weights"], message }] };
  }
  for (const [name, weight] of Object.entries(given)) {
    const path = ["weights", name];
    if (!values.includes(name)) {
      const hint = didYouMean(name, values) || `; it has ${values.join(", ")}`;
      issues.push({ path, message: `\`weights\` name "${name}", which is no value of the flag${hint}` });
    } else if (weight !== undefined && !(Number.isFinite(weight) && (weight as number) >= 0)) {
      issues.push({ path, message: `the weight of "${name}" must be a number that is not negative` });
    }
  }
  const share = (name: string) => (Object.hasOwn(given, name) ? ((given[name] as number | undefined) ?? 0) : 0);
  const weights = Object.fromEntries(values.map((name) => [name, share(name)]));
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  if (issues.length === 0 && total === 0) {
    issues.push({ path: ["weights"], message: "`weights` are all zero: somebody must get something" });
  }
  if (issues.length === 0 && total === Number.POSITIVE_INFINITY) {
    issues.push({ path: ["weights"], message: "`weights` add up to more than a number can hold" });
  }
  return { weights: Object.freeze(weights), issues };
}
