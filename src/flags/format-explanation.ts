import type { RuleTrace } from "../rules/compile.js";
import type { ExplainedStep, Explanation } from "./explain.js";

/**
 * An explanation as lines for a terminal: the answer, then every step with what it said and where that came from.
 *
 * @example
 * console.log(formatExplanation(flags.explain("new_checkout", { userId: "u1" })));
 */
export function formatExplanation({ flag, resolution, steps, dependencies, unmetRequirements }: Explanation): string {
  const { value, reason, source, detail, dependency } = resolution;
  const because = [reason, `by ${source}`, detail, dependency && `"${dependency}" is off`].filter(Boolean).join(", ");
  const width = Math.max(...steps.map(({ step }) => step.length));
  return [
    `${flag} = ${show(value)}  (${because})`,
    ...steps.map((step) => `  ${MARK[step.said]} ${step.step.padEnd(width)}  ${describe(step)}`),
    ...dependencies.map(({ flag: name, on, source: by }) => `  depends on ${name}: ${on ? "on" : "off"} (by ${by})`),
    ...unmetRequirements.map((requirement) => `  requires ${requirement}`),
  ].join("\n");
}

const MARK = { answered: "→", outranked: "·", abstained: " ", failed: "!" } as const;

function describe({ said, value, rule, place, origin, trace, problem }: ExplainedStep): string {
  if (said === "abstained") return "has no answer";
  if (said === "failed") return `failed: ${problem}`;
  const parts = [show(value)];
  if (rule !== undefined) parts.push(`rule ${JSON.stringify(rule)}`);
  if (trace !== undefined) parts.push(...describeTrace(trace));
  if (place !== undefined) parts.push(`from ${place}`);
  if (origin !== undefined) {
    const who = origin.actor === undefined ? origin.source : `${origin.actor} (${origin.source})`;
    parts.push(`set by ${who} at ${new Date(origin.at).toISOString()}`);
    if (origin.reason !== undefined) parts.push(`"${origin.reason}"`);
    if (origin.expiresAt !== undefined) parts.push(`until ${new Date(origin.expiresAt).toISOString()}`);
  }
  if (said === "outranked") parts.push("not reached");
  return parts.join(", ");
}

function describeTrace({ by, unit, rollout, variant, resolution }: RuleTrace): string[] {
  const lines = [unit === undefined ? `no unit (${by.join(", ")})` : `unit ${JSON.stringify(unit)}`];
  if (rollout !== undefined)
    lines.push(
      `rollout bucket ${fraction(rollout.bucket)} of ${fraction(rollout.threshold)} (${rollout.percentage} %)`,
    );
  if (variant !== undefined) {
    const slices = variant.slices.map(({ name, end }) => `${name} < ${fraction(end)}`).join(", ");
    lines.push(`variant bucket ${fraction(variant.bucket)} (${slices})`);
  }
  if (resolution.detail !== undefined && unit !== undefined) lines.push(resolution.detail);
  return lines;
}

function fraction(point: number): string {
  return point.toFixed(6);
}

function show(value: unknown): string {
  return value === undefined ? "undefined" : JSON.stringify(value);
}
