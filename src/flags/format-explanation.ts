import { choiceOf } from "../resolvers/resolutions.js";
import type { Origin } from "../resolvers/resolver.js";
import type { ExplainedStep, ExplainedStore, Explanation } from "./explain.js";
import { describeTrace } from "./format-trace.js";
import { printable } from "./printable.js";

/**
 * An explanation as lines for a terminal: the answer, then every step with what it said and where that came from; how
 * a rule came to its answer stands below it: the arithmetic, each condition, holdout and layer, the rules of a list as
 * far as they were asked, and when it answers anew. Of the context only the unit is shown. Control and formatting
 * characters are written as JSON does, such as `\u001b`.
 *
 * @example
 * console.log(formatExplanation(flags.explain("new_checkout", { userId: "u1" })));
 */
export function formatExplanation(explanation: Explanation): string {
  const { flag, resolution, steps, dependencies, unmetRequirements, store } = explanation;
  const { reason, source, rule, detail, dependency } = resolution;
  const because = [reason, `by ${source}`, rule && `rule ${rule}`, detail, dependency && `"${dependency}" is off`];
  const width = Math.max(...steps.map(({ step }) => step.length));
  const lines = [
    `${flag} = ${JSON.stringify(choiceOf(resolution))}  (${because.filter(Boolean).join(", ")})`,
    ...steps.flatMap((step) => [
      `  ${MARK[step.said]} ${step.step.padEnd(width)}  ${describe(step)}`,
      ...describeRule(step).map((line) => `${" ".repeat(width + 6)}${line}`),
    ]),
    ...dependencies.map(({ flag: name, on, source: by }) => `  depends on ${name}: ${on ? "on" : "off"} (by ${by})`),
    ...unmetRequirements.map((requirement) => `  requires ${requirement}`),
    ...(store === undefined ? [] : [`  store: ${describeStore(store)}`]),
  ];
  return lines.map(printable).join("\n");
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
  const who = actor === undefined ? source : `${actor} (${source})`;
  return [
    `set by ${who} at ${new Date(at).toISOString()}`,
    ...(reason === undefined ? [] : [JSON.stringify(reason)]),
    ...(expiresAt === undefined ? [] : [`until ${new Date(expiresAt).toISOString()}`]),
  ];
}

function describeStore({ state, since, revision, ageMs }: ExplainedStore): string {
  const age = ageMs === undefined ? [] : [`up to ${ageMs} ms old`];
  return [`${state} since ${new Date(since).toISOString()}`, `revision ${revision}`, ...age].join(", ");
}

function describeRule({ rule, trace }: ExplainedStep): string[] {
  return rule === undefined || trace === undefined ? [] : describeTrace(rule, trace);
}
