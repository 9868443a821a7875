import { comesLate } from "../rules/thenable.js";

/**
 * The part of Standard Schema v1 that burgee reads: any validator that carries `~standard` can be used where a
 * schema is asked for (zod, valibot, arktype and others). Source: https://standardschema.dev
 */
export interface Schema<Out = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Out> | Promise<SchemaResult<Out>>;
    readonly types?: { readonly output: Out } | undefined;
    /** Standard JSON Schema, where the validator offers it. */
    readonly jsonSchema?:
      | { readonly input: (options: { readonly target: string }) => Record<string, unknown> }
      | undefined;
  };
}

type SchemaResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that a schema found wrong. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  /** Not part of the standard, but given by zod and others: a stable word such as `too_small`. */
  readonly code?: string | undefined;
}

/** What a schema makes of its input. */
export type SchemaOutput<S> = S extends { "~standard": { types?: infer T } }
  ? NonNullable<T> extends { output: infer Out }
    ? Out
    : unknown
  : never;

/** What a schema takes in, where it says so; else what it makes. */
export type SchemaInput<S> = S extends { "~standard": { types?: infer T } }
  ? NonNullable<T> extends { input: infer In }
    ? In
    : SchemaOutput<S>
  : never;

/** True for anything that carries Standard Schema's `~standard`, functions included. */
export function isSchema(value: unknown): value is Schema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const standard = (value as Partial<Schema>)["~standard"];
  return typeof standard === "object" && typeof standard?.validate === "function";
}

/** Runs a schema that must answer at once. `asynchronous` is set where it gave a promise instead. What it throws goes through. */
export function runSchema(
  schema: Schema,
  input: unknown,
): { readonly value: unknown } | { readonly issues: readonly SchemaIssue[] } | { readonly asynchronous: true } {
  const result = schema["~standard"].validate(input);
  if (comesLate(result)) return { asynchronous: true };
  return result.issues === undefined ? { value: result.value } : { issues: result.issues };
}

/** The keys that lead to an issue. A key may hold a dot itself. */
export function issueKeys(issue: SchemaIssue): string[] {
  return (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part));
}

/** The path of an issue as text: `a.b.0`. */
export function issuePath(issue: SchemaIssue): string {
  return issueKeys(issue).join(".");
}
