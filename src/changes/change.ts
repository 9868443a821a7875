import type { CheckedRule } from "../rules/rule.js";

/** What set a change off. `dependency` names the flag whose change brought this one along. */
export interface ChangeCause {
  readonly kind: "set" | "reset" | "kill" | "revive" | "reload" | "expiry" | "schedule" | "dependency" | "resolver";
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
  /** Where the command came from: `runtime` unless the caller said more; `reload`, `watch`, `expiry`, `schedule` or a resolver's name where nobody called. */
  readonly source: string;
  readonly actor?: string;
  readonly reason?: string;
  readonly cause: ChangeCause;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Counts the changes of one `Flags` object from 1, without gaps. */
  readonly sequence: number;
}
