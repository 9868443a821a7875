import { BUCKETS, bucketSeed, murmur3, percentageThreshold, weightEnds } from "./bucket.js";
import type { Context } from "./context.js";
import type { Decide, Reason, Resolution } from "./resolution.js";
import type { CheckedRule, RuleSubject } from "./rule.js";
import { type RuleScope, type ReadUnit, unitAttributes, unitReader } from "./unit.js";

/** A rule ready to decide. */
export interface CompiledRule {
  /** The answer where it is the same for everybody. */
  readonly constant: Resolution | undefined;
  readonly decide: Decide;
  /** Every answer that the rule can give to anyone. */
  readonly outcomes: readonly Resolution[];
  /** The same decision with its arithmetic shown. */
  trace(context: Context): RuleTrace;
}

/** How a rule came to its answer for one context. */
export interface RuleTrace {
  readonly resolution: Resolution;
  /** The attributes that may name the unit, in the order they are looked for. */
  readonly by: readonly string[];
  /** The unit that was found. */
  readonly unit?: string;
  /** The unit's point in [0, 1) and the share it is compared with; in where `bucket < threshold`. */
  readonly rollout?: { readonly salt: string; readonly percentage: number; readonly bucket: number; readonly threshold: number };
  /** The unit's point in [0, 1) and the end of each value's slice. */
  readonly variant?: { readonly salt: string; readonly bucket: number; readonly slices: readonly { readonly name: string; readonly end: number }[] };
}

/** The parts of a rule, worked out once. Percentages have become numbers of buckets. */
interface Parts {
  readonly readUnit: ReadUnit;
  readonly deny: ReadonlySet<string> | undefined;
  readonly allow: ReadonlySet<string> | undefined;
  /** Units whose hash is below it pass: 2^32 everyone, 0 nobody but the allowed. */
  readonly threshold: number;
  readonly rolloutSeed: number;
  readonly pass: Pass;
  readonly otherwise: (reason: Reason, detail?: string) => Resolution;
}

/** What those who pass get: one value, or a spread over named ones. */
type Pass = { readonly serve: (reason: Reason, detail?: string) => Resolution } | Spread;
interface Spread {
  readonly seed: number;
  readonly names: readonly string[];
  readonly ends: readonly number[];
  readonly outcomes: readonly Resolution[];
}

/** Prepares a checked rule. `source` is the step that will be named as the one that answered. */
export function compileRule(rule: CheckedRule, subject: RuleSubject, scope: RuleScope, source: string): CompiledRule {
  const parts = takeApart(rule, subject, scope, source);
  const constant = foldConstant(parts);
  if (constant !== undefined) {
    return { constant, decide: () => constant, outcomes: [constant], trace: (context) => traceRule(rule, subject, parts, constant, context) };
  }
  const { decide, outcomes } = compileParts(parts);
  if (rule.by === "instance") {
    const answer = decide(scope.base);
    return { constant: answer, decide: () => answer, outcomes: [answer], trace: (context) => traceRule(rule, subject, parts, answer, context) };
  }
  return { constant: undefined, decide, outcomes, trace: (context) => traceRule(rule, subject, parts, decide(context), context) };
}

function takeApart(rule: CheckedRule, subject: RuleSubject, scope: RuleScope, source: string): Parts {
  const salt = rule.salt ?? subject.name;
  const named = subject.values !== undefined;
  const resolve = (value: unknown) => (reason: Reason, detail?: string): Resolution =>
    Object.freeze({ value, ...(named && { variant: value as string }), reason, source, ...(detail !== undefined && { detail }) });
  const fallback = subject.kind === "boolean" ? false : subject.default;
  const weights = rule.weights ?? ("serve" in rule ? undefined : subject.weights);
  const listedOnly = rule.allow !== undefined && rule.rollout === undefined;
  return {
    readUnit: unitReader(rule.by, scope),
    deny: asSet(rule.deny),
    allow: asSet(rule.allow),
    threshold: listedOnly ? 0 : percentageThreshold(rule.rollout ?? 100),
    rolloutSeed: bucketSeed(salt, "rollout"),
    pass: weights === undefined ? { serve: resolve("serve" in rule ? rule.serve : true) } : spread(weights, salt, resolve),
    otherwise: resolve("otherwise" in rule ? rule.otherwise : fallback),
  };
}

function asSet(units: readonly string[] | undefined): ReadonlySet<string> | undefined {
  return units === undefined || units.length === 0 ? undefined : new Set(units);
}

function spread(
  weights: Readonly<Record<string, number>>,
  salt: string,
  resolve: (value: unknown) => (reason: Reason, detail?: string) => Resolution,
): Spread {
  const names = Object.keys(weights);
  return {
    seed: bucketSeed(salt, "variant"),
    names,
    ends: weightEnds(names.map((name) => weights[name] as number)),
    outcomes: names.map((name) => resolve(name)("SPLIT")),
  };
}

/** The one answer of a rule that asks nothing of the context, or undefined. */
function foldConstant({ deny, allow, threshold, pass, otherwise }: Parts): Resolution | undefined {
  if (allow === undefined && threshold === 0) return otherwise("STATIC");
  if (deny !== undefined || threshold < BUCKETS) return undefined;
  if ("serve" in pass) return pass.serve("STATIC");
  const positive = pass.ends.filter((end, index) => end > (pass.ends[index - 1] ?? 0));
  if (positive.length > 1) return undefined;
  return Object.freeze({ ...(pass.outcomes[pass.ends.indexOf(BUCKETS)] as Resolution), reason: "STATIC" as const });
}

/** The general rule as a closure over prepared answers. Plain rollouts and spreads, the common case, get shorter ones. */
function compileParts(parts: Parts): { decide: Decide; outcomes: readonly Resolution[] } {
  const { readUnit, deny, allow, threshold, rolloutSeed, pass, otherwise } = parts;
  const noUnit = otherwise("DEFAULT", "no unit");
  const denied = otherwise("TARGETING_MATCH", "on the deny list");
  const outside = allow !== undefined && threshold === 0 ? otherwise("DEFAULT", "not on the allow list") : otherwise("SPLIT", "outside the rollout");
  const hashes = threshold > 0 && threshold < BUCKETS;
  const partial = threshold < BUCKETS;

  if ("serve" in pass) {
    const allowed = pass.serve("TARGETING_MATCH", "on the allow list");
    const inside = hashes ? pass.serve("SPLIT", "within the rollout") : pass.serve("TARGETING_MATCH", "not on the deny list");
    const outcomes = [noUnit, inside, ...(partial ? [outside] : []), ...(deny ? [denied] : []), ...(allow ? [allowed] : [])];
    if (deny === undefined && allow === undefined) {
      const decide: Decide = (context) => {
        const unit = readUnit(context);
        if (unit === undefined) return noUnit;
        return murmur3(unit, rolloutSeed) < threshold ? inside : outside;
      };
      return { decide, outcomes };
    }
    const decide: Decide = (context) => {
      const unit = readUnit(context);
      if (unit === undefined) return partial ? noUnit : inside;
      if (deny?.has(unit)) return denied;
      if (allow?.has(unit)) return allowed;
      return threshold === BUCKETS || (hashes && murmur3(unit, rolloutSeed) < threshold) ? inside : outside;
    };
    return { decide, outcomes };
  }

  const pick = picker(pass);
  const outcomes = [noUnit, ...pass.outcomes.filter((_, index) => (pass.ends[index] as number) > (pass.ends[index - 1] ?? 0)), ...(partial ? [outside] : []), ...(deny ? [denied] : [])];
  const decide: Decide = (context) => {
    const unit = readUnit(context);
    if (unit === undefined) return noUnit;
    if (deny?.has(unit)) return denied;
    if (allow?.has(unit)) return pick(unit);
    return threshold === BUCKETS || (hashes && murmur3(unit, rolloutSeed) < threshold) ? pick(unit) : outside;
  };
  return { decide, outcomes };
}

function picker({ seed, ends, outcomes }: Spread): (unit: string) => Resolution {
  return (unit) => {
    const hash = murmur3(unit, seed);
    let index = 0;
    while (hash >= (ends[index] as number)) index++;
    return outcomes[index] as Resolution;
  };
}

function traceRule(rule: CheckedRule, subject: RuleSubject, parts: Parts, resolution: Resolution, context: Context): RuleTrace {
  const unit = parts.readUnit(context);
  const salt = rule.salt ?? subject.name;
  const { pass, threshold, rolloutSeed } = parts;
  return {
    resolution,
    by: unitAttributes(rule.by),
    ...(unit !== undefined && { unit }),
    ...(unit !== undefined &&
      rule.rollout !== undefined && {
        rollout: { salt, percentage: rule.rollout, bucket: murmur3(unit, rolloutSeed) / BUCKETS, threshold: threshold / BUCKETS },
      }),
    ...(unit !== undefined &&
      "ends" in pass && {
        variant: { salt, bucket: murmur3(unit, pass.seed) / BUCKETS, slices: pass.names.map((name, index) => ({ name, end: (pass.ends[index] as number) / BUCKETS })) },
      }),
  };
}
