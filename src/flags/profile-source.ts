import fs from "node:fs";
import { resolve } from "node:path";
import { BurgeeError, messageOf, type Problem, problemsError } from "../errors.js";
import type { AnyRegistry } from "../registry/registry.js";
import type { Environment } from "../resolvers/environment.js";
import type { KnownGroups } from "../resolvers/known-groups.js";
import { type ProfileResolver, profilePath, profileResolver, readProfileText } from "../resolvers/profile.js";
import { type ProfileReading, type ProfileSubject, parseProfile, profileSteps } from "../resolvers/profile-file.js";
import { inSlices } from "../resolvers/slices.js";
import { YamlFile } from "../resolvers/yaml-file.js";
import { type ReadAsideOptions, readAside } from "../resolvers/yaml-thread.js";
import type { Known } from "../rules/references.js";
import { groupsOfCode } from "./named-groups.js";
import type { CommonOptions, ProfileOptions } from "./options.js";

/** A text of the profile, and what was read out of it. */
export interface ProfileRead {
  readonly text: string;
  readonly parsed: ProfileReading;
}

const ENDINGS = [
  { ending: /(?:^|\n)\.\.\.(?:[ \t]+#.*)?\s*$/, sign: "the end marker `...`" },
  { ending: /\n$/, sign: "the newline at its end" },
] as const;

/** The profile file: which one, which section of it, and its last good text. */
export class ProfileSource {
  readonly resolver: ProfileResolver;
  readonly path: string;
  /** What is wrong with the entries in force, where the options tolerate that. */
  problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** What rules may name: the groups of code, and those of the profile over them. */
  known: KnownGroups;
  /** Where it lies, wherever the process moves. */
  readonly absolute: string;
  readonly #asked: boolean;
  readonly #subject: ProfileSubject;
  readonly #tolerant: boolean;
  #lastGood: string | undefined;

  constructor(registry: AnyRegistry, options: CommonOptions, environment: Environment, code: Known) {
    const profile = profileOptions(options);
    const { path, asked } = profilePath(profile.path);
    this.path = path;
    this.absolute = resolve(path);
    this.#asked = asked;
    this.#tolerant = options.onInvalid === "warn";
    const name = chosenName(profile, environment);
    const unknown = options.unknown ?? "error";
    this.#subject = { file: path, flags: registry.flags, unknown, code, ...name };
    const file = readProfileText(path);
    if (file === undefined || "problem" in file) {
      const missing = missingProfile(path, asked, name);
      this.resolver = profileResolver(new Map());
      const { known, problems } = groupsOfCode(code);
      this.problems = [...(file !== undefined ? [file.problem] : missing), ...problems];
      this.warnings = [];
      this.known = known;
      return;
    }
    const parsed = parseProfile(file.text, this.#subject);
    this.#lastGood = file.text;
    this.resolver = profileResolver(parsed.entries);
    this.problems = parsed.problems;
    this.warnings = parsed.warnings;
    this.known = parsed.known;
  }

  /**
   * Reads the file again without putting it in force, and without holding up the event loop. Gives undefined where
   * the text is the one in force.
   *
   * @throws BurgeeError `RELOAD_FAILED` with every problem
   */
  async read(options: ReadAsideOptions): Promise<ProfileRead | undefined> {
    const text = await this.#readText();
    if (text === undefined || text === this.#lastGood) return undefined;
    this.#refuseCutOff(text);
    const yaml = new YamlFile(text, await readAside(text, options));
    const parsed = await inSlices(profileSteps(yaml, this.#subject), options.signal);
    const refused = parsed.problems.filter(({ code }) => !this.#tolerant || code === "INVALID_CONFIGURATION");
    if (refused.length > 0)
      throw problemsError(
        "RELOAD_FAILED",
        `${this.path} was not reloaded; the last good values stay in force`,
        refused,
      );
    return { text, parsed };
  }

  /** Puts what was read in force. */
  accept({ text, parsed: { entries, problems, known } }: ProfileRead): void {
    this.problems = problems;
    this.known = known;
    this.#lastGood = text;
    this.resolver.swap(entries);
  }

  async #readText(): Promise<string | undefined> {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(await fs.promises.readFile(this.absolute));
    } catch (cause) {
      const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
      if (missing && !this.#asked && this.#lastGood === undefined) return undefined;
      const what = missing ? "does not exist (any more)" : `cannot be read: ${messageOf(cause)}`;
      throw new BurgeeError("RELOAD_FAILED", `${this.path} ${what}; the last good values stay in force`, { cause });
    }
  }

  /** A file that ended in `...` or a newline and now does not was caught while being written, or was cut off. */
  #refuseCutOff(text: string): void {
    for (const { ending, sign } of ENDINGS) {
      if (this.#lastGood === undefined || !ending.test(this.#lastGood) || ending.test(text)) continue;
      throw new BurgeeError(
        "RELOAD_FAILED",
        `${this.path} has lost ${sign}, as a file does that is half-written; the last good values stay in force until it is whole`,
      );
    }
  }
}

/** What is wrong where there is no file: nothing, if nobody asked for it or for a section of it. */
function missingProfile(path: string, asked: boolean, { name, nameFrom }: ReturnType<typeof chosenName>): Problem[] {
  const chosen = nameFrom === "option" || nameFrom === "BURGEE_PROFILE";
  if (!asked && !chosen) return [];
  const by = nameFrom === "option" ? "`profile.name`" : nameFrom;
  const message = asked
    ? "the profile does not exist; create it, or mend `profile.path`"
    : `there is no such file, and ${by} asks for its section "${name}"; create it, or give \`profile.path\``;
  return [{ code: "INVALID_CONFIGURATION", place: path, message }];
}

/** The options in their long form. */
export function profileOptions({ profile }: CommonOptions): ProfileOptions {
  if (typeof profile === "string") return { path: profile };
  return profile === false ? {} : (profile ?? {});
}

function chosenName(
  profile: ProfileOptions,
  environment: Environment,
): { readonly name?: string; readonly nameFrom?: "option" | "BURGEE_PROFILE" | "NODE_ENV" } {
  if (profile.name !== undefined) return { name: profile.name, nameFrom: "option" } as const;
  for (const nameFrom of ["BURGEE_PROFILE", "NODE_ENV"] as const) {
    const name = environment.get(nameFrom);
    if (name !== undefined) return { name, nameFrom } as const;
  }
  return {};
}

/** The name of the environment that `expect` speaks of. */
export function environmentName(options: CommonOptions, environment: Environment): string | undefined {
  return chosenName(profileOptions(options), environment).name;
}
