import { type Answer, answersOf, otherwiseOf, type Pass, passOf } from "./answers.js";
import { bucketSeed, percentageThreshold } from "./bucket.js";
import { type Bucketing, DEFAULT_BUCKETING } from "./bucketing.js";
import type { Matches } from "./condition.js";
import { compileCondition } from "./condition-compile.js";
import { type Gate, gatesOf } from "./gates.js";
import type { Resolution } from "./resolution.js";
import type { CheckedRule, RuleSubject } from "./rule.js";
import { admitsListedOnly } from "./rule-coherence.js";
import { type ReadUnit, type RuleScope, unitReader } from "./unit.js";

/** What a rule is compiled for. */
export interface Place {
  readonly subject: RuleSubject;
  readonly scope: RuleScope;
  /** The step that will be named as the one that answered. */
  readonly source: string;
  /** What answers call the rule. */
  readonly name?: string | undefined;
  /** The list that it is an item of. */
  readonly list?: CheckedRule | undefined;
}

/** Whom a rule is for: what is asked before its share. */
export interface Guards {
  readonly readUnit: ReadUnit;
  readonly deny: ReadonlySet<string> | undefined;
  /** Units that pass whatever the rest says. */
  readonly allow: ReadonlySet<string> | undefined;
  readonly when: Matches | undefined;
  /** Why nobody but those on the allow list passes, where nobody does. */
  readonly closed: "outside its schedule" | "not on the allow list" | undefined;
}

/** The parts of a rule, worked out once. Percentages have become numbers of buckets. */
export interface Parts extends Guards {
  /** The answers of units that are given one value, whatever the rest says. */
  readonly forced: ReadonlyMap<string, Resolution> | undefined;
  readonly gates: readonly Gate[];
  readonly salt: string;
  readonly percentage: number;
  /** Units whose hash is below it pass: 2^32 everyone, 0 nobody. */
  readonly threshold: number;
  readonly rolloutSeed: number;
  /** A bucketing other than burgee's own. */
  readonly foreign: Bucketing | undefined;
  readonly pass: Pass;
  readonly otherwise: Answer;
}

/** The guards of a rule or of a list of rules. */
export function guardsOf(rule: CheckedRule, scope: RuleScope): Guards {
  const { deny, allow, when, schedule, by } = rule;
  return {
    readUnit: unitReader(by, scope),
    deny: asSet(deny),
    allow: isList(allow) ? asSet(allow) : undefined,
    when: when && compileCondition(when, { base: scope.base, segments: scope.groups.segments }),
    closed: schedule ? "outside its schedule" : admitsListedOnly(rule) ? "not on the allow list" : undefined,
  };
}

/** Takes one rule apart, as it stands now. */
export function partsOf(rule: CheckedRule, { subject, scope, source, name, list }: Place): Parts {
  const answer = answersOf(subject, source, name);
  const salt = rule.salt ?? subject.name;
  const percentage = rule.rollout ?? 100;
  const { readUnit, deny, allow, when, closed } = guardsOf(rule, scope);
  // In a list such a rule still chooses everybody.
  const nobodyElse = list === undefined && percentage === 0 && allow !== undefined && rule.linear === undefined;
  return {
    readUnit,
    deny,
    allow,
    when,
    closed: closed ?? (nobodyElse ? "not on the allow list" : undefined),
    forced: forcedBy(rule, answer),
    gates: gatesOf(rule, subject, scope),
    salt,
    percentage,
    threshold: percentageThreshold(percentage),
    rolloutSeed: bucketSeed(salt, "rollout"),
    foreign: foreignOf(rule, scope),
    pass: passOf(rule, subject, answer),
    otherwise: answer(otherwiseOf(rule, list, subject)),
  };
}

function foreignOf({ hash = DEFAULT_BUCKETING }: CheckedRule, { bucketings }: RuleScope): Bucketing | undefined {
  if (hash === DEFAULT_BUCKETING) return undefined;
  const bucketing = bucketings.get(hash);
  if (bucketing === undefined) throw new TypeError(`the rule names the bucketing "${hash}", which is not there`);
  return bucketing;
}

function forcedBy({ allow }: CheckedRule, answer: (value: unknown) => Answer): Parts["forced"] {
  if (allow === undefined || isList(allow)) return undefined;
  const forced = Object.entries(allow).flatMap(([value, units]) => {
    const resolution = answer(value)("TARGETING_MATCH", "on the allow list");
    return units.map((unit) => [unit, resolution] as const);
  });
  return forced.length === 0 ? undefined : new Map(forced);
}

function isList(allow: CheckedRule["allow"]): allow is readonly string[] {
  return Array.isArray(allow);
}

function asSet(units: readonly string[] | undefined): ReadonlySet<string> | undefined {
  return units === undefined || units.length === 0 ? undefined : new Set(units);
}
