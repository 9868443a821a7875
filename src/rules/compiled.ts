import type { CompiledItem } from "./item.js";
import type { Guards } from "./parts.js";
import type { Decide, Resolution } from "./resolution.js";
import type { CheckedRule } from "./rule.js";
import type { ReadUnit } from "./unit.js";

/** A list's items, and what is asked before them. */
export interface CompiledList {
  readonly guards: Guards;
  /** The answers of those who do not come through the guards. */
  readonly refused: readonly Resolution[];
  readonly items: readonly (CompiledItem & { readonly rule: CheckedRule; readonly name: string })[];
}

/** What a rule that stands still comes to. */
export interface CompiledStanding {
  /** The answer where it is the same for everybody. */
  readonly constant: Resolution | undefined;
  readonly decide: Decide;
  /** Every answer that the rule can give to anyone now. */
  readonly outcomes: readonly Resolution[];
  /** The answers that a hash assigned, each with how its unit is read. */
  readonly assigned: ReadonlyMap<Resolution, ReadUnit>;
}

/** The same with what it was made of, for `explain`. */
export type CompiledForm = CompiledStanding &
  ({ readonly alone: CompiledItem; readonly list?: undefined } | { readonly list: CompiledList });
