import type { Problem } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import type { Chain } from "../resolvers/chain.js";
import type { KnownGroups } from "../resolvers/known-groups.js";
import { finished, type Steps } from "../resolvers/steps.js";
import type { Draft } from "./draft.js";
import type { Engine } from "./engine.js";
import { missingInRules } from "./named-groups.js";
import { unmetProblem } from "./unmet-problem.js";

/** What only the whole of a reload shows: groups that other rules lose by it, and requirements that it leaves unmet. */
export class ReloadCheck {
  readonly #engine: Engine;
  readonly #before: KnownGroups | undefined;
  readonly #after: KnownGroups | undefined;
  #missing: readonly Problem[] = [];

  /** @param before what rules could name until now; the same as `after` where nothing was read */
  constructor(engine: Engine, before: KnownGroups | undefined, after: KnownGroups | undefined) {
    this.#engine = engine;
    this.#before = before;
    this.#after = after;
  }

  /** Looks through the rules of all definitions and overrides, in steps. */
  *steps(): Steps<void> {
    this.#missing = yield* this.#newlyMissing([...this.#engine.parts.registry.flags.values()]);
  }

  /** Every problem, with what others have committed since. `chain` is the one that the draft was worked out with. */
  problems(draft: Draft, chain: Chain): Problem[] {
    const again = new Set([...draft.redone].map(({ name }) => name));
    return [
      ...this.#missing.filter(({ flag }) => flag === undefined || !again.has(flag)),
      ...finished(this.#newlyMissing([...draft.redone])),
      ...this.#newlyUnmet(draft, chain),
    ];
  }

  /** Rules of definitions and overrides that name what the profile has taken away. */
  *#newlyMissing(flags: readonly RegisteredFlag[]): Steps<Problem[]> {
    if (this.#before === undefined || this.#after === undefined || this.#before === this.#after) return [];
    const { overrides } = this.#engine.parts;
    const known = new Set((yield* missingInRules(flags, overrides, this.#before)).map(({ where }) => where));
    const missing = yield* missingInRules(flags, overrides, this.#after);
    return missing.filter(({ where }) => !known.has(where)).map(({ problem }) => problem);
  }

  #newlyUnmet({ states }: Draft, chain: Chain): Problem[] {
    const { registry, table } = this.#engine.parts;
    const problems: Problem[] = [];
    for (const flag of registry.flags.values()) {
      const state = states.get(flag.name);
      if (state === undefined || state.unmet.length === 0 || table.state(flag).unmet.length > 0) continue;
      problems.push(unmetProblem(flag, state, chain));
    }
    return problems;
  }
}
