import type { CheckedRule } from "../rules/rule.js";

/**
 * What set a change off. `dependency` names the flag whose change brought this one along; `resync` is the whole state of
 * a store, at the start or where its history is another than the one known so far.
 */
export interface ChangeCause {
  readonly kind:
    | "set"
    | "reset"
    | "kill"
    | "revive"
    | "reload"
    | "expiry"
    | "schedule"
    | "dependency"
    | "resolver"
    | "resync";
  /** The flag that the command was about, where it was about another than the one that changed. */
  readonly flag?: string;
}

/**
 * One flag's setting became another. Where the setting is the same for everybody, `value` holds it; where it depends
 * on the context, `value` is undefined and `rule` tells (undefined too where a custom resolver decides): the rule as it
 * stands, with steps and schedule resolved. Where it is the same before and after, a segment, layer or holdout that it
 * uses became another; the audit entry has both. Of flags whose values have names these are the names, payloads or not.
 */
export interface FlagChange<V = unknown, N extends string = string> {
  readonly flag: N;
  readonly previous: V | undefined;
  readonly value: V | undefined;
  readonly previousRule?: CheckedRule;
  readonly rule?: CheckedRule;
  /** Where the command came from: `runtime` unless the caller said more; `reload`, `watch`, `expiry`, `schedule`, `store` or a resolver's name where nobody called. */
  readonly source: string;
  readonly actor?: string;
  readonly reason?: string;
  readonly cause: ChangeCause;
  /** Milliseconds since 1970; of a command to a store, by the clock of whoever gave it. */
  readonly at: number;
  /** Counts the changes of one `Flags` object from 1, without gaps. */
  readonly sequence: number;
  /** The store's revision that brought it, the same for every instance; only where a store did. */
  readonly revision?: number;
}
