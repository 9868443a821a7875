import type { RegisteredFlag } from "../registry/registry.js";
import { issueKeys, runSchema, type Schema, type SchemaIssue } from "../registry/standard-schema.js";
import type { Environment } from "../resolvers/environment.js";
import { isOff } from "../resolvers/resolutions.js";

/**
 * Checks what flags require of the environment. The environment is fixed for the life of the process, so each
 * schema runs once. Only names and issue codes come out: a schema's own message could quote a secret.
 */
export class Requirements {
  readonly #environment: Environment;
  readonly #checked = new Map<Schema, readonly string[]>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The required variables that are missing or malformed for this choice, as `NAME (code)`; empty where all is well. */
  unmet(flag: RegisteredFlag, choice: unknown): readonly string[] {
    const schema = requirementOf(flag, choice);
    if (schema === undefined) return NOTHING;
    const known = this.#checked.get(schema) ?? this.#check(schema);
    this.#checked.set(schema, known);
    return known;
  }

  #check(schema: Schema): readonly string[] {
    let result: ReturnType<typeof runSchema>;
    try {
      result = runSchema(schema, this.#environment.all);
    } catch {
      return ["the schema (it threw)"];
    }
    if ("asynchronous" in result) return ["the schema (it answers asynchronously; use a synchronous one)"];
    if (!("issues" in result)) return NOTHING;
    const codes = new Map<string, string>();
    for (const issue of result.issues) {
      const name = issueKeys(issue)[0] || "the variables together";
      if (!codes.has(name))
        codes.set(name, this.#environment.get(name) === undefined && issue.path?.length ? "missing" : codeOf(issue));
    }
    return [...codes].map(([name, code]) => `${name} (${code})`);
  }
}

/** The issue's code where it is a word of a schema library's, and not text that could hold a value. */
function codeOf({ code }: SchemaIssue): string {
  return typeof code === "string" && /^[a-z]+(_[a-z]+)*$/.test(code) ? code : "malformed";
}

const NOTHING: readonly string[] = Object.freeze([]);

/** The schema that must hold before the flag may have this choice. */
export function requirementOf(flag: RegisteredFlag, choice: unknown): Schema | undefined {
  const { requires } = flag.definition;
  if (requires === undefined) return undefined;
  if (flag.kind !== "oneOf") return isOff(flag, choice) ? undefined : (requires as Schema);
  const byValue = requires as Readonly<Record<string, Schema | undefined>>;
  return Object.hasOwn(byValue, choice as string) ? byValue[choice as string] : undefined;
}
