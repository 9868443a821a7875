import type { CheckedRule } from "./rule.js";
import { admitsListedOnly } from "./rule-coherence.js";

/** A rule as it stands at one time. */
export interface Standing {
  /**
   * The rule with its times resolved, by which a change is told: steps have become the rollout of the present one, a
   * schedule in force is gone (one that is not in force stays), a ramp stays while it runs.
   */
  readonly standing: CheckedRule;
  /** The same with the ramp's share of the moment as its rollout beside it: what is compiled. */
  readonly effective: CheckedRule;
  /** When it next stands otherwise, in milliseconds since 1970. */
  readonly next: number | undefined;
}

/** A ramp moves in this many steps, none shorter or longer than these many milliseconds. */
const RAMP_STEPS = 10_000;
const SHORTEST_STEP = 1_000;
const LONGEST_STEP = 60_000;

/** Works out how a rule stands at a time. The ramp's share is that of a grid counted from its start, so that all processes agree. */
export function standingAt(rule: CheckedRule, now: number): Standing {
  if (rule.rules !== undefined) return listAt(rule, rule.rules, now);
  if (!isTimed(rule)) return { standing: rule, effective: rule, next: undefined };
  const { schedule, steps, linear, ...rest } = rule;
  const window = windowAt(schedule, now);
  if (schedule !== undefined && !window.open) {
    const closed = { ...rest, schedule };
    return { standing: closed, effective: closed, next: window.next };
  }
  const share = steps ? stepAt(steps, now) : linear ? rampAt(linear, now) : undefined;
  const settled = share ? { ...rest, rollout: share.rollout } : open(rest);
  const running = share?.running && linear !== undefined;
  const standing = running ? { ...rest, linear } : settled;
  const effective = running ? { ...settled, linear } : settled;
  return { standing, effective, next: earliest(window.next, share?.next) };
}

function listAt(rule: CheckedRule, rules: readonly CheckedRule[], now: number): Standing {
  const { schedule, rules: _, ...rest } = rule;
  const window = windowAt(schedule, now);
  const guard = schedule === undefined ? rest : window.open ? open(rest, true) : { ...rest, schedule };
  const items = rules.map((item) => standingAt(item, now));
  return {
    standing: { ...guard, rules: items.map(({ standing }) => standing) },
    effective: { ...guard, rules: items.map(({ effective }) => effective) },
    next: items.reduce((next, item) => earliest(next, item.next), window.next),
  };
}

/** A rule without the schedule that it has, which is in force: everybody passes as before, and not the listed alone. */
function open(rest: CheckedRule, isList = false): CheckedRule {
  if (!admitsListedOnly(rest)) return rest;
  const { allow: _, ...others } = rest;
  return isList ? others : { ...rest, rollout: 100 };
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function windowAt(schedule: CheckedRule["schedule"], now: number): { open: boolean; next: number | undefined } {
  const from = schedule?.from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(schedule.from);
  const until = schedule?.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(schedule.until);
  if (now < from) return { open: false, next: from };
  return { open: now < until, next: now < until && until !== Number.POSITIVE_INFINITY ? until : undefined };
}

/** A share, when it is next another, and whether it is on its way. */
interface Share {
  readonly rollout: number;
  readonly next: number | undefined;
  readonly running?: true;
}

function stepAt(steps: NonNullable<CheckedRule["steps"]>, now: number): Share {
  const coming = steps.findIndex(({ at }) => Date.parse(at) > now);
  const present = steps[(coming < 0 ? steps.length : coming) - 1];
  return { rollout: present?.rollout ?? 0, next: coming < 0 ? undefined : Date.parse(steps[coming]?.at as string) };
}

function rampAt({ from, until, start, end }: NonNullable<CheckedRule["linear"]>, now: number): Share {
  const begins = Date.parse(from);
  const ends = Date.parse(until);
  if (now < begins) return { rollout: start, next: begins };
  if (now >= ends) return { rollout: end, next: undefined };
  const length = ends - begins;
  const step = Math.min(Math.max(Math.round(length / RAMP_STEPS), SHORTEST_STEP), LONGEST_STEP);
  const passed = Math.floor((now - begins) / step) * step;
  const rollout = start + ((end - start) * passed) / length;
  return { rollout, next: Math.min(begins + passed + step, ends), running: true };
}

/** Whether time matters to a rule. */
export function isTimed(rule: CheckedRule): boolean {
  return "schedule" in rule || "steps" in rule || "linear" in rule || (rule.rules?.some(isTimed) ?? false);
}
