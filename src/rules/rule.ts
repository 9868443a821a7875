/** A percentage from 0 to 100, as a number or as text with a percent sign. Exact to 1 in 2^32. */
export type Percentage = number | `${number}%`;

/**
 * Who gets a value, and what everybody else gets. The same form serves code, YAML and overrides.
 *
 * Asked in this order: `deny` → `allow` → `rollout` → `serve` (or `weights`). Who passes gets `serve`; **everybody
 * else gets `otherwise`**. With an `allow` list and no `rollout`, only those on the list pass; an empty list is a list.
 * Where nothing of the context matters the answer is a constant: a rollout of 0 or 100 without lists, one value with
 * all the weight, the process as unit. Words that later versions will know are refused by name until then.
 *
 * @example
 * { rollout: 25 }                                        // a quarter of all users
 * { allow: ["ana", "ben"], rollout: 5, by: "tenantId" }  // two tenants, and 5 % of the others
 * { rollout: 10, serve: 50, otherwise: 10 }              // a number flag: 50 for a tenth, 10 for the rest
 */
export interface Rule<V = unknown> {
  /** Units that never pass, on the `allow` list or not. */
  readonly deny?: readonly (string | number)[] | undefined;
  /** Units that always pass, whatever the rollout. */
  readonly allow?: readonly (string | number)[] | undefined;
  /** The share of units that pass; beside `weights`, the share that is in the experiment at all. */
  readonly rollout?: Percentage | undefined;
  /**
   * The attribute that names the unit, or a list of which the first present one counts. `userId`, then `targetingKey`,
   * unless given. `instance` hashes the process, whatever the context: one constant answer for all of it.
   */
  readonly by?: string | readonly string[] | undefined;
  /** What is hashed beside the unit; the flag's name unless given. */
  readonly salt?: string | undefined;
  /** What those who pass get; `true` for a boolean. */
  readonly serve?: V | undefined;
  /** What everybody else gets; `false` for a boolean, the definition's default for other kinds. */
  readonly otherwise?: V | undefined;
}

/** A rule of a flag with named values: those who pass are spread over `weights`. */
export interface VariantRule<V extends string> extends Rule<V> {
  /** Shares on any positive scale; a value left out gets none. The definition's own order and weights count unless given. */
  readonly weights?: { readonly [P in V]?: number | undefined } | undefined;
}

/** A rule after validation: percentages are numbers, units are texts, every value is one that the flag can have. */
export interface CheckedRule {
  readonly deny?: readonly string[];
  readonly allow?: readonly string[];
  readonly rollout?: number;
  readonly by?: string | readonly string[];
  readonly salt?: string;
  readonly serve?: unknown;
  readonly otherwise?: unknown;
  readonly weights?: Readonly<Record<string, number>>;
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
}
