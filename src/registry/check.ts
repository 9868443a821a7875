import * as z from "zod/mini";
import { BurgeeError, type Problem } from "../errors.js";
import { didYouMean } from "../rules/nearest.js";
import type { CheckedRule } from "../rules/rule.js";
import { checkRule, checkWeights } from "../rules/schema.js";
import type { FlagDefinition, FlagKind } from "./definition.js";
import { frozenCopy } from "./frozen-copy.js";
import { isSchema, type Schema } from "./standard-schema.js";
import { checkValue, readData, type ValueReading, type ValueSubject } from "./value.js";

const FLAG_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const text = z.string("must be a text");
const texts = z.array(text, "must be a list of texts");
const yesOrNo = z.boolean("must be true or false");
const schemaLike = z.custom<Schema>(isSchema, "must be a schema (zod, or any other that follows Standard Schema)");
const common = {
  default: z.unknown(),
  description: z.optional(text),
  since: z.optional(text),
  stable: z.optional(yesOrNo),
  strategy: z.optional(z.enum(["gradual", "immediate"], 'must be "gradual" or "immediate"')),
  owner: z.optional(text),
  tags: z.optional(texts),
  expires: z.optional(text.check(z.refine((date) => /^\d{4}-\d\d-\d\d/.test(date) && !Number.isNaN(Date.parse(date)), "must be an ISO date such as 2027-01-31"))),
  status: z.optional(z.enum(["active", "frozen", "deprecated"], 'must be "active", "frozen" or "deprecated"')),
  dependsOn: z.optional(texts),
  requires: z.optional(z.unknown()),
  env: z.optional(text.check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of a variable"))),
  expect: z.optional(z.record(z.string(), z.unknown(), "must be values by environment, such as { production: true }")),
  exposed: z.optional(yesOrNo),
  metadata: z.optional(z.record(z.string(), z.unknown(), "must be an object")),
  rule: z.optional(z.unknown()),
};
const off = z.optional(z.unknown());
const values = texts.check(z.minLength(1, "must not be empty"));
const weights = z.record(z.string(), z.unknown(), "must be weights by variant, such as { control: 50, treatment: 50 }");
const definitionSchemas: Readonly<Record<FlagKind, z.ZodMiniType>> = {
  boolean: z.strictObject({ ...common, kind: z.literal("boolean"), safe: z.optional(yesOrNo) }),
  oneOf: z.strictObject({ ...common, kind: z.literal("oneOf"), off, values }),
  experiment: z.strictObject({ ...common, kind: z.literal("experiment"), off, values, weights }),
  number: z.strictObject({ ...common, kind: z.literal("number"), off, schema: z.optional(schemaLike) }),
  string: z.strictObject({ ...common, kind: z.literal("string"), off, schema: z.optional(schemaLike) }),
  json: z.strictObject({ ...common, kind: z.literal("json"), off, schema: schemaLike }),
};

/** A definition that holds together, with what was worked out of it. */
export interface CheckedDefinition {
  readonly definition: FlagDefinition;
  readonly rule: CheckedRule | undefined;
}

/** Checks one definition by itself; what is wrong goes to `problems`. Dependencies are checked when all are known. */
export function checkDefinition(name: string, given: unknown, problems: Problem[]): CheckedDefinition | undefined {
  const before = problems.length;
  const report = (message: string) => problems.push({ code: "INVALID_DEFINITION", flag: name, message: `flag "${name}": ${message}` });
  if (!FLAG_NAME.test(name)) report("a name is a letter or `_`, then letters, digits, `_`, `-` or `.`");
  const kind = (given as Partial<FlagDefinition> | null | undefined)?.kind;
  const schema = kind === undefined || !Object.hasOwn(definitionSchemas, kind) ? undefined : definitionSchemas[kind];
  if (schema === undefined) {
    report("is not a flag definition; make it with flag.boolean(…), flag.oneOf(…), flag.experiment(…), flag.number(…), flag.string(…) or flag.json(…)");
    return undefined;
  }
  const parsed = z.safeParse(schema, given);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) report(describeIssue(issue, schema));
    return undefined;
  }
  const definition = given as FlagDefinition;
  checkNames(definition, report);
  if (problems.length > before) return undefined;
  const read = <V>(word: string, value: V): V => {
    const reading: ValueReading = checkValue(definition, value);
    if ("problem" in reading) report(`\`${word}\`: ${reading.problem}`);
    return "value" in reading ? (reading.value as V) : value;
  };
  const checked = {
    ...frozenCopy({ ...definition, requires: undefined, schema: undefined }),
    ...(definition.requires !== undefined && { requires: definition.requires }),
    ...(definition.schema !== undefined && { schema: definition.schema }),
    default: read("default", definition.default),
    ...(definition.off !== undefined && { off: read("off", definition.off) }),
  };
  for (const [environment, value] of Object.entries(definition.expect ?? {})) read(`expect.${environment}`, value);
  checkRequires(definition, report);
  const rule = definition.rule === undefined ? undefined : checkOwnRule({ ...checked, name }, definition.rule, report);
  return problems.length > before ? undefined : { definition: Object.freeze(withoutUndefined(checked)), rule };
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}

function describeIssue(issue: z.core.$ZodIssue, schema: z.ZodMiniType): string {
  if (issue.code !== "unrecognized_keys") return `\`${issue.path.map(String).join(".")}\` ${issue.message}`;
  const known = Object.keys((schema as unknown as { shape: object }).shape);
  return issue.keys.map((key) => `a definition of this kind has no \`${key}\`${didYouMean(key, known)}`).join("; ");
}

function checkNames({ kind, values = [], weights }: FlagDefinition, report: (message: string) => void): void {
  for (const value of values) {
    if (value === "") report("a value's name must not be empty");
    // Objects list integer-like keys first, whatever their order in the text: shares would silently change places.
    if (/^(0|[1-9]\d*)$/.test(value)) report(`the value "${value}" looks like an integer, and JavaScript would reorder it; write "v${value}"`);
  }
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) report(`the value "${twice}" is given twice`);
  if (kind !== "experiment" || weights === undefined) return;
  for (const issue of checkWeights(weights, { name: "", kind, default: undefined, values }).issues) report(issue.message);
}

function checkRequires({ kind, values = [], requires }: FlagDefinition, report: (message: string) => void): void {
  if (requires === undefined) return;
  if (kind !== "oneOf") {
    if (!isSchema(requires)) report("`requires` must be a schema over the environment, such as z.object({ API_KEY: z.string().min(1) })");
    return;
  }
  if (typeof requires !== "object" || requires === null || isSchema(requires)) {
    report("`requires` of a oneOf flag must hold a schema for each value that needs one, such as { postgresql: z.object({ DATABASE_URL: z.url() }) }");
    return;
  }
  for (const [value, schema] of Object.entries(requires)) {
    if (!values.includes(value)) report(`\`requires\` names "${value}", which is no value of the flag${didYouMean(value, values)}`);
    else if (schema !== undefined && !isSchema(schema)) report(`\`requires.${value}\` must be a schema over the environment`);
  }
}

function checkOwnRule(
  subject: ValueSubject & { name: string; default: unknown },
  given: unknown,
  report: (message: string) => void,
): CheckedRule | undefined {
  const check = checkRule(given, subject, (input) => readData(subject, input));
  if ("rule" in check) return check.rule;
  for (const issue of check.issues) report(`rule: ${issue.message}`);
  return undefined;
}

/** Thrown by `defineFlags`: every problem at once. */
export function definitionError(problems: readonly Problem[]): BurgeeError {
  const lines = problems.map((problem) => `  ${problem.message}`);
  return new BurgeeError("INVALID_DEFINITION", `the registry has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}\n${lines.join("\n")}`, { problems });
}
