import type { Problem } from "../errors.js";
import { readDotenvFile } from "./dotenv-file.js";

/** Where variables come from. */
export interface EnvironmentSources {
  /** dotenv files; later ones win over earlier ones. Those that are missing are passed over in silence. */
  readonly files: readonly string[];
  /** Variables that win over all files: `process.env`, as a rule. Copied; never written. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** The variables of a process and its dotenv files as they were at one moment. An empty variable counts as unset. */
export interface Environment {
  get(name: string): string | undefined;
  /** Where a variable is set, for people: `NAME`, or `NAME (config/prod.env:3)` where a file sets it. */
  place(name: string): string;
  names(): Iterable<string>;
  /** All of them, for the schemas of requirements. Frozen, and without a prototype. */
  readonly all: Readonly<Record<string, string>>;
  /** What is wrong with the dotenv files. */
  readonly problems: readonly Problem[];
}

/**
 * Reads the environment once; what happens to `process.env` or the files afterwards is not seen.
 *
 * @example
 * const environment = readEnvironment({ files: [".env", ".env.local"], variables: process.env });
 * environment.get("DATABASE_URL");
 */
export function readEnvironment({ files, variables }: EnvironmentSources): Environment {
  const values = new Map<string, string>();
  const places = new Map<string, string>();
  const problems: Problem[] = [];
  for (const path of files) {
    const file = readDotenvFile(path);
    if (file === undefined) continue;
    problems.push(...file.problems);
    for (const [name, { value, line }] of file.variables) {
      if (value === "") continue;
      values.set(name, value);
      places.set(name, `${name} (${path}:${line})`);
    }
  }
  for (const [name, value] of Object.entries(variables)) {
    if (typeof value !== "string" || value === "") continue;
    values.set(name, value);
    places.delete(name);
  }
  const all: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of values) all[name] = value;
  return Object.freeze({
    get: (name: string) => values.get(name),
    place: (name: string) => places.get(name) ?? name,
    names: () => values.keys(),
    all: Object.freeze(all),
    problems: Object.freeze(problems),
  });
}
