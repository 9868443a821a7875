import { type Bucketing, DEFAULT_BUCKETING, murmur3v1 } from "../rules/bucketing.js";
import type { CheckedCondition } from "../rules/condition.js";
import { segmentsNamed } from "../rules/condition-check.js";
import { type Groups, type Holdout, type Layer, NO_GROUPS } from "../rules/groups.js";
import { segmentIssues } from "../rules/groups-check.js";
import { type Hint, type Known, referenceIssues } from "../rules/references.js";
import type { CheckedRule, RuleSubject } from "../rules/rule.js";
import type { RuleIssue } from "../rules/rule-issue.js";
import { noHint, thriftyHints } from "./hints.js";

/** The kinds of group, as options and profiles call them. */
export const GROUP_KINDS = ["segments", "layers", "holdouts"] as const satisfies readonly (keyof Groups)[];

/** The groups of one source. */
export interface DeclaredGroups {
  /** Those that are right by themselves. */
  readonly groups: Groups;
  /** The names of the others. What is wrong with them has been told. */
  readonly broken: Readonly<Record<keyof Groups, ReadonlySet<string>>>;
}

/** What rules may name, code and profile taken together. */
export interface KnownGroups extends Known {
  /**
   * The same with stand-ins for groups that are declared and cannot be used, which have been told of: who names one of
   * those has made no mistake. Every layer that stands in holds a slice for the flag.
   */
  declared(flag: string): Groups;
}

/** What there is where code adds nothing. */
export const BUILT_IN: Known = Object.freeze({
  groups: NO_GROUPS,
  bucketings: new Map<string, Bucketing>([[DEFAULT_BUCKETING, murmur3v1]]),
});

const NOTHING: ReadonlySet<string> = new Set();
const NONE: DeclaredGroups = { groups: NO_GROUPS, broken: { segments: NOTHING, layers: NOTHING, holdouts: NOTHING } };

/**
 * Puts the groups of a profile over those of code, name by name. Segments that cannot be used together (they name what
 * is not there, or run in a circle) are taken out, with all that rest on them; the issues say why, once.
 */
export function joinGroups(
  code: Known,
  { groups: file, broken }: DeclaredGroups = NONE,
  hint: Hint = thriftyHints(),
): { readonly known: KnownGroups; readonly issues: readonly RuleIssue[] } {
  const all = over(code.groups.segments, file.segments, broken.segments);
  const segments = usable(all);
  const groups: Groups = Object.freeze({
    segments,
    layers: over(code.groups.layers, file.layers, broken.layers),
    holdouts: over(code.groups.holdouts, file.holdouts, broken.holdouts),
  });
  const named = withStandIns(all, broken.segments, (): CheckedCondition => ({}));
  const holdouts = withStandIns(groups.holdouts, broken.holdouts, (): Holdout => ({ share: 0 }));
  const declared = (flag: string): Groups => {
    const layer = (): Layer => ({ slices: { [flag]: [0, 100] } });
    return { segments: named, layers: withStandIns(groups.layers, broken.layers, layer), holdouts };
  };
  return {
    known: Object.freeze({ groups, bucketings: code.bucketings, declared }),
    issues: segmentIssues(named, hint),
  };
}

/** What a rule names and is not declared, usable or not. */
export function missingReferences(
  rule: CheckedRule,
  flag: RuleSubject,
  { declared, bucketings }: KnownGroups,
  hint: Hint,
): readonly RuleIssue[] {
  return referenceIssues(rule, flag, { groups: declared(flag.name), bucketings }, hint);
}

/** The groups of a file over those of code. One that is broken hides the one below it too. */
function over<T>(
  below: ReadonlyMap<string, T>,
  above: ReadonlyMap<string, T>,
  broken: ReadonlySet<string>,
): ReadonlyMap<string, T> {
  return new Map([...below, ...above].filter(([name]) => !broken.has(name)));
}

/** The segments without those that cannot be used, and all that rest on one of them. */
function usable(all: ReadonlyMap<string, CheckedCondition>): ReadonlyMap<string, CheckedCondition> {
  const unusable = new Set(segmentIssues(all, noHint).map(({ path }) => String(path[1])));
  if (unusable.size === 0) return all;
  const users = new Map<string, string[]>();
  for (const [name, condition] of all) {
    for (const { name: used } of segmentsNamed(condition)) {
      const others = users.get(used);
      if (others === undefined) users.set(used, [name]);
      else others.push(name);
    }
  }
  // The loop also reaches what is added while it runs.
  for (const name of unusable) for (const user of users.get(name) ?? []) unusable.add(user);
  return new Map([...all].filter(([name]) => !unusable.has(name)));
}

function withStandIns<T>(
  groups: ReadonlyMap<string, T>,
  names: ReadonlySet<string>,
  standIn: () => T,
): ReadonlyMap<string, T> {
  return names.size === 0 ? groups : new Map([...groups, ...[...names].map((name) => [name, standIn()] as const)]);
}
