import { hostname } from "node:os";
import { BurgeeError } from "../errors.js";
import { show } from "../registry/value.js";
import { type Context, EMPTY_CONTEXT } from "../rules/context.js";
import { NO_GROUPS } from "../rules/groups.js";
import { didYouMean } from "../rules/nearest.js";
import { isPlainObject } from "../rules/plain-object.js";
import { unitAttributes, unitReader } from "../rules/unit.js";

/** What `stagedRollout` and `abTest` may be told beside what they spread. */
export interface HashingOptions {
  /** The flags that it answers for; all that it can answer for unless given. */
  readonly flags?: readonly string[] | undefined;
  /** What the chain, `explain` and events call it. */
  readonly name?: string | undefined;
  /** The attribute that names the unit, or a list of which the first present one counts; the instance comes last always. */
  readonly by?: string | readonly string[] | undefined;
  /** What is hashed beside the unit; the flag's name unless given. */
  readonly salt?: string | undefined;
  /** The process, where a context names no unit; the host's name unless given. In a chain it is the flags' own instance. */
  readonly instance?: string | undefined;
}

/** The same after checking. */
export interface Hashing {
  readonly name: string;
  readonly flags: readonly string[] | undefined;
  /** The part of a rule that says who is hashed and how. */
  readonly words: { readonly by: readonly string[]; readonly salt?: string };
  answersFor(flag: string): boolean;
  saltOf(flag: string): string;
  unitOf(context: Context | undefined): string;
}

const SHARED = ["flags", "name", "by", "salt", "instance"] as const;

/**
 * Checks the shared options, and that there are no others than these and the maker's `own`. `check` finds what is
 * wrong with those.
 *
 * @throws BurgeeError `INVALID_OPTIONS`, listing everything that is wrong
 */
export function readHashing<O extends HashingOptions>(
  maker: string,
  defaultName: string,
  options: O,
  own: readonly (keyof O & string)[],
  check: (options: O) => readonly string[],
): Hashing {
  const problems = isPlainObject(options)
    ? [...strangers(options, [...own, ...SHARED]), ...sharedProblems(options), ...check(options)]
    : ["the options must be an object"];
  if (problems.length > 0)
    throw new BurgeeError("INVALID_OPTIONS", `${maker} was given options it cannot use\n  ${problems.join("\n  ")}`);
  const { name = defaultName, salt, instance = hostname() } = options;
  const attributes = unitAttributes(options.by);
  const by = Object.freeze(attributes.includes("instance") ? [...attributes] : [...attributes, "instance"]);
  const flags = options.flags && Object.freeze([...options.flags]);
  const read = unitReader(by, { base: EMPTY_CONTEXT, instance, groups: NO_GROUPS, bucketings: new Map() });
  return {
    name,
    flags,
    words: { by, ...(salt !== undefined && { salt }) },
    answersFor: (flag) => flags?.includes(flag) !== false,
    saltOf: (flag) => salt ?? flag,
    // The instance is always there.
    unitOf: (context) => read(context ?? EMPTY_CONTEXT) ?? instance,
  };
}

function strangers(options: object, known: readonly string[]): string[] {
  return Object.keys(options)
    .filter((key) => !known.includes(key))
    .map((key) => `there is no option \`${key}\`${didYouMean(key, known) || `; there are ${known.join(", ")}`}`);
}

function sharedProblems({ flags, by, ...texts }: HashingOptions): string[] {
  const problems: string[] = [];
  for (const word of ["name", "salt", "instance"] as const) {
    if (texts[word] !== undefined && !isText(texts[word]))
      problems.push(`\`${word}\` must be a text that is not empty`);
  }
  if (flags !== undefined && !isTexts(flags)) problems.push("`flags` must be a list of flags' names");
  if (by !== undefined && !isText(by) && !(isTexts(by) && by.length > 0))
    problems.push("`by` must be the name of an attribute, or a list of such names");
  return problems;
}

/** A list of texts, none of them empty, and without holes, which `every` alone would pass over. */
export function isTexts(given: unknown): given is readonly string[] {
  return Array.isArray(given) && Array.from(given).every(isText);
}

function isText(given: unknown): given is string {
  return typeof given === "string" && given !== "";
}

/** What a resolver throws for a flag that it was made for and cannot answer for. */
export function unfit(maker: string, flag: string, why: string): BurgeeError {
  return new BurgeeError("INVALID_OPTIONS", `${maker} cannot answer for flag "${flag}": ${why}`, { flag });
}

/** Texts for an error message. */
export function showAll(texts: readonly string[]): string {
  return texts.map(show).join(", ");
}
