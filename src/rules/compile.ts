import { BUCKETS, bucketSeed, murmur3, percentageThreshold, weightEnds } from "./bucket.js";
import { type Context, EMPTY_CONTEXT } from "./context.js";
import type { Decide, Reason, Resolution } from "./resolution.js";
import type { CheckedRule, RuleSubject } from "./rule.js";
import { hashesInstance, type ReadUnit, type RuleScope, unitAttributes, unitReader } from "./unit.js";

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
  readonly rollout?: {
    readonly salt: string;
    readonly percentage: number;
    readonly bucket: number;
    readonly threshold: number;
  };
  /** The unit's point in [0, 1) and the end of each value's slice; a value with no share has none. */
  readonly variant?: {
    readonly salt: string;
    readonly bucket: number;
    readonly slices: readonly { readonly name: string; readonly end: number }[];
  };
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
  readonly otherwise: Answer;
}

/** What those who pass get: one value, or a spread over several. */
type Pass = { readonly serve: Answer } | Spread;
interface Spread {
  readonly seed: number;
  /** The slices that hold anybody, in the definition's order, and where each ends. */
  readonly names: readonly string[];
  readonly ends: readonly number[];
  readonly outcomes: readonly Resolution[];
}

/** A value about to become an answer. */
type Answer = (reason: Reason, detail?: string) => Resolution;

/** Prepares a checked rule. `source` is the step that will be named as the one that answered. */
export function compileRule(rule: CheckedRule, subject: RuleSubject, scope: RuleScope, source: string): CompiledRule {
  const parts = takeApart(rule, subject, scope, source);
  const general = compileParts(parts);
  const constant = foldConstant(parts) ?? (hashesInstance(rule.by) ? general.decide(EMPTY_CONTEXT) : undefined);
  const decide = constant === undefined ? general.decide : () => constant;
  const outcomes = constant === undefined ? general.outcomes : [constant];
  return { constant, decide, outcomes, trace: (context) => traceRule(rule, subject, parts, decide(context), context) };
}

function takeApart(rule: CheckedRule, subject: RuleSubject, scope: RuleScope, source: string): Parts {
  const salt = rule.salt ?? subject.name;
  const named = subject.values !== undefined;
  const answer =
    (value: unknown): Answer =>
    (reason, detail) =>
      Object.freeze({
        value,
        ...(named && { variant: value as string }),
        reason,
        source,
        ...(detail !== undefined && { detail }),
      });
  const fallback = subject.kind === "boolean" ? false : subject.default;
  const weights = rule.weights ?? ("serve" in rule ? undefined : subject.weights);
  const listedOnly = rule.allow !== undefined && rule.rollout === undefined;
  return {
    readUnit: unitReader(rule.by, scope),
    deny: asSet(rule.deny),
    allow: asSet(rule.allow),
    threshold: listedOnly ? 0 : percentageThreshold(rule.rollout ?? 100),
    rolloutSeed: bucketSeed(salt, "rollout"),
    pass:
      weights === undefined ? { serve: answer("serve" in rule ? rule.serve : true) } : spread(weights, salt, answer),
    otherwise: answer("otherwise" in rule ? rule.otherwise : fallback),
  };
}

function asSet(units: readonly string[] | undefined): ReadonlySet<string> | undefined {
  return units === undefined || units.length === 0 ? undefined : new Set(units);
}

/** Shares become slices. Where one value has everything nobody needs hashing, and it is served. */
function spread(weights: Readonly<Record<string, number>>, salt: string, answer: (value: unknown) => Answer): Pass {
  const all = Object.keys(weights);
  const allEnds = weightEnds(Object.values(weights));
  const held = allEnds.map((end, index) => end > (allEnds[index - 1] ?? 0));
  const names = all.filter((_, index) => held[index]);
  if (names.length === 1) return { serve: answer(names[0]) };
  return {
    seed: bucketSeed(salt, "variant"),
    names,
    ends: allEnds.filter((_, index) => held[index]),
    outcomes: names.map((name) => answer(name)("SPLIT")),
  };
}

/** The one answer of a rule that asks nothing of the context, or undefined. */
function foldConstant({ deny, allow, threshold, pass, otherwise }: Parts): Resolution | undefined {
  if (allow === undefined && threshold === 0) return otherwise("STATIC");
  const everybody = deny === undefined && threshold === BUCKETS;
  return everybody && "serve" in pass ? pass.serve("STATIC") : undefined;
}

/** The rule as a closure over prepared answers. */
function compileParts(parts: Parts): { decide: Decide; outcomes: readonly Resolution[] } {
  const { readUnit, deny, allow, threshold, rolloutSeed, otherwise } = parts;
  const everyone = threshold === BUCKETS;
  const denied = otherwise("TARGETING_MATCH", "on the deny list");
  const outside =
    threshold === 0 ? otherwise("DEFAULT", "not on the allow list") : otherwise("SPLIT", "outside the rollout");
  const { inside, listed, anyone, outcomes } = compilePass(parts.pass, everyone);
  const unitless = anyone ?? otherwise("DEFAULT", "no unit");
  const decide: Decide = (context) => {
    const unit = readUnit(context);
    if (unit === undefined) return unitless;
    if (deny?.has(unit)) return denied;
    if (allow?.has(unit)) return listed(unit);
    return everyone || murmur3(unit, rolloutSeed) < threshold ? inside(unit) : outside;
  };
  return { decide, outcomes: [unitless, ...outcomes, ...(everyone ? [] : [outside]), ...(deny ? [denied] : [])] };
}

/** The answers for those who pass: by the rollout, by the allow list, and without a unit where everyone passes. */
interface CompiledPass {
  readonly inside: (unit: string) => Resolution;
  readonly listed: (unit: string) => Resolution;
  readonly anyone?: Resolution;
  readonly outcomes: readonly Resolution[];
}

function compilePass(pass: Pass, everyone: boolean): CompiledPass {
  if ("serve" in pass) {
    const inside = everyone
      ? pass.serve("TARGETING_MATCH", "not on the deny list")
      : pass.serve("SPLIT", "within the rollout");
    const listed = pass.serve("TARGETING_MATCH", "on the allow list");
    return {
      inside: () => inside,
      listed: () => listed,
      ...(everyone && { anyone: inside }),
      outcomes: [inside, listed],
    };
  }
  const { seed, ends, outcomes } = pass;
  const pick = (unit: string): Resolution => {
    const hash = murmur3(unit, seed);
    let index = 0;
    while (hash >= (ends[index] as number)) index++;
    return outcomes[index] as Resolution;
  };
  return { inside: pick, listed: pick, outcomes };
}

function traceRule(
  rule: CheckedRule,
  subject: RuleSubject,
  parts: Parts,
  resolution: Resolution,
  context: Context,
): RuleTrace {
  const unit = parts.readUnit(context);
  const salt = rule.salt ?? subject.name;
  const { pass, threshold, rolloutSeed } = parts;
  return {
    resolution,
    by: unitAttributes(rule.by),
    ...(unit !== undefined && { unit }),
    ...(unit !== undefined &&
      rule.rollout !== undefined && {
        rollout: {
          salt,
          percentage: rule.rollout,
          bucket: murmur3(unit, rolloutSeed) / BUCKETS,
          threshold: threshold / BUCKETS,
        },
      }),
    ...(unit !== undefined &&
      "ends" in pass && {
        variant: {
          salt,
          bucket: murmur3(unit, pass.seed) / BUCKETS,
          slices: pass.names.map((name, index) => ({ name, end: (pass.ends[index] as number) / BUCKETS })),
        },
      }),
  };
}
