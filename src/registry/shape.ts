import * as z from "zod/mini";
import { didYouMean } from "../rules/nearest.js";
import type { FlagDefinition, FlagKind } from "./definition.js";
import { isSchema, type Schema } from "./standard-schema.js";

const text = z.string("must be a text");
const texts = z.array(text, "must be a list of texts");
const yesOrNo = z.boolean("must be true or false");
const schemaLike = z.custom<Schema>(isSchema, "must be a schema (zod, or any other that follows Standard Schema)");
/** The options that a definition may have, each with what it must be where it is given. */
type Shape = Readonly<Record<string, z.ZodMiniType>>;
const anything = z.unknown();
const common = {
  kind: anything,
  default: anything,
  description: text,
  since: text,
  stable: yesOrNo,
  strategy: z.enum(["gradual", "immediate"], 'must be "gradual" or "immediate"'),
  owner: text,
  tags: texts,
  expires: z.iso.date("must be an ISO date such as 2027-01-31"),
  status: z.enum(["active", "frozen", "deprecated"], 'must be "active", "frozen" or "deprecated"'),
  dependsOn: texts,
  requires: anything,
  env: text.check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of a variable")),
  expect: z.record(z.string(), z.unknown(), "must be values by environment, such as { production: true }"),
  exposed: yesOrNo,
  metadata: z.record(z.string(), z.unknown(), "must be an object"),
  rule: anything,
} satisfies Shape;
const off = anything;
const weights = z.record(z.string(), z.unknown(), "must be weights by variant, such as { control: 50, treatment: 50 }");
const payloads = z.record(
  z.string(),
  z.unknown(),
  "must be payloads by variant, such as { control: 10, treatment: 20 }",
);
const shapes: Readonly<Record<FlagKind, Shape>> = {
  boolean: { ...common, safe: yesOrNo },
  oneOf: { ...common, off, values: texts.check(z.minLength(1, "must not be empty")) },
  experiment: { ...common, off, values: texts, weights, payloads, schema: schemaLike },
  number: { ...common, off, schema: schemaLike },
  string: { ...common, off, schema: schemaLike },
  json: { ...common, off, schema: schemaLike },
};
const required: Readonly<Record<FlagKind, readonly string[]>> = {
  boolean: [],
  oneOf: ["values"],
  experiment: ["values", "weights"],
  number: [],
  string: [],
  json: ["schema"],
};

/** Checks the options of a definition by themselves: known ones, each of its type. Looks only at those that are given. */
export function checkShape(given: unknown, report: (message: string) => void): given is FlagDefinition {
  if (!isOfKind(given)) {
    const builders = Object.keys(shapes).map((builder) => `flag.${builder}(…)`);
    report(`is not a flag definition; make it with ${builders.slice(0, -1).join(", ")} or ${builders.at(-1)}`);
    return false;
  }
  const shape = shapes[given.kind];
  const needed = required[given.kind];
  const problems: string[] = [];
  for (const [name, type] of Object.entries(shape)) {
    const value: unknown = Reflect.get(given, name);
    if (value === undefined && !needed.includes(name)) continue;
    if (value !== undefined && !Object.hasOwn(given, name))
      problems.push(`\`${name}\` is inherited, and would be lost; write it in the definition itself`);
    else problems.push(...issuesOf(name, type, value));
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(shape, name))
      problems.push(`a definition of this kind has no \`${name}\`${didYouMean(name, Object.keys(shape))}`);
  }
  for (const problem of problems) report(problem);
  return problems.length === 0;
}

function isOfKind(given: unknown): given is { readonly kind: FlagKind } {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return false;
  const { kind } = given as Partial<FlagDefinition>;
  return typeof kind === "string" && Object.hasOwn(shapes, kind);
}

function issuesOf(name: string, type: z.ZodMiniType, value: unknown): string[] {
  if (type === anything) return [];
  const issues = z.safeParse(type, value).error?.issues ?? [];
  return issues.map(({ path, message }) => `\`${[name, ...path.map(String)].join(".")}\` ${message}`);
}
