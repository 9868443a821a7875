import type { Bucketing } from "./bucketing.js";
import type { Context } from "./context.js";
import type { Groups } from "./groups.js";

/** What a rule needs to know of the process beside the context of a call. */
export interface RuleScope {
  /** Attributes that every context has unless it says otherwise (`createFlags({ context })`). */
  readonly base: Context;
  /** What `by: "instance"` hashes: one process or host. */
  readonly instance: string;
  /** The segments, layers and holdouts that rules may name. */
  readonly groups: Groups;
  /** The bucketings that rules may name; one that is not named is always there. */
  readonly bucketings: ReadonlyMap<string, Bucketing>;
}

/** Reads the unit of a context: the text that is hashed and looked up in lists. */
export type ReadUnit = (context: Context) => string | undefined;

const DEFAULT_UNIT = ["userId", "targetingKey"] as const;

/** The attributes that name the unit, the first present one counting. */
export function unitAttributes(by: string | readonly string[] | undefined): readonly string[] {
  if (by === undefined) return DEFAULT_UNIT;
  return typeof by === "string" ? [by] : by;
}

/** Whether the unit is always the process: one that is never missing and comes before all others. */
export function hashesInstance(by: string | readonly string[] | undefined): boolean {
  return unitAttributes(by)[0] === "instance";
}

/** A non-empty text, or a number by `String`; anything else is no unit. */
export function asUnit(attribute: unknown): string | undefined {
  if (typeof attribute === "string") return attribute === "" ? undefined : attribute;
  if (typeof attribute === "number") return Number.isNaN(attribute) ? undefined : String(attribute);
  return typeof attribute === "bigint" ? String(attribute) : undefined;
}

/**
 * Prepares the reading of a rule's unit. A context's own attribute comes before the base context's of that name.
 * `userId` and `targetingKey` are one unit under two names: without `by`, and where they stand next to each other in a
 * list, in either order, both of the caller's come before either of the base context's.
 */
export function unitReader(by: string | readonly string[] | undefined, scope: RuleScope): ReadUnit {
  if (by === undefined) return userReader(asUnit(scope.base.userId) ?? asUnit(scope.base.targetingKey));
  if (hashesInstance(by)) return () => scope.instance;
  const { asked, fallback } = lookups(unitAttributes(by), scope);
  return (context) => {
    for (let i = 0; i < asked.length; i++) {
      const unit = asUnit(context[asked[i] as string]);
      if (unit !== undefined) return unit;
    }
    return fallback;
  };
}

/** Nearly every rule's. */
function userReader(fallback: string | undefined): ReadUnit {
  return (context) => asUnit(context.userId) ?? asUnit(context.targetingKey) ?? fallback;
}

/** What the caller's context is asked for, in this order, and what counts where it has none of that. */
function lookups(attributes: readonly string[], { base, instance }: RuleScope) {
  const asked: string[] = [];
  for (let i = 0; i < attributes.length; i++) {
    const name = attributes[i] as string;
    if (name === "instance") return { asked, fallback: instance };
    const other = attributes[i + 1];
    const pair = other !== undefined && other !== name && isUserName(name) && isUserName(other);
    const names = pair ? [name, other] : [name];
    if (pair) i++;
    asked.push(...names);
    const known = names.map((one) => asUnit(base[one])).find((unit) => unit !== undefined);
    // It is always there, so nothing that comes later in the list is ever asked for.
    if (known !== undefined) return { asked, fallback: known };
  }
  return { asked, fallback: undefined };
}

function isUserName(attribute: string): boolean {
  return attribute === "userId" || attribute === "targetingKey";
}
