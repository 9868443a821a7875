import type { CheckedCondition, Condition } from "./condition.js";
import type { Percentage } from "./percentage.js";
import type { LinearRollout, RolloutStep, Schedule } from "./schedule.js";

/** Units by themselves: texts, or numbers. */
export type Units = readonly (string | number)[];

/**
 * Who gets a value, and what everybody else gets. The same form serves code, YAML and overrides.
 *
 * Asked in this order: `deny` → `allow` → `when` → `schedule` → `holdout` → `layer` → `rollout` → `serve` (or
 * `weights`). Who passes gets `serve`; **everybody else gets `otherwise`**. Where `allow` stands without a rollout,
 * conditions, schedule or layer, only those on the list pass; an empty list is a list. Where nothing of the context
 * matters the answer is a constant: a rollout of 0 or 100 without lists, one value with all the weight, the process as
 * unit.
 *
 * @example
 * { rollout: 25 }                                        // a quarter of all users
 * { when: { plan: "pro", country: { $in: ["DE", "FR"] } } }
 * { allow: ["ana", "ben"], rollout: 5, by: "tenantId" }  // two tenants, and 5 % of the others
 * { rollout: 10, serve: 50, otherwise: 10 }              // a number flag: 50 for a tenth, 10 for the rest
 * { steps: [{ at: "2027-01-11T09:00Z", rollout: 5 }, { at: "2027-01-12T09:00Z", rollout: 100 }] }
 * { rules: [{ name: "staff", when: { $segment: "staff" } }, { name: "rest", rollout: 1 }] }
 */
export interface Rule<V = unknown> extends RuleItem<V> {
  /**
   * A list of rules. An item is chosen where its `when` and `schedule` hold, or its `allow` names the unit; the first
   * one chosen is final: what it decides counts, and nothing falls through. Beside the list only `deny`, `allow`,
   * `when` and `schedule` may stand, which are asked first, `otherwise`, for those whom no item chooses, and `name`.
   */
  readonly rules?: readonly RuleItem<V>[] | undefined;
}

/** A rule that stands in a list, or alone. */
export interface RuleItem<V = unknown> {
  /** What `explain`, events and exposures call it. */
  readonly name?: string | undefined;
  /** Units that never pass, on the `allow` list or not. */
  readonly deny?: Units | undefined;
  /** Units that always pass, whatever the conditions, the schedule and the rollout. */
  readonly allow?: Units | undefined;
  /** Conditions on the context; those for whom they do not hold do not pass. */
  readonly when?: Condition | undefined;
  /** The time in which the rule is in force; outside of it only those on the `allow` list pass. */
  readonly schedule?: Schedule | undefined;
  /** The share of units that pass; beside `weights`, the share that is in the experiment at all. */
  readonly rollout?: Percentage | undefined;
  /** The share, step by step: each counts from its `at` on. Nobody passes before the first. */
  readonly steps?: readonly RolloutStep[] | undefined;
  /** The share, growing (or shrinking) evenly over time. */
  readonly linear?: LinearRollout | undefined;
  /**
   * The attribute that names the unit, or a list of which the first present one counts. `userId`, then `targetingKey`,
   * unless given. `instance` hashes the process, whatever the context: one constant answer for all of it.
   */
  readonly by?: string | readonly string[] | undefined;
  /** What is hashed beside the unit; the flag's name unless given. */
  readonly salt?: string | undefined;
  /** The bucketing that spreads units: `murmur3-v1` unless given, or one that `createFlags({ bucketing })` was given. */
  readonly hash?: string | undefined;
  /** A layer in which the flag has a slice: only units within that slice pass, so that experiments of one layer exclude each other. */
  readonly layer?: string | undefined;
  /** A holdout: the units that it keeps out do not pass. */
  readonly holdout?: string | undefined;
  /** What those who pass get; `true` for a boolean. */
  readonly serve?: V | undefined;
  /** What everybody else gets; `false` for a boolean, the definition's default for other kinds. */
  readonly otherwise?: V | undefined;
}

/** A rule of a flag with named values: those who pass are spread over `weights`. */
export interface VariantRule<V extends string> extends VariantRuleItem<V> {
  /** As in {@link Rule}. */
  readonly rules?: readonly VariantRuleItem<V>[] | undefined;
}

/** A rule of a flag with named values that stands in a list, or alone. */
export interface VariantRuleItem<V extends string> extends Omit<RuleItem<V>, "allow"> {
  /** Units that always pass; or, by value, units that get just that value. */
  readonly allow?: Units | { readonly [P in V]?: Units | undefined } | undefined;
  /** Shares on any positive scale; a value left out gets none. The definition's own order and weights count unless given. */
  readonly weights?: { readonly [P in V]?: number | undefined } | undefined;
}

/** A rule after validation: percentages are numbers, units and times are texts, every value is one that the flag can have. */
export interface CheckedRule {
  readonly name?: string;
  readonly deny?: readonly string[];
  readonly allow?: readonly string[] | Readonly<Record<string, readonly string[]>>;
  readonly when?: CheckedCondition;
  readonly schedule?: { readonly from?: string; readonly until?: string };
  readonly by?: string | readonly string[];
  readonly salt?: string;
  readonly hash?: string;
  readonly layer?: string;
  readonly holdout?: string;
  readonly rollout?: number;
  readonly steps?: readonly { readonly at: string; readonly rollout: number }[];
  readonly linear?: { readonly from: string; readonly until: string; readonly start: number; readonly end: number };
  readonly serve?: unknown;
  readonly otherwise?: unknown;
  readonly weights?: Readonly<Record<string, number>>;
  readonly rules?: readonly CheckedRule[];
}

/** What a rule is checked and compiled against: the part of a flag's definition that matters to it. */
export interface RuleSubject {
  readonly name: string;
  readonly kind: "boolean" | "oneOf" | "experiment" | "number" | "string" | "json";
  readonly default: unknown;
  /** The named values of `oneOf` and `experiment`, in the definition's order. */
  readonly values?: readonly string[] | undefined;
  /** The weights of an `experiment`. */
  readonly weights?: Readonly<Record<string, number>> | undefined;
  /** What `value` gives for each named value, where that is not the name itself. */
  readonly payloads?: Readonly<Record<string, unknown>> | undefined;
}
