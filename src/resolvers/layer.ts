import type { RegisteredFlag } from "../registry/registry.js";
import { checkValue, readData } from "../registry/value.js";
import type { Context } from "../rules/context.js";
import { type Known, referenceIssues } from "../rules/references.js";
import type { CheckedRule } from "../rules/rule.js";
import { checkRule } from "../rules/schema.js";
import { comesLate } from "../rules/thenable.js";
import { noHint } from "./hints.js";
import type { Prepared, Resolver } from "./resolver.js";

/** What one step says of one flag, in the order of precedence. */
export interface Layer {
  readonly step: string;
  readonly prepared?: Prepared;
  /** What it threw. */
  readonly failure?: unknown;
}

/** A value or rule that fits the flag. */
export type Checked = { readonly value: unknown } | { readonly rule: CheckedRule };

/** What a step prepared, once it is known to fit the flag; or why it does not. */
export type Fitting = Checked | { readonly decide: (context: Context) => unknown } | { readonly problem: string };

export const ASYNCHRONOUS = "answers asynchronously; a flag's value must be known at once";

const BUILT_IN: ReadonlySet<string> = new Set(["env", "profile", "overrides", "rollout"]);

/** Whether a step is burgee's own. What is wrong with its entries was told when they were read. */
export function isBuiltIn(step: string): boolean {
  return BUILT_IN.has(step);
}

/** Asks a step. It may throw, and what it gives may be anything. */
export function ask(step: Resolver, flag: RegisteredFlag): Layer {
  try {
    const prepared = step.prepare(flag);
    if (prepared === undefined) return { step: step.name };
    if (comesLate(prepared)) throw new TypeError(ASYNCHRONOUS);
    if (typeof prepared !== "object" || prepared === null)
      throw new TypeError("prepare must give { value }, { rule }, { decide }, or undefined to abstain");
    if ("value" in prepared && comesLate(prepared.value)) throw new TypeError(ASYNCHRONOUS);
    return { step: step.name, prepared };
  } catch (failure) {
    return { step: step.name, failure };
  }
}

/**
 * Checks what a step prepared. What a resolver outside burgee gives has been checked by nobody yet; and what a rule
 * names may be gone by now, whoever gives it.
 */
export function checkPrepared(step: string, prepared: Prepared, flag: RegisteredFlag, known: Known): Fitting {
  if ("decide" in prepared) return prepared;
  const checked = isBuiltIn(step) ? prepared : recheck(prepared, flag);
  if (!("rule" in checked)) return checked;
  const issues = referenceIssues(checked.rule, flag, known, noHint);
  return issues.length === 0 ? checked : { problem: issues.map(({ message }) => message).join("; ") };
}

function recheck(
  prepared: Exclude<Prepared, { decide: unknown }>,
  flag: RegisteredFlag,
): Checked | { readonly problem: string } {
  if (!("rule" in prepared)) return checkValue(flag, prepared.value);
  const check = checkRule(prepared.rule, flag, (input) => readData(flag, input));
  return "rule" in check ? check : { problem: check.issues.map((issue) => issue.message).join("; ") };
}
