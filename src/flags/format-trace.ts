import type { ConditionTrace } from "../rules/condition-compile.js";
import type { CheckedRule } from "../rules/rule.js";
import type { GateTrace, RuleTrace } from "../rules/trace.js";

/** How a rule came to its answer, as lines: the rule with its arithmetic, then what was asked. Not yet printable. */
export function describeTrace(rule: CheckedRule, trace: RuleTrace): string[] {
  const { when = [], rules = [], gates = [], next } = trace;
  return [
    arithmetic(rule, trace),
    ...when.map(describeCondition),
    ...rules.flatMap((item) => [
      `rule ${item.name}: ${item.chosen ? "chosen" : "not chosen"}${item.closed === undefined ? "" : `, ${item.closed}`}`,
      ...(item.when ?? []).map((condition) => `  ${describeCondition(condition)}`),
    ]),
    ...gates.map(describeGate),
    ...(next === undefined ? [] : [`next change by the clock at ${new Date(next).toISOString()}`]),
  ];
}

function arithmetic(rule: CheckedRule, { by, unit, rollout, variant, resolution }: RuleTrace): string {
  const parts = [
    `rule ${JSON.stringify(rule)}`,
    unit === undefined ? `no unit (${by.join(", ")})` : `unit ${JSON.stringify(unit)}`,
  ];
  if (rollout !== undefined)
    parts.push(`rollout${byHash(rollout)} bucket ${fraction(rollout.bucket)} of ${fraction(rollout.threshold)}`);
  if (variant !== undefined) {
    const slices = variant.slices.map(({ name, end }) => `${name} < ${fraction(end)}`).join(", ");
    parts.push(`variant${byHash(variant)} bucket ${fraction(variant.bucket)} (${slices})`);
  }
  const { detail } = resolution;
  if (detail !== undefined && detail !== "no unit") parts.push(detail);
  return parts.join("; ");
}

function byHash({ hash }: { readonly hash?: string }): string {
  return hash === undefined ? "" : ` (${hash})`;
}

/** Names the attribute and what was asked, and never the attribute's value. */
function describeCondition({ path, operator, matched, missing }: ConditionTrace): string {
  return `when ${path} ${operator}: ${matched ? "yes" : "no"}${missing ? ", missing" : ""}`;
}

function describeGate({ kind, name, bucket, from, to, passes }: GateTrace): string {
  const what = kind === "holdout" ? "keeps out" : "gives it";
  const range = `${what} ${fraction(from)} to ${fraction(to)}`;
  const where = bucket === undefined ? "no unit" : `bucket ${fraction(bucket)}`;
  return `${kind} ${name} ${range}; ${where}; ${passes ? "passes" : "does not pass"}`;
}

function fraction(point: number): string {
  return point.toFixed(6);
}
