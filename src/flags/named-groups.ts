import type { Problem } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import { thriftyHints } from "../resolvers/hints.js";
import { joinGroups, type KnownGroups, missingReferences } from "../resolvers/known-groups.js";
import type { Steps } from "../resolvers/steps.js";
import type { Known } from "../rules/references.js";
import type { CheckedRule } from "../rules/rule.js";
import type { Override, OverrideTable } from "../store/overrides.js";

/** What code alone declares, where there is no profile, and what is wrong with it. */
export function groupsOfCode(code: Known): { readonly known: KnownGroups; readonly problems: readonly Problem[] } {
  const { known, issues } = joinGroups(code);
  return {
    known,
    problems: issues.map(({ message }) => ({ code: "INVALID_RULE", message: `createFlags: ${message}` })),
  };
}

/** What a rule names and is not there, and where it does: the same wherever the same is missing. */
export interface Missing {
  readonly where: string;
  readonly problem: Problem;
}

/**
 * Definitions and overrides whose rules name what is not there: sources that no profile can mend where it is read. In
 * steps, one for each flag.
 */
export function* missingInRules(
  flags: Iterable<RegisteredFlag>,
  overrides: OverrideTable,
  known: KnownGroups,
): Steps<Missing[]> {
  const hint = thriftyHints();
  const missing = (flag: RegisteredFlag, rule: CheckedRule | undefined, whose: string): Missing[] => {
    if (rule === undefined) return [];
    return missingReferences(rule, flag, known, hint).map(({ path, message }) => ({
      where: [whose, flag.name, ...path].join("\n"),
      problem: { code: "INVALID_RULE", flag: flag.name, message: `${whose} of flag "${flag.name}": ${message}` },
    }));
  };
  const found: Missing[] = [];
  for (const flag of flags) {
    found.push(...missing(flag, flag.rule, "the definition"));
    found.push(...missing(flag, ruleOf(overrides.get(flag.name)), "the override"));
    yield;
  }
  return found;
}

function ruleOf(override: Override | undefined): CheckedRule | undefined {
  return override !== undefined && "rule" in override ? override.rule : undefined;
}
