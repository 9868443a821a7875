import { messageOf } from "../errors.js";
import type { Bucketing } from "./bucketing.js";
import type { CheckedCondition } from "./condition.js";
import { segmentsNamed } from "./condition-check.js";
import type { Groups, Layer } from "./groups.js";
import { didYouMean } from "./nearest.js";
import type { CheckedRule, RuleSubject } from "./rule.js";
import { issueAt, type RuleIssue } from "./rule-issue.js";

/** What there is for rules to name. */
export interface Known {
  readonly groups: Groups;
  /** By name, `murmur3-v1` among them. */
  readonly bucketings: ReadonlyMap<string, Bucketing>;
}

/** Which of the names was probably meant, as the end of a sentence; the empty text where none is near. */
export type Hint = (wanted: string, names: Iterable<string>) => string;

/**
 * What a checked rule names and is not there: segments, layers, holdouts, a bucketing; a layer that holds no slice for
 * the flag; shares that the bucketing cannot have. Empty where all is well.
 */
export function referenceIssues(
  rule: CheckedRule,
  subject: RuleSubject,
  known: Known,
  hint: Hint = didYouMean,
): readonly RuleIssue[] {
  const issues = itemIssues(rule, subject, known, { path: [], hint });
  if (rule.rules === undefined) return issues;
  return [
    ...issues,
    ...rule.rules.flatMap((item, index) => itemIssues(item, subject, known, { path: ["rules", index], hint })),
  ];
}

const NONE: readonly RuleIssue[] = [];

/** Whether a rule may name a segment, a layer or a holdout. Most rules name none, and need not be looked at any further. */
function mayNameGroup({ when, layer, holdout }: CheckedRule): boolean {
  if (layer !== undefined || holdout !== undefined) return true;
  return when !== undefined && Object.keys(when).some((key) => key.startsWith("$"));
}

function itemIssues(
  rule: CheckedRule,
  subject: RuleSubject,
  known: Known,
  { path, hint }: { readonly path: RuleIssue["path"]; readonly hint: Hint },
): readonly RuleIssue[] {
  const { when, layer, holdout, hash } = rule;
  if (hash === undefined && !mayNameGroup(rule)) return NONE;
  const { segments, layers, holdouts } = known.groups;
  const issues: RuleIssue[] = [];
  const unknown = (word: string, what: string, name: string, there: ReadonlyMap<string, unknown>) => {
    issues.push(
      issueAt([...path, word], `names the ${what} "${name}", which is not there${instead(name, there, hint)}`),
    );
  };
  if (when !== undefined) issues.push(...segmentIssuesOf(when, [...path, "when"], segments, hint));
  if (holdout !== undefined && !holdouts.has(holdout)) unknown("holdout", "holdout", holdout, holdouts);
  const slices = layer === undefined ? undefined : layers.get(layer)?.slices;
  if (layer !== undefined && slices === undefined) unknown("layer", "layer", layer, layers);
  if (slices !== undefined && !Object.hasOwn(slices, subject.name))
    issues.push(
      issueAt(
        [...path, "layer"],
        `names the layer "${layer}", which has no slice for "${subject.name}"; give it one there`,
      ),
    );
  const bucketing = hash === undefined ? undefined : known.bucketings.get(hash);
  if (hash !== undefined && bucketing === undefined)
    issues.push(unknownBucketing(hash, known.bucketings, [...path, "hash"]));
  const problem = bucketing && shareProblem(bucketing, rule, subject);
  if (problem !== undefined) issues.push(issueAt([...path, "hash"], `"${hash}" cannot have these shares: ${problem}`));
  return issues;
}

function unknownBucketing(hash: string, there: Known["bucketings"], path: RuleIssue["path"]): RuleIssue {
  const help = `; there is ${[...there.keys()].join(", ")}, and what createFlags({ bucketing: [...] }) is given: burgee/bucketing has those of other products`;
  return issueAt(path, `names the bucketing "${hash}", which is not there${didYouMean(hash, there.keys()) || help}`);
}

/** What a bucketing has to say of the shares of a rule, at any time; it is somebody else's, and may throw. */
function shareProblem(
  bucketing: Bucketing,
  rule: CheckedRule,
  { name, weights: own = {} }: RuleSubject,
): string | undefined {
  const { rollout, steps = [], linear, salt = name } = rule;
  // Of the shares of a ramp one in between stands for all.
  const ramp = linear && [linear.start, linear.end, linear.start + (linear.end - linear.start) * 0.123456];
  const given = [rollout, ...steps.map((step) => step.rollout), ...(ramp ?? [])].filter((share) => share !== undefined);
  const weights = Object.values(rule.weights ?? ("serve" in rule ? {} : own));
  for (const percentage of given.length > 0 ? given : [100]) {
    const shares = { ...(given.length > 0 && { percentage }), ...(weights.length > 0 && { weights }) };
    try {
      const problem = bucketing.problem?.(shares);
      if (problem !== undefined) return problem;
      if (weights.length > 0) bucketing.variant(salt, weights, percentage);
      else if (percentage > 0 && percentage < 100) bucketing.rollout(salt, percentage);
    } catch (thrown) {
      return `it threw: ${messageOf(thrown)}`;
    }
  }
  return undefined;
}

/** The segments that a condition names and that are not there. */
export function segmentIssuesOf(
  condition: CheckedCondition,
  path: RuleIssue["path"],
  segments: ReadonlyMap<string, unknown>,
  hint: Hint = didYouMean,
): RuleIssue[] {
  return segmentsNamed(condition)
    .filter(({ name }) => !segments.has(name))
    .map(({ name, path: inside }) => {
      const message = `names the segment "${name}", which is not there${instead(name, segments, hint)}`;
      return issueAt([...path, ...inside], message);
    });
}

/** How many names are listed at most. */
const MOST_NAMES = 10;

/** What there is in the place of what is not: the name that was probably meant, else the first few. */
function instead(wanted: string, there: ReadonlyMap<string, unknown>, hint: Hint): string {
  if (there.size === 0) return "; none is declared";
  const near = hint(wanted, there.keys());
  if (near !== "") return near;
  const names: string[] = [];
  for (const name of there.keys()) if (names.push(name) === MOST_NAMES) break;
  const more = there.size - names.length;
  return `; there is ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/**
 * What a flag's rule uses of the groups, as plain data: segments (those inside segments included), the flag's own slice
 * of layers, holdouts. Undefined where it uses none.
 */
export function usedGroups(rule: CheckedRule, { name: flag }: RuleSubject, groups: Groups): UsedGroups | undefined {
  const items = [rule, ...(rule.rules ?? [])];
  if (!items.some(mayNameGroup)) return undefined;
  const used = {
    segments: new Map<string, unknown>(),
    layers: new Map<string, unknown>(),
    holdouts: new Map<string, unknown>(),
  };
  const follow = (condition: CheckedCondition | undefined) => {
    for (const { name } of condition === undefined ? [] : segmentsNamed(condition)) {
      const segment = groups.segments.get(name);
      if (used.segments.has(name) || segment === undefined) continue;
      used.segments.set(name, segment);
      follow(segment);
    }
  };
  for (const { when, layer, holdout } of items) {
    follow(when);
    if (layer !== undefined) used.layers.set(layer, ownSlice(groups.layers.get(layer), flag));
    if (holdout !== undefined) used.holdouts.set(holdout, groups.holdouts.get(holdout));
  }
  const filled = Object.entries(used).filter(([, map]) => map.size > 0);
  if (filled.length === 0) return undefined;
  return Object.freeze(Object.fromEntries(filled.map(([kind, map]) => [kind, Object.fromEntries(map)])));
}

function ownSlice(layer: Layer | undefined, flag: string): object {
  const { slices = {}, ...rest } = layer ?? {};
  return { ...rest, slice: slices[flag] };
}

/** Groups by kind and name. */
export interface UsedGroups {
  readonly segments?: Readonly<Record<string, unknown>>;
  readonly layers?: Readonly<Record<string, unknown>>;
  readonly holdouts?: Readonly<Record<string, unknown>>;
}
