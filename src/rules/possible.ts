import { isDeepStrictEqual } from "node:util";
import type { CheckedRule, RuleSubject } from "./rule.js";
import { admitsListedOnly, choosesEverybody } from "./rule-coherence.js";

/** Every choice (a value, or the name of one) that a rule can give to anyone at any time. */
export function possibleChoices(rule: CheckedRule, subject: RuleSubject): readonly unknown[] {
  const fallback = subject.kind === "boolean" ? false : subject.default;
  const rest = "otherwise" in rule ? rule.otherwise : fallback;
  if (rule.rules === undefined) return distinct(choicesOf(rule, subject, rest, refusesAnybody(rule)));
  return distinct([
    ...rule.rules.flatMap((item) => choicesOf(item, subject, rest, leavesAnybodyOut(item))),
    ...(refusesAnybody(rule) || !rule.rules.some(choosesEverybody) ? [rest] : []),
  ]);
}

function choicesOf(rule: CheckedRule, subject: RuleSubject, rest: unknown, leavesOut: boolean): unknown[] {
  const forced = rule.allow === undefined || Array.isArray(rule.allow) ? [] : Object.keys(rule.allow);
  const otherwise = "otherwise" in rule ? rule.otherwise : rest;
  return [...forced, ...(admitsAnybody(rule) ? passing(rule, subject) : []), ...(leavesOut ? [otherwise] : [])];
}

/** What those who pass can get. */
function passing(rule: CheckedRule, subject: RuleSubject): unknown[] {
  if ("serve" in rule) return [rule.serve];
  const weights = rule.weights ?? subject.weights;
  if (weights === undefined) return [true];
  return Object.keys(weights).filter((name) => (weights[name] as number) > 0);
}

function sharesOf({ rollout = 100, steps, linear }: CheckedRule): readonly number[] {
  if (linear !== undefined) return [linear.start, linear.end];
  // Before the first step nobody passes.
  return steps === undefined ? [rollout] : [0, ...steps.map((step) => step.rollout)];
}

function admitsAnybody(rule: CheckedRule): boolean {
  if (Array.isArray(rule.allow) && rule.allow.length > 0) return true;
  return !admitsListedOnly(rule) && sharesOf(rule).some((share) => share > 0);
}

/** Whether anybody whom a rule is for may get what everybody else gets. */
function leavesAnybodyOut(rule: CheckedRule): boolean {
  if (["deny", "layer", "holdout", "hash"].some((word) => word in rule)) return true;
  return sharesOf(rule).some((share) => share < 100);
}

/** The same of a rule that stands alone, or of what stands beside a list. */
function refusesAnybody(rule: CheckedRule): boolean {
  return rule.when !== undefined || rule.schedule !== undefined || admitsListedOnly(rule) || leavesAnybodyOut(rule);
}

function distinct(choices: readonly unknown[]): readonly unknown[] {
  return choices.filter((choice, index) => choices.findIndex((other) => isDeepStrictEqual(other, choice)) === index);
}
