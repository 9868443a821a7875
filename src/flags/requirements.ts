import { frozenCopy } from "../registry/frozen-copy.js";
import type { RegisteredFlag } from "../registry/registry.js";
import { issueKeys, runSchema, type Schema, type SchemaIssue } from "../registry/standard-schema.js";
import type { Environment } from "../resolvers/environment.js";
import { isOff } from "../resolvers/resolutions.js";

/** What a choice requires of the environment. */
export interface Required {
  /** The variables that are missing or malformed, as `NAME (code)`; empty where all is well. */
  readonly unmet: readonly string[];
  /** What the schema made of the environment, where all is well. Holds secrets. */
  readonly parsed?: unknown;
  /** The values of the variables that the schema asked for, as they are set. Holds secrets. */
  readonly read: readonly string[];
}

/**
 * Checks what flags require of the environment. The environment is fixed for the life of the process, so each
 * schema runs once. Only names and issue codes come out: a schema's own message could quote a secret.
 */
export class Requirements {
  readonly #environment: Environment;
  readonly #checked = new Map<Schema, Required>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The required variables that are missing or malformed for this choice, as `NAME (code)`; empty where all is well. */
  unmet(flag: RegisteredFlag, choice: unknown): readonly string[] {
    return this.required(flag, choice).unmet;
  }

  /** The same, with what the schema made of the environment. */
  required(flag: RegisteredFlag, choice: unknown): Required {
    const schema = requirementOf(flag, choice);
    if (schema === undefined) return NOTHING_REQUIRED;
    const known = this.#checked.get(schema) ?? this.#check(schema);
    this.#checked.set(schema, known);
    return known;
  }

  #check(schema: Schema): Required {
    const read = new Set<string>();
    let result: ReturnType<typeof runSchema>;
    let parsed: unknown;
    let problem = "it threw";
    try {
      result = runSchema(schema, watched(this.#environment.all, read));
      problem = "what it gives cannot be copied";
      if ("value" in result) parsed = frozenCopy(result.value);
    } catch {
      return lacking([`the schema (${problem})`]);
    }
    if ("asynchronous" in result) return lacking(["the schema (it answers asynchronously; use a synchronous one)"]);
    if (!("issues" in result)) return { unmet: NOTHING, parsed, read: [...read] };
    const codes = new Map<string, string>();
    for (const issue of result.issues) {
      const name = issueKeys(issue)[0] || "the variables together";
      if (!codes.has(name))
        codes.set(name, this.#environment.get(name) === undefined && issue.path?.length ? "missing" : codeOf(issue));
    }
    return lacking([...codes].map(([name, code]) => `${name} (${code})`));
  }
}

/** The issue's code where it is a word of a schema library's, and not text that could hold a value. */
function codeOf({ code }: SchemaIssue): string {
  return typeof code === "string" && /^[a-z]+(_[a-z]+)*$/.test(code) ? code : "malformed";
}

const NOTHING: readonly string[] = Object.freeze([]);
const NOTHING_REQUIRED: Required = Object.freeze({ unmet: NOTHING, read: NOTHING });

function lacking(unmet: readonly string[]): Required {
  return { unmet, read: NOTHING };
}

/** A view of the variables that keeps the values which are read. Frozen, and without a prototype, as they are. */
function watched(variables: Readonly<Record<string, string>>, read: Set<string>): object {
  const view: object = Object.create(null);
  for (const [name, value] of Object.entries(variables)) {
    const get = () => {
      read.add(value);
      return value;
    };
    Object.defineProperty(view, name, { enumerable: true, get });
  }
  return Object.freeze(view);
}

/** The schema that must hold before the flag may have this choice. */
export function requirementOf(flag: RegisteredFlag, choice: unknown): Schema | undefined {
  const { requires } = flag.definition;
  if (requires === undefined) return undefined;
  if (flag.kind !== "oneOf") return isOff(flag, choice) ? undefined : (requires as Schema);
  const byValue = requires as Readonly<Record<string, Schema | undefined>>;
  return Object.hasOwn(byValue, choice as string) ? byValue[choice as string] : undefined;
}
