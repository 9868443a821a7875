import type { RegisteredFlag } from "../registry/registry.js";
import type { Chain } from "../resolvers/chain.js";
import { type ChainAnswer, type Setting, TIMELESS } from "../resolvers/chain-answer.js";
import { choiceOf, offResolution } from "../resolvers/resolutions.js";
import type { Decide, Resolution } from "../rules/resolution.js";
import type { ReadUnit } from "../rules/unit.js";
import type { OverrideTable } from "../store/overrides.js";
import type { Requirements } from "./requirements.js";

/** A prepared answer: a constant, or a function of the context. */
export interface Answer {
  readonly constant: Resolution | undefined;
  readonly decide: Decide;
}

/** What a flag says by itself: kill switch, chain and requirements, without its ancestors. */
export interface OwnAnswer extends Answer {
  readonly setting: Setting;
  /** Every answer that it is known to give to somebody now; left out where it is one for everybody. */
  readonly outcomes?: readonly Resolution[];
  /** Whether a custom function may give others. */
  readonly open?: boolean;
  /** Requirements that are unmet although the flag would be on for someone, now or at a time to come. */
  readonly unmet?: readonly string[];
  /** When it must be worked out anew, in milliseconds since 1970. */
  readonly next: number | undefined;
  /** Answers of the chain that come at another time, known ahead. */
  readonly later: readonly Resolution[];
  /** The answers that a hash assigned, each with how its unit is read. */
  readonly assigned: ReadonlyMap<Resolution, ReadUnit>;
}

/** What own answers are worked out from. */
export interface OwnSources {
  readonly chain: Chain;
  readonly overrides: Pick<OverrideTable, "killed">;
  readonly requirements: Requirements;
  /** Told where a custom function gave a value whose requirements are unmet. */
  readonly onUnmet: (flag: RegisteredFlag, unmet: readonly string[]) => void;
}

/** Works out what a flag says by itself at a time, in milliseconds since 1970. */
export function prepareOwn(flag: RegisteredFlag, sources: OwnSources, now: number): OwnAnswer {
  const { chain, overrides } = sources;
  const answer = chain.prepare(flag, now);
  if (overrides.killed(flag.name) !== undefined) {
    const choice = killValue(flag);
    return { ...fixed(offResolution(flag, choice, "kill")), setting: { value: choice }, ...TIMELESS };
  }
  return flag.definition.requires === undefined ? answer : whereMet(flag, answer, sources);
}

/** The answer where its requirements are met, and off where they are not. */
function whereMet(flag: RegisteredFlag, answer: ChainAnswer, { requirements, onUnmet }: OwnSources): OwnAnswer {
  const off = offResolution(flag, flag.off, "requirement");
  // A schedule brings in nothing that could not be set at once.
  const unmet = unmetOf(flag, answer, requirements);
  if (answer.open) {
    const decide: Decide = (context) => {
      const resolution = answer.decide(context);
      const lacking = requirements.unmet(flag, choiceOf(resolution));
      if (lacking.length === 0) return resolution;
      onUnmet(flag, lacking);
      return off;
    };
    return { ...answer, decide, unmet };
  }
  const refused = new Set(answer.outcomes.filter((one) => requirements.unmet(flag, choiceOf(one)).length > 0));
  if (refused.size === 0) return { ...answer, unmet };
  if (refused.size === answer.outcomes.length) return { ...answer, ...fixed(off), setting: { value: flag.off }, unmet };
  const decide: Decide = (context) => {
    const resolution = answer.decide(context);
    return refused.has(resolution) ? off : resolution;
  };
  return { ...answer, constant: undefined, decide, unmet };
}

/** One answer for everybody. */
export function fixed(resolution: Resolution): { readonly constant: Resolution; readonly decide: Decide } {
  return { constant: resolution, decide: () => resolution };
}

/** Every unmet requirement of what can come of an answer, now and later, each once. */
export function unmetOf(
  flag: RegisteredFlag,
  { outcomes, later }: Pick<ChainAnswer, "outcomes" | "later">,
  requirements: Requirements,
): readonly string[] {
  return [...new Set([...outcomes, ...later].flatMap((one) => requirements.unmet(flag, choiceOf(one))))];
}

/** What a kill gives: off, or on where the definition says that on is safe. */
export function killValue(flag: RegisteredFlag): unknown {
  return flag.definition.safe === true ? true : flag.off;
}
