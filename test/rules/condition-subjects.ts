import type { CheckedCondition } from "../../src/rules/condition.js";
import { type ConditionCheck, checkCondition } from "../../src/rules/condition-check.js";
import { type ConditionScope, compileCondition } from "../../src/rules/condition-compile.js";
import type { Context } from "../../src/rules/context.js";
import type { RuleIssue } from "../../src/rules/rule-issue.js";

export interface Surroundings {
  readonly base?: Context;
  readonly segments?: Readonly<Record<string, unknown>>;
}

/** A condition that is expected to be one. */
export function checkedCondition(input: unknown): CheckedCondition {
  const check: ConditionCheck = checkCondition(input, ["when"]);
  if ("issues" in check) throw new Error(check.issues.map(({ message }) => message).join("; "));
  return check.condition;
}

/** What is wrong with a condition that stands under `when`. */
export function conditionIssues(input: unknown): readonly RuleIssue[] {
  const check = checkCondition(input, ["when"]);
  return "issues" in check ? check.issues : [];
}

export function scopeOf({ base = {}, segments = {} }: Surroundings = {}): ConditionScope {
  const checked = Object.entries(segments).map(([name, input]) => [name, checkedCondition(input)] as const);
  return { base, segments: new Map(checked) };
}

/** Whether a condition holds for a context. */
export function holds(condition: unknown, context: Context, surroundings?: Surroundings): boolean {
  return compileCondition(checkedCondition(condition), scopeOf(surroundings))(context);
}
