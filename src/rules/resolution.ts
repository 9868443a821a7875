import type { Context } from "./context.js";

/**
 * Why an answer is what it is, in OpenFeature's words: `STATIC` a constant from any source, `DEFAULT` the
 * definition's default, a rule's conditions not met, or no unit, `TARGETING_MATCH` a list or condition, `SPLIT` a hash decided,
 * `DISABLED` a kill, dependency or requirement, `ERROR` nothing could be decided.
 */
export type Reason = "STATIC" | "DEFAULT" | "TARGETING_MATCH" | "SPLIT" | "DISABLED" | "ERROR";

/** The answer to one evaluation. Prepared ahead, frozen and shared between calls: evaluating allocates nothing. */
export interface Resolution<V = unknown> {
  readonly value: V;
  /** The name of the value, for flags that have names for theirs (`oneOf`, `experiment`). */
  readonly variant?: string;
  readonly reason: Reason;
  /** The step that answered: `kill`, `env`, `profile`, `overrides`, `rollout`, `default`, `dependency`, `requirement`, or a resolver's own name. */
  readonly source: string;
  /** The rule that answered, where it has a name; `#2` for an item of a list that has none. */
  readonly rule?: string;
  /** A few words more: `no unit`, `on the allow list`, `within the rollout` and the like. */
  readonly detail?: string;
  /** The first flag it depends on that is off, where `source` is `dependency`. */
  readonly dependency?: string;
  /** Set where `reason` is `ERROR`. */
  readonly errorCode?: string;
}

/** A prepared decision: a pure function of the context. */
export type Decide = (context: Context) => Resolution;
