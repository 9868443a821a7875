import type { Context } from "./context.js";

/** What a rule needs to know of the process beside the context of a call. */
export interface RuleScope {
  /** Attributes that every context has unless it says otherwise (`createFlags({ context })`). */
  readonly base: Context;
  /** What `by: "instance"` hashes: one process or host. */
  readonly instance: string;
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
 * Prepares the reading of a rule's unit. A context's own attribute comes before the base context's of that name, and
 * its own `userId` or `targetingKey`, which are one unit under two names, before either of the base context's.
 */
export function unitReader(by: string | readonly string[] | undefined, scope: RuleScope): ReadUnit {
  if (hashesInstance(by)) return () => scope.instance;
  const attributes = unitAttributes(by);
  const { base } = scope;
  if (by === undefined) {
    const fallback = asUnit(base.userId) ?? asUnit(base.targetingKey);
    return (context) => asUnit(context.userId) ?? asUnit(context.targetingKey) ?? fallback;
  }
  return (context) => {
    for (const attribute of attributes) {
      const unit = attribute === "instance" ? scope.instance : (asUnit(context[attribute]) ?? asUnit(base[attribute]));
      if (unit !== undefined) return unit;
    }
    return undefined;
  };
}
