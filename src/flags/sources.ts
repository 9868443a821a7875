import { type Problem, problemLine } from "../errors.js";
import type { AnyRegistry } from "../registry/registry.js";
import { type EnvReading, envResolver } from "../resolvers/env.js";
import { type Environment, readEnvironment } from "../resolvers/environment.js";
import type { KnownGroups } from "../resolvers/known-groups.js";
import { overridesResolver } from "../resolvers/overrides.js";
import { RememberedResolver } from "../resolvers/remembered.js";
import type { Resolver } from "../resolvers/resolver.js";
import { rolloutResolver } from "../resolvers/rollout.js";
import type { OverrideTable } from "../store/overrides.js";
import { BUILT_IN_STEPS } from "./check-options.js";
import { codeGroups } from "./code-groups.js";
import { groupsOfCode } from "./named-groups.js";
import type { CommonOptions } from "./options.js";
import { ProfileSource } from "./profile-source.js";

/** What the configuration says, read once. */
export interface Sources {
  readonly environment: Environment;
  readonly prefix: string;
  readonly env: EnvReading | undefined;
  readonly profile: ProfileSource | undefined;
  /** What rules may name. */
  readonly known: KnownGroups;
  /** What is wrong with the groups of code, where there is no profile that might mend them. */
  readonly groupProblems: readonly Problem[];
}

/** Reads environment and profile; what is wrong with them is kept beside them. */
export function readSources(registry: AnyRegistry, options: CommonOptions): Sources {
  const given = options.env === false ? { files: [] } : (options.env ?? {});
  const environment = readEnvironment({ files: given.files ?? [".env"], variables: given.variables ?? process.env });
  const prefix = given.prefix ?? "FLAG_";
  const code = codeGroups(options);
  const profile = options.profile === false ? undefined : new ProfileSource(registry, options, environment, code);
  const own = profile === undefined ? groupsOfCode(code) : { known: profile.known, problems: [] };
  return {
    environment,
    prefix,
    env: options.env === false ? undefined : envResolver(registry.flags.values(), environment, prefix),
    profile,
    known: own.known,
    groupProblems: own.problems,
  };
}

/** The steps of the chain, in the order of the options. */
export function chooseSteps(
  { resolvers = BUILT_IN_STEPS }: CommonOptions,
  { env, profile }: Sources,
  overrides: OverrideTable,
): Resolver[] {
  const builtIn = {
    env: env && telling(env.resolver, () => env.problems),
    profile: profile && telling(profile.resolver, () => profile.problems),
    overrides: overridesResolver(overrides),
    rollout: rolloutResolver,
  };
  return resolvers
    .map((step) => (typeof step === "string" ? builtIn[step] : new RememberedResolver(step)))
    .filter((step) => step !== undefined);
}

/** A step with entries that could not be read: where the options tolerate that, it has failed for their flags. */
export function telling(step: Resolver, problems: () => readonly Problem[]): Resolver {
  return {
    name: step.name,
    prepare(flag) {
      const prepared = step.prepare(flag);
      const problem = prepared === undefined ? problems().find(({ flag: name }) => name === flag.name) : undefined;
      if (problem !== undefined) throw new TypeError(problemLine(problem));
      return prepared;
    },
  };
}
