import { answersOf, otherwiseOf } from "./answers.js";
import type { CompiledForm, CompiledList, CompiledStanding } from "./compiled.js";
import type { Context } from "./context.js";
import { type CompiledItem, compileItem } from "./item.js";
import { type Guards, guardsOf, type Place } from "./parts.js";
import { possibleChoices } from "./possible.js";
import type { Decide, Resolution } from "./resolution.js";
import type { CheckedRule, RuleSubject } from "./rule.js";
import { standingAt } from "./standing.js";
import { type RuleTrace, traceRule } from "./trace.js";
import type { ReadUnit, RuleScope } from "./unit.js";

/** A rule ready to decide, as it stands at one time. */
export interface CompiledRule extends Pick<CompiledStanding, "constant" | "decide" | "outcomes" | "assigned"> {
  /** Answers that it can give at another time. */
  readonly later: readonly Resolution[];
  /** The rule as it stands: steps, ramps and schedules are resolved. What a change is told by. */
  readonly standing: CheckedRule;
  /** When it next gives other answers, in milliseconds since 1970. */
  readonly next: number | undefined;
  /** The same decision with its arithmetic shown. */
  trace(context: Context): RuleTrace;
}

/**
 * Prepares a checked rule, as it stands at `now` (milliseconds since 1970). `source` is the step that will be named as
 * the one that answered.
 *
 * @throws TypeError where the rule names what is not in the scope, which `referenceIssues` tells beforehand
 */
export function compileRule(
  rule: CheckedRule,
  subject: RuleSubject,
  scope: RuleScope,
  source: string,
  now: number,
): CompiledRule {
  const { standing, effective, next } = standingAt(rule, now);
  const place: Place = { subject, scope, source, name: rule.name };
  const compiled = compileStanding(effective, place);
  // What a schedule that is over could give will not be given again.
  const later = next === undefined ? NONE : answersAtAnyTime(rule, place);
  return {
    constant: compiled.constant,
    decide: compiled.decide,
    outcomes: compiled.outcomes,
    assigned: compiled.assigned,
    later,
    standing,
    next,
    trace: (context) => traceRule(effective, compiled, scope, context, next),
  };
}

const NONE: readonly Resolution[] = [];

function answersAtAnyTime(rule: CheckedRule, { subject, source, name }: Place): readonly Resolution[] {
  const answer = answersOf(subject, source, name);
  return possibleChoices(rule, subject).map((choice) => answer(choice)("DEFAULT"));
}

function compileStanding(rule: CheckedRule, place: Place): CompiledForm {
  if (rule.rules !== undefined) return compileList(rule, rule.rules, place);
  const alone = compileItem(rule, place);
  const { constant, outcomes } = alone;
  // Alone it has an answer for everybody.
  return { constant, decide: alone.decide as Decide, outcomes, assigned: readers([alone]), alone };
}

function compileList(rule: CheckedRule, rules: readonly CheckedRule[], place: Place): CompiledForm {
  const guards = guardsOf(rule, place.scope);
  const all = rules.map((item, index) => {
    const name = item.name ?? `#${index + 1}`;
    return { ...compileItem(item, { ...place, name, list: rule }), rule: item, name };
  });
  const reachable = all.filter(({ parts: { closed, allow, forced } }) => !closed || allow || forced);
  const last = reachable.findIndex(({ parts }) => parts.when === undefined && parts.closed === undefined);
  const items = last < 0 ? reachable : reachable.slice(0, last + 1);
  const answer = answersOf(place.subject, place.source, rule.name)(otherwiseOf(rule, undefined, place.subject));
  const nobody = answer("DEFAULT", "no rule is for it");
  const refused = [
    ...(guards.deny ? [answer("TARGETING_MATCH", "on the deny list")] : []),
    ...(guards.closed ? [answer("DEFAULT", guards.closed)] : []),
    ...(guards.when ? [answer("DEFAULT", "conditions not met")] : []),
  ];
  const list = { guards, refused, items: all };
  const unguarded = refused.length === 0;
  const [first] = items;
  if (guards.closed !== undefined && guards.allow === undefined) return fixed(answer("STATIC", guards.closed), list);
  if (first === undefined) return fixed(answer("STATIC", "no rule is for it"), list);
  if (unguarded && last === 0 && first.constant !== undefined) return fixed(asStatic(first.constant), list);
  const choose = chooser(items, nobody);
  return {
    constant: undefined,
    decide: unguarded ? choose : behind(guards, refused, choose),
    outcomes: [...refused, ...items.flatMap(({ outcomes }) => outcomes), ...(last < 0 ? [nobody] : [])],
    assigned: readers(items),
    list,
  };
}

/** What a rule gives to all that it chooses is the same for everybody where it chooses everybody. */
function asStatic(constant: Resolution): Resolution {
  return constant.reason === "TARGETING_MATCH" ? Object.freeze({ ...constant, reason: "STATIC" }) : constant;
}

function fixed(constant: Resolution, list: CompiledList): CompiledForm {
  return { constant, decide: () => constant, outcomes: [constant], assigned: NO_READERS, list };
}

function chooser(items: readonly CompiledItem[], nobody: Resolution): Decide {
  const deciders = items.map(({ decide }) => decide);
  return (context) => {
    for (let i = 0; i < deciders.length; i++) {
      const answer = (deciders[i] as CompiledItem["decide"])(context);
      if (answer !== undefined) return answer;
    }
    return nobody;
  };
}

/** Asks the guards of a list first. `refused` holds their answers, in their order. */
function behind(
  { readUnit, deny, allow, when, closed }: Guards,
  refused: readonly Resolution[],
  choose: Decide,
): Decide {
  const denied = refused[0] as Resolution;
  const unmatched = refused.at(-1) as Resolution;
  const shut = closed === undefined ? undefined : refused[deny === undefined ? 0 : 1];
  return (context) => {
    const unit = readUnit(context);
    if (unit !== undefined && deny?.has(unit) === true) return denied;
    if (unit === undefined || allow?.has(unit) !== true) {
      if (shut !== undefined) return shut;
      if (when !== undefined && !when(context)) return unmatched;
    }
    return choose(context);
  };
}

const NO_READERS: ReadonlyMap<Resolution, ReadUnit> = new Map();

function readers(items: readonly CompiledItem[]): ReadonlyMap<Resolution, ReadUnit> {
  if (items.every(({ assigned }) => assigned.length === 0)) return NO_READERS;
  const readers = new Map<Resolution, ReadUnit>();
  for (const { assigned, parts } of items) for (const answer of assigned) readers.set(answer, parts.readUnit);
  return readers;
}
