import type { Problem } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import { readText } from "../registry/value.js";
import type { Environment } from "./environment.js";
import { hintsAmong } from "./hints.js";
import type { Prepared, Resolver } from "./resolver.js";

/** The variable that chooses the profile; no flag's, whatever the prefix. */
const PROFILE_VARIABLE = "BURGEE_PROFILE";

/** The `env` step, and what was found on the way. */
export interface EnvReading {
  readonly resolver: Resolver;
  /** Variables that cannot be read, and variables that two flags share. Their flags have no answer from `env`. */
  readonly problems: readonly Problem[];
  /** Variables under the prefix that set no flag. */
  readonly warnings: readonly Problem[];
}

/**
 * The variable that sets a flag: the definition's `env`, else the prefix and the name in upper case with `-` and `.`
 * as `_`.
 *
 * @example
 * variableName(registry.flags.get("new-checkout.v2"), "VICTOR_FEATURE_"); // "VICTOR_FEATURE_NEW_CHECKOUT_V2"
 */
export function variableName({ name, definition }: RegisteredFlag, prefix: string): string {
  return definition.env ?? prefix + name.toUpperCase().replace(/[-.]/g, "_");
}

/** Makes the `env` step: reads every flag's variable once. */
export function envResolver(flags: Iterable<RegisteredFlag>, environment: Environment, prefix: string): EnvReading {
  const byVariable = new Map<string, [RegisteredFlag, ...RegisteredFlag[]]>();
  for (const flag of flags) {
    const variable = variableName(flag, prefix);
    const others = byVariable.get(variable);
    if (others === undefined) byVariable.set(variable, [flag]);
    else others.push(flag);
  }
  const problems: Problem[] = [];
  const answers = new Map<string, Prepared>();
  for (const [variable, [flag, ...others]] of byVariable) {
    if (others.length > 0) problems.push(sharedVariable(variable, [flag, ...others]));
    else readVariable(flag, variable, environment, answers, problems);
  }
  return {
    resolver: { name: "env", prepare: (flag) => answers.get(flag.name) },
    problems,
    warnings: prefix === "" ? [] : strays(byVariable, environment, prefix),
  };
}

function readVariable(
  flag: RegisteredFlag,
  variable: string,
  environment: Environment,
  answers: Map<string, Prepared>,
  problems: Problem[],
): void {
  const text = environment.get(variable);
  if (text === undefined) return;
  const place = environment.place(variable);
  const reading = readText(flag, text);
  if ("problem" in reading) problems.push({ code: "INVALID_VALUE", flag: flag.name, place, message: reading.problem });
  else answers.set(flag.name, Object.freeze({ ...reading, place }));
}

function sharedVariable(variable: string, flags: readonly RegisteredFlag[]): Problem {
  const names = flags.map(({ name }) => `"${name}"`);
  const last = names.pop();
  const who = `the flags ${names.join(", ")} and ${last}`;
  const message = `${who} would all be set by ${variable}; give them variables of their own with \`env\``;
  return { code: "INVALID_DEFINITION", flag: flags.at(-1)?.name, place: variable, message };
}

/** Variables that look like a flag's and are none: a slip of the pen, or left over from a flag that is gone. */
function strays(byVariable: ReadonlyMap<string, unknown>, environment: Environment, prefix: string): Problem[] {
  const strangers = [...environment.names()].filter(
    (name) => name.startsWith(prefix) && !byVariable.has(name) && name !== PROFILE_VARIABLE,
  );
  if (strangers.length === 0) return [];
  // The prefix is the same for all and would only make different names look alike.
  const bare = (variable: string) => (variable.startsWith(prefix) ? variable.slice(prefix.length) : variable);
  const byBareName = new Map([...byVariable.keys()].map((variable) => [bare(variable), variable]));
  const hint = hintsAmong([...byBareName.keys()]);
  return strangers.map((variable) => {
    const near = byBareName.get(hint(bare(variable)) ?? "");
    const message = `sets no flag${near === undefined ? "" : `; did you mean "${near}"?`}`;
    return { code: "FLAG_NOT_FOUND", place: environment.place(variable), message };
  });
}
