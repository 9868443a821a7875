import type { ErrorCode, Problem } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import { didYouMean } from "../rules/nearest.js";
import type { Known } from "../rules/references.js";
import { hintsAmong, thriftyHints } from "./hints.js";
import { BUILT_IN, GROUP_KINDS, joinGroups, type KnownGroups } from "./known-groups.js";
import { type EntryReading, readEntry } from "./profile-entry.js";
import { ProfileGroups } from "./profile-groups.js";
import type { Prepared } from "./resolver.js";
import { finished, type Steps } from "./steps.js";
import { type Fault, type Member, type Members, YamlFile } from "./yaml-file.js";
import type { MaybeNode, YamlNode } from "./yaml-nodes.js";

/** What a profile is read against. */
export interface ProfileSubject {
  /** The file's name, as places give it. */
  readonly file: string;
  readonly flags: ReadonlyMap<string, RegisteredFlag>;
  /** The section to lay over the top. */
  readonly name?: string | undefined;
  /** Who chose it. A choice by NODE_ENV is none where the file has no sections. */
  readonly nameFrom?: "option" | "BURGEE_PROFILE" | "NODE_ENV" | undefined;
  /** What flags and top-level keys that nobody here knows are worth. */
  readonly unknown: "error" | "warn";
  /** The segments, layers, holdouts and bucketings that code declares; none of its own unless given. */
  readonly code?: Known | undefined;
}

/** What a profile says. */
export interface ProfileReading {
  /** The answers by flag. An entry with problems has none, not even that of the entry below it. */
  readonly entries: ReadonlyMap<string, Prepared>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** What rules may name: the groups of code, and those of the profile over them. */
  readonly known: KnownGroups;
  /** The section that was laid over the top. */
  readonly section?: string;
}

/** Entries on their way; undefined where an entry is there and has no answer. */
type Layer = Map<string, Prepared | undefined>;

const GROUP_KEYS: readonly string[] = GROUP_KINDS;
const TOP_KEYS: readonly string[] = ["feature_flags", "profiles", ...GROUP_KEYS];
const SECTION_KEYS: readonly string[] = ["feature_flags"];

/**
 * Reads a profile: `feature_flags:` at the top, and the chosen section of `profiles:` laid over it entry by entry;
 * `segments:`, `layers:` and `holdouts:`, which hold for all sections. Every section is checked, the chosen one or not.
 *
 * @example
 * parseProfile("feature_flags:\n  new_checkout: 25%\n", { file: "b.yaml", flags: registry.flags, unknown: "error" });
 */
export function parseProfile(text: string, subject: ProfileSubject): ProfileReading {
  return finished(profileSteps(new YamlFile(text.replace(/^\uFEFF/, "")), subject));
}

/** The same for a file that was opened already, in steps: one for each entry. */
export function profileSteps(yaml: YamlFile, subject: ProfileSubject): Steps<ProfileReading> {
  return new ProfileParser(yaml, subject).parse();
}

class ProfileParser {
  readonly #yaml: YamlFile;
  readonly #subject: ProfileSubject;
  readonly #hint: (wanted: string) => string | undefined;
  /** Hints for what rules name. */
  readonly #names = thriftyHints();
  readonly #problems = new Map<string, Problem>();
  readonly #warnings = new Map<string, Problem>();
  /** Entries that several sections share by alias or merge key are read once. */
  readonly #read = new Map<YamlNode, EntryReading>();
  #known: KnownGroups;

  constructor(yaml: YamlFile, subject: ProfileSubject) {
    this.#yaml = yaml;
    this.#subject = subject;
    this.#hint = hintsAmong([...subject.flags.keys()]);
    this.#known = joinGroups(subject.code ?? BUILT_IN).known;
  }

  *parse(): Steps<ProfileReading> {
    for (const { offset, message } of this.#yaml.faults) this.#problem(offset, message);
    if (this.#yaml.faults.length > 0) return this.#reading(new Map());
    const top = this.#keys(this.#yaml.root, TOP_KEYS, "a profile");
    this.#readGroups(top);
    const entries = yield* this.#entries(top?.byName.get("feature_flags"));
    const section = yield* this.#section(top);
    for (const [name, answer] of section?.layer ?? []) entries.set(name, answer);
    return this.#reading(entries, section?.name);
  }

  #reading(layer: Layer, section?: string): ProfileReading {
    const entries = new Map<string, Prepared>();
    for (const [name, prepared] of layer) if (prepared !== undefined) entries.set(name, prepared);
    return {
      entries,
      problems: [...this.#problems.values()],
      warnings: [...this.#warnings.values()],
      known: this.#known,
      ...(section !== undefined && { section }),
    };
  }

  /** Reads what rules may name, before the rules are read. */
  #readGroups(top: Members | undefined): void {
    const own = new ProfileGroups(this.#yaml, top, this.#subject.flags, {
      problem: (code, offset, message) => this.#add(this.#problems, code, offset, message),
      unknownFlag: (name, offset) => this.#unknownFlag(name, offset),
      members: ({ key, value }, where) => this.#mapping(value, where, this.#yaml.offset(key, 0)),
    });
    const { known, issues } = joinGroups(this.#subject.code ?? BUILT_IN, own, this.#names);
    this.#known = known;
    for (const issue of issues) {
      const offset = own.offsetOf("segments", issue);
      if (offset !== undefined) this.#add(this.#problems, "INVALID_RULE", offset, issue.message);
      else this.#keep(this.#problems, { code: "INVALID_RULE", message: `createFlags: ${issue.message}` });
    }
  }

  /** Reads all sections, and gives the chosen one. */
  *#section(top: Members | undefined): Steps<{ readonly name: string; readonly layer: Layer } | undefined> {
    const member = top?.byName.get("profiles");
    const sections =
      member === undefined ? undefined : this.#mapping(member.value, "`profiles:`", this.#yaml.offset(member.key, 0));
    const layers = new Map<string, Layer>();
    for (const [name, { key, value }] of sections?.byName ?? []) {
      const offset = this.#yaml.offset(key, 0);
      const inside = this.#keys(value, SECTION_KEYS, `the profile ${JSON.stringify(name)}`, offset);
      layers.set(name, yield* this.#entries(inside?.byName.get("feature_flags")));
    }
    const { name, nameFrom } = this.#subject;
    if (name === undefined) return undefined;
    const layer = layers.get(name);
    if (layer !== undefined) return { name, layer };
    if (sections === undefined && nameFrom === "NODE_ENV") return undefined;
    const by = nameFrom === undefined || nameFrom === "option" ? "" : ` (chosen by ${nameFrom})`;
    const names = [...layers.keys()];
    const has = names.length === 0 ? "the file has none" : `the file has ${names.join(", ")}${didYouMean(name, names)}`;
    this.#problem(this.#yaml.offset(member?.key, 0), `there is no profile ${JSON.stringify(name)}${by}; ${has}`);
    return undefined;
  }

  /** The members of the top or of a section, none of which may be unknown. */
  #keys(node: MaybeNode, known: readonly string[], where: string, offset = 0): Members | undefined {
    const members = this.#mapping(node, where, offset);
    for (const [name, { key, value }] of members?.byName ?? []) {
      if (known.includes(name)) continue;
      const at = this.#yaml.offset(key, 0);
      if (name.startsWith("x-")) this.#check(value);
      else if (GROUP_KEYS.includes(name))
        this.#problem(at, `\`${name}\` stands at the top of the file, and holds for every profile; move it there`);
      else this.#unknownKey(name, at, known, where);
    }
    return members;
  }

  #unknownKey(name: string, offset: number, known: readonly string[], where: string): void {
    const quoted = JSON.stringify(name);
    const may = `; ${where} may hold ${known.join(", ")}, and keys that begin with x-`;
    const message = this.#subject.flags.has(name)
      ? `${quoted} is a flag; write it inside \`feature_flags:\``
      : `unknown key ${quoted}${didYouMean(name, known) || may}`;
    if (known === TOP_KEYS && this.#subject.unknown === "warn")
      this.#add(this.#warnings, "INVALID_CONFIGURATION", offset, message);
    else this.#problem(offset, message);
  }

  /** What is kept under `x-` for anchors must still be YAML that can be read. True where it is. */
  #check(node: YamlNode): boolean {
    const faults: Fault[] = [];
    this.#yaml.data(node, faults);
    for (const { offset, message } of faults) this.#problem(offset, message);
    return faults.length === 0;
  }

  #mapping(node: MaybeNode, where: string, offset: number): Members | undefined {
    if (node === undefined || node === null || this.#yaml.isNothing(node)) return undefined;
    const map = this.#yaml.mapping(node);
    if (map === undefined) {
      if (this.#check(node))
        this.#problem(
          this.#yaml.offset(node, offset),
          `${where} must be a mapping: names, each with a colon and what belongs to it`,
        );
      return undefined;
    }
    const members = this.#yaml.members(map);
    for (const fault of members.faults) this.#problem(fault.offset, fault.message);
    return members;
  }

  *#entries(member: Member | undefined): Steps<Layer> {
    const layer: Layer = new Map();
    if (member === undefined) return layer;
    const members = this.#mapping(member.value, "`feature_flags:`", this.#yaml.offset(member.key, 0));
    const source = { yaml: this.#yaml, file: this.#subject.file, known: this.#known, hint: this.#names };
    for (const [name, entry] of members?.byName ?? []) {
      yield;
      const flag = this.#subject.flags.get(name);
      if (flag === undefined) {
        this.#unknownFlag(name, this.#yaml.offset(entry.key, 0));
        continue;
      }
      const reading = this.#read.get(entry.key) ?? readEntry(source, flag, entry);
      this.#read.set(entry.key, reading);
      if ("problems" in reading) for (const problem of reading.problems) this.#keep(this.#problems, problem);
      layer.set(flag.name, "prepared" in reading && !entry.twice ? reading.prepared : undefined);
    }
    return layer;
  }

  #unknownFlag(name: string, offset: number): void {
    const near = this.#hint(name);
    const message = `unknown flag ${JSON.stringify(name)}${near === undefined ? "" : `; did you mean "${near}"?`}`;
    this.#add(
      this.#subject.unknown === "warn" ? this.#warnings : this.#problems,
      "FLAG_NOT_FOUND",
      offset,
      message,
      name,
    );
  }

  #problem(offset: number, message: string): void {
    this.#add(this.#problems, "INVALID_CONFIGURATION", offset, message);
  }

  #add(to: Map<string, Problem>, code: ErrorCode, offset: number, message: string, flag?: string): void {
    const place = `${this.#subject.file}:${this.#yaml.place(offset)}`;
    this.#keep(to, { code, place, message, ...(flag !== undefined && { flag }) });
  }

  /** What several sections share is said once. */
  #keep(to: Map<string, Problem>, problem: Problem): void {
    const key = `${problem.place} ${problem.message}`;
    if (!to.has(key)) to.set(key, problem);
  }
}
