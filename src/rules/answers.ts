import { bucketSeed, weightEnds } from "./bucket.js";
import type { Reason, Resolution } from "./resolution.js";
import type { CheckedRule, RuleSubject } from "./rule.js";

/** A value about to become an answer. */
export type Answer = (reason: Reason, detail?: string) => Resolution;

/** What those who pass get: one value, or a spread over several. */
export type Pass = { readonly serve: Answer } | Spread;

/** A spread over the named values that hold anybody, in the definition's order. */
export interface Spread {
  readonly names: readonly string[];
  readonly weights: readonly number[];
  readonly seed: number;
  /** Where each one's slice ends. */
  readonly ends: readonly number[];
  readonly answers: readonly Answer[];
}

/** Makes answers of a flag's values, for one step of the chain and one rule. */
export function answersOf(subject: RuleSubject, source: string, rule: string | undefined): (value: unknown) => Answer {
  const { values, payloads } = subject;
  return (choice) => {
    const variant = values === undefined ? undefined : (choice as string);
    const value = variant !== undefined && payloads !== undefined ? payloads[variant] : choice;
    return (reason, detail) => {
      // Each shape is written out: one put together with spreads takes longer to make, and more room.
      if (rule !== undefined) return withRule({ value, reason, source, rule }, variant, detail);
      if (variant === undefined)
        return Object.freeze(detail === undefined ? { value, reason, source } : { value, reason, source, detail });
      if (detail === undefined) return Object.freeze({ value, variant, reason, source });
      return Object.freeze({ value, variant, reason, source, detail });
    };
  };
}

function withRule({ value, ...rest }: Resolution, variant: string | undefined, detail: string | undefined): Resolution {
  const named = variant === undefined ? { value, ...rest } : { value, variant, ...rest };
  return Object.freeze(detail === undefined ? named : { ...named, detail });
}

/** What those who pass a rule get. Where one value has everything nobody needs hashing, and it is served. */
export function passOf(rule: CheckedRule, subject: RuleSubject, answer: (value: unknown) => Answer): Pass {
  const weights = rule.weights ?? ("serve" in rule ? undefined : subject.weights);
  if (weights === undefined) return { serve: answer("serve" in rule ? rule.serve : true) };
  const shares = Object.values(weights);
  const allEnds = weightEnds(shares);
  const holds = (_: unknown, index: number) => (allEnds[index] as number) > (allEnds[index - 1] ?? 0);
  const held = allEnds.every(holds) ? <T>(list: readonly T[]) => list : <T>(list: readonly T[]) => list.filter(holds);
  const names = held(Object.keys(weights));
  if (names.length === 1) return { serve: answer(names[0]) };
  const seed = bucketSeed(rule.salt ?? subject.name, "variant");
  return { names, weights: held(shares), seed, ends: held(allEnds), answers: names.map(answer) };
}

/** What everybody else gets. An item of a list that does not say so gives what its list does. */
export function otherwiseOf(rule: CheckedRule, list: CheckedRule | undefined, subject: RuleSubject): unknown {
  if ("otherwise" in rule) return rule.otherwise;
  if (list !== undefined && "otherwise" in list) return list.otherwise;
  return subject.kind === "boolean" ? false : subject.default;
}
