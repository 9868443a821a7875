import { BUCKETS, murmur3 } from "./bucket.js";
import type { CompiledForm } from "./compiled.js";
import { type ConditionTrace, traceCondition } from "./condition-compile.js";
import type { Context } from "./context.js";
import { mayPass, pointAt } from "./gates.js";
import type { CompiledItem } from "./item.js";
import type { Parts } from "./parts.js";
import type { Resolution } from "./resolution.js";
import type { CheckedRule } from "./rule.js";
import { type RuleScope, unitAttributes } from "./unit.js";

/** How a rule came to its answer for one context. Of a list, unit, gates, rollout and variant are those of the rule chosen. */
export interface RuleTrace {
  readonly resolution: Resolution;
  /** The attributes that may name the unit, in the order they are looked for. */
  readonly by: readonly string[];
  /** The unit that was found. */
  readonly unit?: string;
  /** Its conditions, each with whether it holds. Of a list, those that stand beside it. */
  readonly when?: readonly ConditionTrace[];
  /** Why nobody but those on the allow list passes, where nobody does. */
  readonly closed?: string;
  /** The rules of a list, as far as they were asked. */
  readonly rules?: readonly RuleChoice[];
  /** Its holdout and layer. */
  readonly gates?: readonly GateTrace[];
  /** The unit's point in [0, 1) and the share it is compared with; in where `bucket < threshold`, unless `hash` compares in its own way. */
  readonly rollout?: {
    readonly salt: string;
    readonly hash?: string;
    readonly percentage: number;
    readonly bucket: number;
    readonly threshold: number;
  };
  /** The unit's point in [0, 1) and the end of each value's slice; a value with no share has none. */
  readonly variant?: {
    readonly salt: string;
    readonly hash?: string;
    readonly bucket: number;
    readonly slices: readonly { readonly name: string; readonly end: number }[];
  };
  /** When it next gives other answers, in milliseconds since 1970. */
  readonly next?: number;
}

/** One rule of a list, and whether it is the one for the context. */
export interface RuleChoice {
  readonly name: string;
  readonly chosen: boolean;
  /** Why it is for those on its allow list alone, where it is. */
  readonly closed?: string;
  readonly when?: readonly ConditionTrace[];
}

/** The unit's point in [0, 1) and the range that a holdout keeps out, or that a layer gives to the flag. */
export interface GateTrace {
  readonly kind: "holdout" | "layer";
  readonly name: string;
  /** Undefined where there is no unit. */
  readonly bucket: number | undefined;
  readonly from: number;
  readonly to: number;
  readonly passes: boolean;
}

/** Decides again and notes how. */
export function traceRule(
  rule: CheckedRule,
  compiled: CompiledForm,
  scope: RuleScope,
  context: Context,
  next: number | undefined,
): RuleTrace {
  const resolution = compiled.decide(context);
  const conditions = ({ when }: CheckedRule) =>
    when && { when: traceCondition(when, { base: scope.base, segments: scope.groups.segments }, context) };
  const { list } = compiled;
  const { closed } = list === undefined ? compiled.alone.parts : list.guards;
  const top = { ...conditions(rule), ...(closed && { closed }), ...(next !== undefined && { next }) };
  if (list === undefined) return { resolution, ...arithmetic(rule, compiled.alone, context), ...top };
  const chosen = list.items.findIndex((item) => item.decide(context) !== undefined);
  const guarded = list.refused.includes(resolution);
  const asked = guarded ? [] : list.items.slice(0, chosen < 0 ? list.items.length : chosen + 1);
  const rules = asked.map(({ name, rule: item, parts }, index) => ({
    ...{ name, chosen: index === chosen },
    ...(parts.closed && { closed: parts.closed }),
    ...conditions(item),
  }));
  const item = guarded ? undefined : list.items[chosen];
  if (item !== undefined) return { resolution, ...arithmetic(item.rule, item, context), ...top, rules };
  const unit = list.guards.readUnit(context);
  return { resolution, by: unitAttributes(rule.by), ...(unit !== undefined && { unit }), ...top, rules };
}

function arithmetic(rule: CheckedRule, item: CompiledItem, context: Context) {
  const by = unitAttributes(rule.by);
  const unit = item.parts.readUnit(context);
  const gates = item.parts.gates.map((gate): GateTrace => {
    const { kind, name } = gate;
    const range = { from: gate.from / BUCKETS, to: gate.to / BUCKETS };
    return { kind, name, bucket: pointAt(gate, context), ...range, passes: mayPass(gate, context) === true };
  });
  return {
    by,
    ...(gates.length > 0 && { gates }),
    ...(unit !== undefined && { unit, ...splits(rule, item.parts, unit) }),
  };
}

function splits(rule: CheckedRule, parts: Parts, unit: string): Pick<RuleTrace, "rollout" | "variant"> {
  const { salt, percentage, threshold, rolloutSeed, foreign, pass } = parts;
  const common = { salt, ...(foreign && { hash: foreign.name }) };
  const rollout = {
    ...common,
    percentage,
    bucket: foreign ? foreign.point(salt, "rollout")(unit) : murmur3(unit, rolloutSeed) / BUCKETS,
    threshold: foreign ? percentage / 100 : threshold / BUCKETS,
  };
  return {
    ...(rule.rollout !== undefined && { rollout }),
    ...("ends" in pass && {
      variant: {
        ...common,
        bucket: foreign ? foreign.point(salt, "variant")(unit) : murmur3(unit, pass.seed) / BUCKETS,
        slices: pass.names.map((name, index) => ({ name, end: (pass.ends[index] as number) / BUCKETS })),
      },
    }),
  };
}
