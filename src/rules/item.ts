import { BUCKETS, isBelow } from "./bucket.js";
import type { Matches } from "./condition.js";
import { type Context, EMPTY_CONTEXT } from "./context.js";
import { type Gate, mayPass } from "./gates.js";
import { type Parts, type Place, partsOf } from "./parts.js";
import type { Resolution } from "./resolution.js";
import type { CheckedRule } from "./rule.js";
import { type Share, type Split, shareOf } from "./share.js";
import { hashesInstance, type ReadUnit } from "./unit.js";

/** One rule ready to decide: alone, or as an item of a list, where it gives undefined to those whom it does not choose. */
export interface CompiledItem {
  /** The answer where it is the same for everybody. */
  readonly constant: Resolution | undefined;
  readonly decide: (context: Context) => Resolution | undefined;
  readonly outcomes: readonly Resolution[];
  /** Those of the outcomes that a hash assigned. */
  readonly assigned: readonly Resolution[];
  readonly parts: Parts;
}

/** The answers of those who do not come through a rule, as far as it can give them. */
interface Refusals {
  readonly denied: Resolution | undefined;
  /** Undefined in a list: the next item is asked. */
  readonly closed: Resolution | undefined;
  readonly closedToUnitless: Resolution | undefined;
  readonly unmatched: Resolution | undefined;
  readonly unitless: Resolution | undefined;
  /** By gate. */
  readonly gated: readonly Resolution[];
}

/** Compiles one rule, as it stands now. */
export function compileItem(rule: CheckedRule, place: Place): CompiledItem {
  const parts = partsOf(rule, place);
  const alone = place.list === undefined;
  const folded = foldConstant(rule, parts, alone);
  if (folded !== undefined) return constantly(folded, parts);
  const share = shareOf(parts);
  const refusals = refusalsOf(parts, share, alone);
  const decide = decider(parts, share, refusals, alone);
  const fixed = hashesInstance(rule.by) && parts.when === undefined && parts.gates.length === 0;
  const constant = fixed ? decide(EMPTY_CONTEXT) : undefined;
  if (constant !== undefined) return constantly(constant, parts);
  const outcomes = outcomesOf(parts, share, refusals);
  return { constant, decide, outcomes, assigned: parts.closed ? NONE : share.assigned, parts };
}

const NONE: readonly Resolution[] = [];

function constantly(constant: Resolution, parts: Parts): CompiledItem {
  return { constant, decide: () => constant, outcomes: [constant], assigned: NONE, parts };
}

function refusalsOf({ otherwise, deny, when, closed, gates }: Parts, { anyone }: Share, alone: boolean): Refusals {
  const shut = alone && closed !== undefined ? otherwise("DEFAULT", closed) : undefined;
  const listedOnly = shut !== undefined && closed === "not on the allow list";
  const asksUnit = closed === undefined ? gates.length > 0 || anyone === undefined : listedOnly;
  const unitless = asksUnit ? otherwise("DEFAULT", "no unit") : undefined;
  return {
    denied: deny && otherwise("TARGETING_MATCH", "on the deny list"),
    closed: shut,
    closedToUnitless: listedOnly ? unitless : shut,
    unmatched: when && alone && closed === undefined ? otherwise("DEFAULT", "conditions not met") : undefined,
    unitless,
    gated: gates.map(({ kind }) =>
      otherwise("SPLIT", kind === "layer" ? "outside its slice of the layer" : "held out"),
    ),
  };
}

/** The one answer of a rule that asks nothing of the context, or undefined. */
function foldConstant(rule: CheckedRule, parts: Parts, alone: boolean): Resolution | undefined {
  const { allow, forced, deny, when, closed, gates, threshold, pass, otherwise } = parts;
  if (forced !== undefined) return undefined;
  // While a ramp runs its rule stands, even where it gives everybody the same just now.
  if (rule.linear !== undefined && closed === undefined) return undefined;
  // Of a list, an item is asked only where those before it were not chosen.
  const reason = alone ? "STATIC" : "TARGETING_MATCH";
  const nobody = closed !== undefined || threshold === 0;
  if (nobody && allow === undefined && (alone || (when === undefined && closed === undefined)))
    return otherwise(reason, closed === "outside its schedule" ? closed : undefined);
  const everybody = closed === undefined && deny === undefined && when === undefined && gates.length === 0;
  return everybody && threshold === BUCKETS && "serve" in pass ? pass.serve(reason) : undefined;
}

function decider(parts: Parts, share: Share, refusals: Refusals, alone: boolean): CompiledItem["decide"] {
  const { readUnit, deny, allow, forced, when, closed, gates } = parts;
  const { unitless, unmatched } = refusals;
  const { anyone, of } = share;
  const bare = deny === undefined && allow === undefined && forced === undefined && closed === undefined;
  if (bare && gates.length === 0 && when === undefined && anyone === undefined)
    return share.split === undefined ? bySpread(readUnit, unitless, of) : bySplit(readUnit, unitless, share.split);
  if (bare && gates.length === 0 && when !== undefined && anyone !== undefined)
    return byCondition(when, anyone, unmatched);
  return (context) => {
    const unit = readUnit(context);
    const isDenied = unit !== undefined && deny?.has(unit) === true;
    if (isDenied && alone) return refusals.denied;
    const listed = unit === undefined ? undefined : listedAnswer(unit, parts, share);
    if (listed === undefined) {
      if (closed !== undefined) return unit === undefined ? refusals.closedToUnitless : refusals.closed;
      if (when !== undefined && !when(context)) return unmatched;
    }
    if (isDenied) return refusals.denied;
    if (listed !== undefined) return listed;
    for (let i = 0; i < gates.length; i++) {
      const passes = mayPass(gates[i] as Gate, context);
      if (passes === undefined) return unitless;
      if (!passes) return refusals.gated[i];
    }
    if (anyone !== undefined) return anyone;
    return unit === undefined ? unitless : of(unit);
  };
}

/** The commonest rules ask nothing but a condition, or the hash. Each holds no more than it asks. */
function byCondition(when: Matches, anyone: Resolution, unmatched: Resolution | undefined): CompiledItem["decide"] {
  return (context) => (when(context) ? anyone : unmatched);
}

function bySpread(readUnit: ReadUnit, unitless: Resolution | undefined, of: Share["of"]): CompiledItem["decide"] {
  return (context) => {
    const unit = readUnit(context);
    return unit === undefined ? unitless : of(unit);
  };
}

function bySplit(
  readUnit: ReadUnit,
  unitless: Resolution | undefined,
  { seed, threshold, inside, outside }: Split,
): CompiledItem["decide"] {
  return (context) => {
    const unit = readUnit(context);
    if (unit === undefined) return unitless;
    return isBelow(unit, seed, threshold) ? inside : outside;
  };
}

function listedAnswer(unit: string, { allow, forced }: Parts, share: Share): Resolution | undefined {
  if (allow !== undefined) return allow.has(unit) ? share.listed?.(unit) : undefined;
  return forced === undefined ? undefined : forced.get(unit);
}

/** Every answer that the rule can give to anyone. */
function outcomesOf(parts: Parts, share: Share, refusals: Refusals): readonly Resolution[] {
  const { denied, closed, unmatched, unitless, gated } = refusals;
  const outcomes = [...share.listedOutcomes];
  if (denied !== undefined) outcomes.unshift(denied);
  if (parts.forced !== undefined) outcomes.push(...new Set(parts.forced.values()));
  if (closed !== undefined) outcomes.push(closed);
  if (unmatched !== undefined) outcomes.push(unmatched);
  if (unitless !== undefined) outcomes.push(unitless);
  return parts.closed === undefined ? outcomes.concat(gated, share.outcomes) : outcomes;
}
