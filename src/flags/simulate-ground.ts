import { hostname } from "node:os";
import { BurgeeError } from "../errors.js";
import type { AnyRegistry, RegisteredFlag } from "../registry/registry.js";
import { Chain } from "../resolvers/chain.js";
import { BUILT_IN } from "../resolvers/known-groups.js";
import type { Resolver } from "../resolvers/resolver.js";
import { rolloutResolver } from "../resolvers/rollout.js";
import { segmentIssues } from "../rules/groups-check.js";
import type { Known } from "../rules/references.js";
import type { Decide } from "../rules/resolution.js";
import type { RuleScope } from "../rules/unit.js";
import { checkOptions } from "./check-options.js";
import { codeGroups } from "./code-groups.js";
import { FlagsInstance } from "./instance.js";
import type { CommonOptions } from "./options.js";
import type { OwnAnswer } from "./own-answer.js";
import type { Edits } from "./simulate-rules.js";
import { type FlagState, prepareState } from "./state.js";

/** The part of the options that says where rules are simulated. */
export type GroundOptions = Pick<
  CommonOptions,
  "segments" | "layers" | "holdouts" | "bucketing" | "context" | "instance"
>;

/** What a simulation stands on. */
export interface Ground {
  readonly flags: ReadonlyMap<string, RegisteredFlag>;
  /** What rules are read against. */
  readonly scope: RuleScope;
  /** When rules are simulated, in milliseconds since 1970. */
  readonly now: number;
  /** What a flag says by itself where no rule of the simulation is in its place. */
  readonly own: (flag: RegisteredFlag) => OwnAnswer;
  /** Whether that is the definition's own rule. */
  readonly byDefinition: boolean;
}

/**
 * Opens a registry, or a `Flags` object as it stands at this moment. Rules are simulated at `at`, in milliseconds since
 * 1970; unless given, at what the clock of the flags says, or else the system's.
 *
 * @throws BurgeeError `INVALID_OPTIONS`
 */
export function openGround(source: unknown, options: GroundOptions, at: number | undefined): Ground {
  const live = source instanceof FlagsInstance ? source.present() : undefined;
  const registry = source instanceof FlagsInstance ? source.registry : source;
  if (!isRegistry(registry))
    throw new BurgeeError(
      "INVALID_OPTIONS",
      "simulate needs a registry or flags first: what defineFlags or createFlags gives",
    );
  const scope = scopeOf(options, registry, live?.scope);
  const { flags } = registry;
  const now = at ?? live?.now ?? Date.now();
  if (live !== undefined) {
    // The state of a flag is never changed, only replaced: what was handed over stays as it is.
    const own = ({ name }: RegisteredFlag) => live.own.get(name) as OwnAnswer;
    return { flags, scope, now, own, byDefinition: false };
  }
  return { flags, scope, now, own: ownAnswers(rolloutResolver, scope, now), byDefinition: true };
}

function isRegistry(source: unknown): source is AnyRegistry {
  return (source as Partial<AnyRegistry> | null | undefined)?.flags instanceof Map;
}

/** The scope of rules: the options over what is in force. */
function scopeOf(options: GroundOptions, registry: AnyRegistry, live: RuleScope | undefined): RuleScope {
  const { segments, layers, holdouts, bucketing, context, instance } = options;
  checkOptions({ segments, layers, holdouts, bucketing, context, instance }, registry, "simulate");
  const { groups, bucketings } = over(live ?? BUILT_IN, codeGroups(options));
  const issues = segmentIssues(groups.segments);
  if (issues.length > 0) {
    const problems = issues.map(({ message }) => message).join("\n  ");
    throw new BurgeeError("INVALID_OPTIONS", `simulate was given options it cannot use\n  ${problems}`);
  }
  const base = context ?? live?.base ?? {};
  const here = context !== undefined && typeof context.instance === "string" ? context.instance : undefined;
  return { groups, bucketings, base, instance: instance ?? here ?? live?.instance ?? hostname() };
}

/** The groups and bucketings of one over those of the other, name by name. */
function over(below: Known, above: Known): Known {
  const both = <T>(one: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>) => new Map([...one, ...other]);
  const groups = {
    segments: both(below.groups.segments, above.groups.segments),
    layers: both(below.groups.layers, above.groups.layers),
    holdouts: both(below.groups.holdouts, above.groups.holdouts),
  };
  return { groups, bucketings: both(below.bucketings, above.bucketings) };
}

/** What flags say by themselves where this step alone answers, requirements left aside. */
function ownAnswers(step: Resolver, scope: RuleScope, now: number): (flag: RegisteredFlag) => OwnAnswer {
  const chain = new Chain([step], scope, () => undefined);
  return (flag) => chain.prepare(flag, now);
}

/** What flags answer, dependencies included, where edits stand in the place of what the ground says of them. */
export function decisionsOf({ own, scope, now }: Ground, edits: Edits): (flag: RegisteredFlag) => Decide {
  // By the name of a step of burgee's own, for what is checked already is not checked again.
  const edited = ownAnswers({ name: "rollout", prepare: ({ name }) => edits.get(name) }, scope, now);
  const states = new Map<string, FlagState>();
  const stateOf = (flag: RegisteredFlag): FlagState => {
    const known = states.get(flag.name);
    if (known !== undefined) return known;
    const state = prepareState(flag, edits.has(flag.name) ? edited(flag) : own(flag), stateOf);
    states.set(flag.name, state);
    return state;
  };
  return (flag) => {
    // Ancestors first, so that the walk never goes deep.
    for (const ancestor of flag.ancestors) stateOf(ancestor);
    return stateOf(flag).decide;
  };
}
