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
  return (choice) => (reason, detail) => {
    const name = values === undefined ? undefined : (choice as string);
    return Object.freeze({
      value: name !== undefined && payloads !== undefined ? payloads[name] : choice,
      ...(name !== undefined && { variant: name }),
      reason,
      source,
      ...(rule !== undefined && { rule }),
      ...(detail !== undefined && { detail }),
    });
  };
}

/** What those who pass a rule get. Where one value has everything nobody needs hashing, and it is served. */
export function passOf(rule: CheckedRule, subject: RuleSubject, answer: (value: unknown) => Answer): Pass {
  const weights = rule.weights ?? ("serve" in rule ? undefined : subject.weights);
  if (weights === undefined) return { serve: answer("serve" in rule ? rule.serve : true) };
  const all = Object.entries(weights);
  const allEnds = weightEnds(Object.values(weights));
  const held = all.map((_, index) => (allEnds[index] as number) > (allEnds[index - 1] ?? 0));
  const names = all.map(([name]) => name).filter((_, index) => held[index]);
  if (names.length === 1) return { serve: answer(names[0]) };
  return {
    names,
    weights: names.map((name) => weights[name] as number),
    seed: bucketSeed(rule.salt ?? subject.name, "variant"),
    ends: allEnds.filter((_, index) => held[index]),
    answers: names.map((name) => answer(name)),
  };
}

/** What everybody else gets. An item of a list that does not say so gives what its list does. */
export function otherwiseOf(rule: CheckedRule, list: CheckedRule | undefined, subject: RuleSubject): unknown {
  if ("otherwise" in rule) return rule.otherwise;
  if (list !== undefined && "otherwise" in list) return list.otherwise;
  return subject.kind === "boolean" ? false : subject.default;
}
