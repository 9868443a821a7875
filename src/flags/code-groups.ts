import type { AnyRegistry } from "../registry/registry.js";
import { BUILT_IN } from "../resolvers/known-groups.js";
import { checkGroups } from "../rules/groups-check.js";
import type { Known } from "../rules/references.js";
import type { CommonOptions, GroupOptions } from "./options.js";

/** What code declares for rules to name: copies of what the options hold, and the built-in bucketing. */
export function codeGroups({ segments, layers, holdouts, bucketing = [] }: GroupOptions): Known {
  const { groups } = checkGroups({ segments, layers, holdouts });
  const own = bucketing.map((one) => [one.name, one] as const);
  return { groups, bucketings: new Map([...BUILT_IN.bucketings, ...own]) };
}

/** What is wrong with the groups and bucketings of the options by themselves. */
export function groupProblems(options: CommonOptions, { flags }: AnyRegistry): string[] {
  const { segments, layers, holdouts, unknown } = options;
  // Services that share a file share layers too, each with flags of its own.
  const { issues } = checkGroups({ segments, layers, holdouts }, unknown === "warn" ? undefined : flags.keys());
  return [...issues.map(({ message }) => message), ...bucketingProblems(options)];
}

function bucketingProblems({ bucketing = [] }: GroupOptions): string[] {
  const names = bucketing.map(({ name }) => name);
  return names.flatMap((name, index) => {
    if (typeof name !== "string" || name === "") return ["a bucketing needs a name, which rules give as `hash`"];
    if (BUILT_IN.bucketings.has(name))
      return [`\`bucketing\` names "${name}", which is burgee's own; give yours another name`];
    return names.indexOf(name) === index ? [] : [`\`bucketing\` names "${name}" twice`];
  });
}
