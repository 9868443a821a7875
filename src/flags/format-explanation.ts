import type { Origin } from "../resolvers/resolver.js";
import type { ExplainedStep, Explanation } from "./explain.js";

/**
 * An explanation as lines for a terminal: the answer, then every step with what it said and where that came from; how
 * a rule came to its answer stands on a line of its own.
 *
 * @example
 * console.log(formatExplanation(flags.explain("new_checkout", { userId: "u1" })));
 */
export function formatExplanation(explanation: Explanation): string {
  const { flag, resolution, steps, dependencies, unmetRequirements } = explanation;
  const { value, reason, source, detail, dependency } = resolution;
  const because = [reason, `by ${source}`, detail, dependency && `"${dependency}" is off`].filter(Boolean).join(", ");
  const width = Math.max(...steps.map(({ step }) => step.length));
  return [
    `${flag} = ${JSON.stringify(value)}  (${because})`,
    ...steps.flatMap((step) => [
      `  ${MARK[step.said]} ${step.step.padEnd(width)}  ${describe(step)}`,
      ...describeRule(step).map((line) => `${" ".repeat(width + 6)}${line}`),
    ]),
    ...dependencies.map(({ flag: name, on, source: by }) => `  depends on ${name}: ${on ? "on" : "off"} (by ${by})`),
    ...unmetRequirements.map((requirement) => `  requires ${requirement}`),
  ].join("\n");
}

const MARK = { answered: "→", outranked: "·", abstained: " ", failed: "!" } as const;

function describe({ said, value, place, locked, origin, problem }: ExplainedStep): string {
  if (said === "abstained") return "has no answer";
  if (said === "failed") return `failed: ${problem}`;
  const parts = [JSON.stringify(value)];
  if (place !== undefined) parts.push(`from ${place}`);
  if (locked) parts.push("locked");
  if (origin !== undefined) parts.push(...describeOrigin(origin));
  if (said === "outranked") parts.push("not reached");
  return parts.join(", ");
}

function describeOrigin({ actor, source, at, reason, expiresAt }: Origin): string[] {
  const who = printable(actor === undefined ? source : `${actor} (${source})`);
  return [
    `set by ${who} at ${new Date(at).toISOString()}`,
    ...(reason === undefined ? [] : [JSON.stringify(reason)]),
    ...(expiresAt === undefined ? [] : [`until ${new Date(expiresAt).toISOString()}`]),
  ];
}

function describeRule({ rule, trace }: ExplainedStep): string[] {
  if (rule === undefined || trace === undefined) return [];
  const { by, unit, rollout, variant, resolution } = trace;
  const parts = [
    `rule ${JSON.stringify(rule)}`,
    unit === undefined ? `no unit (${by.join(", ")})` : `unit ${JSON.stringify(unit)}`,
  ];
  if (rollout !== undefined) parts.push(`rollout bucket ${fraction(rollout.bucket)} of ${fraction(rollout.threshold)}`);
  if (variant !== undefined) {
    const slices = variant.slices.map(({ name, end }) => `${name} < ${fraction(end)}`).join(", ");
    parts.push(`variant bucket ${fraction(variant.bucket)} (${slices})`);
  }
  if (resolution.detail !== undefined && unit !== undefined) parts.push(resolution.detail);
  return [parts.join("; ")];
}

/** What people typed must not move a terminal's cursor. */
function printable(text: string): string {
  return /\p{Cc}/u.test(text) ? JSON.stringify(text) : text;
}

function fraction(point: number): string {
  return point.toFixed(6);
}
