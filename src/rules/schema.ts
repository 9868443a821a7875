import * as z from "zod/mini";
import { percentageThreshold } from "./bucket.js";
import { didYouMean } from "./nearest.js";
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
export const RESERVED_WORDS = ["when", "schedule", "hash", "rules", "name", "layer", "holdout", "steps", "linear"] as const;

const unitMessage = "must be a list of units, each a text or a number";
const units = z.array(
  z.pipe(z.union([z.string().check(z.minLength(1)), z.number()], unitMessage), z.transform(String)),
  unitMessage,
);
const rolloutMessage = "must be a percentage from 0 to 100";
const rollout = z.union([z.number(), z.string().check(z.regex(/^\s*\d+(\.\d+)?\s*%\s*$/))], rolloutMessage);
const attributeMessage = "must be the name of an attribute, or a list of such names";
const attribute = z.string().check(z.minLength(1));
const ruleSchema = z.strictObject({
  deny: z.optional(units),
  allow: z.optional(units),
  rollout: z.optional(
    z.pipe(
      rollout,
      z.transform((given) => (typeof given === "number" ? given : Number.parseFloat(given))),
    ),
  ),
  by: z.optional(z.union([attribute, z.array(attribute).check(z.minLength(1))], attributeMessage)),
  salt: z.optional(z.string("must be a text").check(z.minLength(1, "must not be empty"))),
  serve: z.optional(z.unknown()),
  otherwise: z.optional(z.unknown()),
  weights: z.optional(z.record(z.string(), z.optional(z.unknown()), "must be shares by value, such as { control: 50, treatment: 50 }")),
});

/** The words that a rule may hold. */
export const RULE_WORDS: readonly string[] = Object.keys(ruleSchema.shape);

/**
 * Checks a rule against the flag it is for, and normalises it. The result is frozen and shares nothing with the input.
 */
export function checkRule(input: unknown, subject: RuleSubject, readValue: ReadValue): RuleCheck {
  const parsed = z.safeParse(ruleSchema, input);
  const issues: RuleIssue[] = [];
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      if (issue.code === "unrecognized_keys") issues.push(...issue.keys.map(unknownWord));
      else issues.push({ path: issue.path as (string | number)[], message: issue.path.length > 0 ? wordMessage(issue.path, issue.message) : "must be a rule" });
    }
    return { issues };
  }
  const given = parsed.data;
  const rule: Record<string, unknown> = {};
  for (const word of ["deny", "allow", "by", "salt"] as const) if (given[word] !== undefined) rule[word] = freeze(given[word]);
  if (given.rollout !== undefined) {
    issues.push(...rolloutIssues(given.rollout));
    rule["rollout"] = given.rollout;
  }
  for (const word of ["serve", "otherwise"] as const) {
    if (given[word] === undefined) continue;
    const read = readValue(given[word]);
    if ("problem" in read) issues.push({ path: [word], message: `\`${word}\`: ${read.problem}` });
    else rule[word] = read.value;
  }
  if (given.weights !== undefined) {
    const checked = checkWeights(given.weights, subject);
    issues.push(...checked.issues);
    rule["weights"] = checked.weights;
  }
  issues.push(...servingIssues(rule, subject));
  return issues.length > 0 ? { issues } : { rule: Object.freeze(rule) };
}

function freeze<T>(value: T): T {
  return Array.isArray(value) ? (Object.freeze([...value]) as unknown as T) : value;
}

function wordMessage(path: readonly PropertyKey[], message: string): string {
  return `\`${path.map(String).join(".")}\` ${message === "Invalid input" ? "cannot be read" : message}`;
}

function unknownWord(word: string): RuleIssue {
  const message = (RESERVED_WORDS as readonly string[]).includes(word)
    ? `\`${word}\` is a word of the rule language that this version does not know yet`
    : `a rule has no \`${word}\`${didYouMean(word, RULE_WORDS) || `; it may hold ${RULE_WORDS.join(", ")}`}`;
  return { path: [word], message };
}

function rolloutIssues(percentage: number): RuleIssue[] {
  const issue = (message: string) => [{ path: ["rollout"], message }];
  if (!(percentage >= 0 && percentage <= 100)) return issue(`\`rollout\` must be a percentage from 0 to 100, not ${percentage}`);
  if (percentage > 0 && percentageThreshold(percentage) === 0) {
    return issue(`\`rollout\` of ${percentage} % is less than 1 in 2^32 and would reach nobody; use 0 or a larger share`);
  }
  return [];
}

function servingIssues(rule: Record<string, unknown>, subject: RuleSubject): RuleIssue[] {
  const spread = "weights" in rule;
  if (spread && "serve" in rule) return [{ path: ["serve"], message: "`serve` and `weights` exclude each other: those who pass get one value, or are spread" }];
  if (spread || "serve" in rule || subject.kind === "boolean" || subject.kind === "experiment") return [];
  return [{ path: [], message: `a rule of a ${subject.kind} flag needs \`serve\`: the value for those who pass` }];
}

/** Checks the shares of named values; used for an experiment's own weights too. */
export function checkWeights(
  given: Readonly<Record<string, unknown>>,
  subject: RuleSubject,
): { weights: Readonly<Record<string, number>>; issues: RuleIssue[] } {
  const issues: RuleIssue[] = [];
  const { values } = subject;
  if (values === undefined) return { weights: {}, issues: [{ path: ["weights"], message: `\`weights\` need named values, and a ${subject.kind} flag has none; use \`serve\`` }] };
  for (const [name, weight] of Object.entries(given)) {
    if (weight === undefined) continue;
    const path = ["weights", name];
    if (!values.includes(name)) {
      issues.push({ path, message: `\`weights\` name "${name}", which is no value of the flag${didYouMean(name, values) || `; it has ${values.join(", ")}`}` });
    } else if (typeof weight !== "number" || !Number.isFinite(weight) || weight < 0) {
      issues.push({ path, message: `the weight of "${name}" must be a number that is not negative` });
    }
  }
  const weights = Object.fromEntries(values.map((name) => [name, Object.hasOwn(given, name) ? ((given[name] as number | undefined) ?? 0) : 0]));
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  if (issues.length === 0 && total === 0) issues.push({ path: ["weights"], message: "`weights` are all zero: somebody must get something" });
  if (total === Number.POSITIVE_INFINITY) issues.push({ path: ["weights"], message: "`weights` add up to more than a number can hold" });
  return { weights: Object.freeze(weights), issues };
}
