import type { RegisteredFlag } from "../registry/registry.js";
import type { Context } from "../rules/context.js";
import type { CheckedRule } from "../rules/rule.js";

/**
 * What a resolver has to say of one flag, prepared before anybody asks: a value for everybody, a rule, or a function
 * of the context (which may give undefined to abstain). Nothing that could be done here is left for evaluation.
 */
export type Prepared = (
  | { readonly value: unknown }
  | { readonly rule: CheckedRule }
  | {
      /**
       * Asked at each evaluation; gives undefined to abstain, and never a promise. Functions are told apart by
       * identity: give the same one while nothing changed, else every preparation counts as a change.
       */
      readonly decide: (context: Context) => unknown;
    }
) & {
  /** Where it comes from, for people: `VICTOR_FEATURE_X`, `profiles.yaml:12:5`. */
  readonly place?: string | undefined;
  /** True where an override beats it although this resolver stands ahead of the overrides. */
  readonly overridable?: boolean | undefined;
  /** Who set it and when, where somebody did. */
  readonly origin?: Origin | undefined;
};

/** Who set something at run time. Times are milliseconds since 1970. */
export interface Origin {
  readonly source: string;
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
  readonly at: number;
  readonly expiresAt?: number | undefined;
}

/**
 * The port through which answers come in: one place where an answer can come from. The built-in resolvers (`env`,
 * `profile`, `overrides`, `rollout`) implement it, and so can anybody.
 *
 * @example
 * const remote: Resolver = {
 *   name: "remote",
 *   prepare: (flag) => (table.has(flag.name) ? { value: table.get(flag.name), place: "remote table" } : undefined),
 *   onChange: (changed) => table.subscribe((name) => changed([name])),
 *   start: () => table.connect(),
 *   close: () => table.disconnect(),
 * };
 * createFlags(registry, { resolvers: ["env", remote, "profile", "overrides", "rollout"] });
 */
export interface Resolver {
  /** For `source`, `explain` and errors. Not the name of a built-in step. */
  readonly name: string;
  /** The flags that it may answer for, where it names them; `createFlags` refuses names that no flag has. */
  readonly flags?: readonly string[] | undefined;
  /**
   * Called for each flag at the start and whenever the data changed. Gives undefined to abstain; may throw, which is a
   * failure and not an abstention, and so is a promise. A `decide` is told apart by identity: give the same function
   * while nothing changed, else every preparation counts as a change.
   */
  prepare(flag: RegisteredFlag): Prepared | undefined;
  /** Lets the resolver say that its data changed: for the flags named, or all. Gives back how to stop listening. */
  onChange?(changed: (names?: readonly string[]) => void): () => void;
  /** Called once when the flags are created; `ready()` waits for it. */
  start?(): void | Promise<void>;
  /** Called by `reload()`; rejects to refuse the reload. */
  reload?(): void | Promise<void>;
  close?(): void | Promise<void>;
}

/**
 * A resolver for simple cases: a function asked at each evaluation. It gives undefined to abstain; if it throws, the
 * walk goes on and the `error` event tells. Name the flags that it may answer for: every other flag keeps its prepared
 * answer, and its constants stay constants.
 *
 * @example
 * const office = resolver("office-hours", (flag, context) => (context.office === "berlin" ? true : undefined), {
 *   flags: ["lunch_menu"],
 * });
 */
export function resolver(
  name: string,
  decide: (flag: RegisteredFlag, context: Context) => unknown,
  options: { readonly flags?: readonly string[] | undefined } = {},
): Resolver {
  const flags = options.flags && Object.freeze([...options.flags]);
  const prepared = new WeakMap<RegisteredFlag, Prepared>();
  return {
    name,
    flags,
    prepare(flag) {
      if (flags?.includes(flag.name) === false) return undefined;
      const known = prepared.get(flag) ?? { decide: (context: Context) => decide(flag, context) };
      prepared.set(flag, known);
      return known;
    },
  };
}
