import { BurgeeError, type Problem, problemsError } from "../errors.js";
import type { Chain } from "../resolvers/chain.js";
import { finished } from "../resolvers/steps.js";
import type { OverrideTable } from "../store/overrides.js";
import { missingInRules } from "./named-groups.js";
import type { CommonOptions } from "./options.js";
import type { Reporter } from "./reporter.js";
import type { Sources } from "./sources.js";
import type { StateTable } from "./state.js";
import { unmetProblem } from "./unmet-problem.js";

interface StartParts {
  readonly sources: Sources;
  readonly table: StateTable;
  readonly chain: Chain;
  readonly overrides: OverrideTable;
  readonly reporter: Reporter;
}

/**
 * One error for everything that is wrong; what the options tolerate is a warning.
 *
 * @throws BurgeeError `INVALID_CONFIGURATION`
 */
export function refuseOrTolerate(parts: StartParts, { onInvalid }: CommonOptions): void {
  const { sources, table, chain, overrides, reporter } = parts;
  const { environment, env, profile, known, groupProblems } = sources;
  const slots = [...table.slots.values()];
  const problems: Problem[] = [
    ...environment.problems,
    ...(env?.problems ?? []),
    ...(profile?.problems ?? []),
    ...groupProblems,
    ...finished(
      missingInRules(
        slots.map(({ flag }) => flag),
        overrides,
        known,
      ),
    ).map(({ problem }) => problem),
  ];
  for (const { flag, state } of slots) {
    if (state.unmet.length > 0) problems.push(unmetProblem(flag, state, chain));
  }
  const refused = onInvalid === "warn" ? problems.filter(({ code }) => code === "INVALID_DEFINITION") : problems;
  if (refused.length > 0) throw problemsError("INVALID_CONFIGURATION", "the flags cannot be created", refused);
  const unmet = problems.filter(({ code }) => code === "REQUIREMENT_UNMET");
  for (const { flag, message } of unmet) reporter.error(new BurgeeError("REQUIREMENT_UNMET", message, { flag }));
  const others = problems.filter(({ code }) => code !== "REQUIREMENT_UNMET");
  for (const problem of [...others, ...(env?.warnings ?? []), ...(profile?.warnings ?? [])])
    reporter.tolerated(problem);
}
