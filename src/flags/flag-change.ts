import type { ChangeCause, FlagChange } from "../changes/change.js";
import type { EffectiveSetting } from "./setting.js";
import type { Difference } from "./state.js";

/** Who did something, and why. */
export interface Author {
  readonly source: string;
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
}

/** What set a change off, where it was not another flag. */
export type CommandCause = Exclude<ChangeCause["kind"], "dependency">;

/** What the changes of one command have in common. */
export interface ChangeOrigin {
  readonly author: Author;
  readonly cause: CommandCause;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The store's revision that brought them. */
  readonly revision?: number | undefined;
}

/** What listeners are told of a difference. */
export function changeOf(
  difference: Difference,
  { author, cause, at, revision }: ChangeOrigin,
  sequence: number,
): FlagChange {
  const { flag, from, to, because } = difference;
  const { source, actor, reason } = author;
  return Object.freeze({
    flag: flag.name,
    ...described(from, "previous", "previousRule"),
    ...described(to, "value", "rule"),
    source,
    ...(actor !== undefined && { actor }),
    ...(reason !== undefined && { reason }),
    cause: Object.freeze(because === undefined ? { kind: cause } : { kind: "dependency", flag: because }),
    at,
    sequence,
    ...(revision !== undefined && { revision }),
  }) as FlagChange;
}

/** What the log is told of a change. */
export function changeDetails({ flag, previous, value, rule, source, actor, reason, cause }: FlagChange): object {
  const what = rule === undefined ? { from: previous, to: value } : { from: previous, rule };
  return {
    flag,
    ...what,
    source,
    ...(actor !== undefined && { actor }),
    ...(reason !== undefined && { reason }),
    cause,
  };
}

/** A value only where it is the same for everybody, and so not where an ancestor's answer depends on the context. */
function described(
  { own, ancestors }: EffectiveSetting,
  value: "previous" | "value",
  rule: "previousRule" | "rule",
): Record<string, unknown> {
  if ("value" in own) return { [value]: ancestors.length === 0 ? own.value : undefined };
  return { [value]: undefined, ...("rule" in own && { [rule]: own.rule }) };
}
