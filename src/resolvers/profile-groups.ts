import type { ErrorCode } from "../errors.js";
import type { Groups } from "../rules/groups.js";
import { checkGroups, type GivenGroups } from "../rules/groups-check.js";
import type { RuleIssue } from "../rules/rule-issue.js";
import { type DeclaredGroups, GROUP_KINDS } from "./known-groups.js";
import { offsetAt } from "./profile-place.js";
import type { Fault, Member, Members, YamlFile } from "./yaml-file.js";

/** How the groups of a profile say what is wrong with them. */
export interface GroupsReport {
  problem(code: ErrorCode, offset: number, message: string): void;
  /** A slice is for a flag that nobody here knows. */
  unknownFlag(name: string, offset: number): void;
  /** The members of what must be a mapping; tells what is wrong with its keys. */
  members(member: Member, where: string): Members | undefined;
}

/** The groups at the top of a profile, each with the place where it stands. */
export class ProfileGroups implements DeclaredGroups {
  readonly groups: Groups;
  readonly broken = { segments: new Set<string>(), layers: new Set<string>(), holdouts: new Set<string>() };
  readonly #yaml: YamlFile;
  readonly #members = { segments: noMembers(), layers: noMembers(), holdouts: noMembers() };

  /** Reads what stands under `segments:`, `layers:` and `holdouts:`. */
  constructor(yaml: YamlFile, top: Members | undefined, flags: ReadonlyMap<string, unknown>, report: GroupsReport) {
    this.#yaml = yaml;
    const given: GivenGroups = Object.fromEntries(GROUP_KINDS.map((kind) => [kind, this.#read(kind, top, report)]));
    const { groups, issues } = checkGroups(given);
    this.groups = groups;
    for (const kind of GROUP_KINDS) {
      for (const issue of issues.filter(({ path }) => path[0] === kind)) {
        report.problem("INVALID_RULE", this.offsetOf(kind, issue) ?? 0, issue.message);
        this.broken[kind].add(String(issue.path[1]));
      }
    }
    this.#tellStrangers(flags, report);
  }

  /** Where the part of a group stands that an issue is about; undefined where the file has no such group. */
  offsetOf(kind: keyof Groups, { path: [, name, ...inside] }: RuleIssue): number | undefined {
    const member = this.#members[kind].get(String(name));
    return member && offsetAt(this.#yaml, member, inside);
  }

  /** The groups of one kind as data, but for those that are no data or are written twice. */
  #read(kind: keyof Groups, top: Members | undefined, report: GroupsReport): object {
    const outer = top?.byName.get(kind);
    const members = outer && report.members(outer, `\`${kind}:\``);
    const data: [string, unknown][] = [];
    for (const [name, member] of members?.byName ?? []) {
      this.#members[kind].set(name, member);
      const faults: Fault[] = [];
      const content = this.#yaml.data(member.value, faults, 0, member.merged ? this.#keyOffset(member) : undefined);
      for (const { offset, message } of faults) report.problem("INVALID_CONFIGURATION", offset, message);
      if (faults.length > 0 || member.twice) this.broken[kind].add(name);
      else data.push([name, content]);
    }
    return Object.fromEntries(data);
  }

  /** Slices for flags that this registry does not have: another service's, or a slip of the pen. */
  #tellStrangers(flags: ReadonlyMap<string, unknown>, report: GroupsReport): void {
    for (const layer of this.#members.layers.values()) {
      const map = this.#yaml.mapping(layer.value);
      if (map === undefined) continue;
      const slices = this.#yaml.mapping(this.#yaml.members(map).byName.get("slices")?.value);
      if (slices === undefined) continue;
      for (const [flag, member] of this.#yaml.members(slices).byName)
        if (!flags.has(flag)) report.unknownFlag(flag, this.#keyOffset(member));
    }
  }

  #keyOffset(member: Member): number {
    return this.#yaml.offset(member.key, 0);
  }
}

function noMembers(): Map<string, Member> {
  return new Map();
}
