import type { FlagDefinition } from "./definition.js";
import type { AnyRegistry, RegisteredFlag } from "./registry.js";

/** A JSON Schema, or a part of one. */
type JsonSchema = Readonly<Record<string, unknown>>;

const DRAFT = "https://json-schema.org/draft/2020-12/schema";
const BOOLEAN_WORDS = ["true", "yes", "on", "enabled", "1", "false", "no", "off", "disabled", "0"];
/** From `0%` to `100%`. */
const PERCENT = "^\\s*0*(100(\\.0+)?|\\d{1,2}(\\.\\d+)?)\\s*%\\s*$";
/** A positive percentage below this rounds to no bucket at all. */
const SMALLEST_PERCENTAGE = 50 / 2 ** 32;

const nonEmpty = { type: "string", minLength: 1 };
const nothing = { type: "null" };
const percent = { type: "string", pattern: PERCENT, description: "A rollout: the share of units for which it is on." };
const units = { type: "array", items: { anyOf: [nonEmpty, { type: "number" }] } };
const anchors = { "^x-": { description: "Ignored: a place for anchors." } };

/**
 * The JSON Schema (draft 2020-12) of this registry's profile file, for editors that complete and check YAML. It
 * accepts what a start accepts, but for what only the text shows: syntax, keys written twice, units that YAML changes.
 *
 * @example
 * writeFileSync("burgee.schema.json", JSON.stringify(registryJsonSchema(registry), null, 2));
 * // and in burgee.yaml: # yaml-language-server: $schema=burgee.schema.json
 */
export function registryJsonSchema(registry: AnyRegistry): object {
  const flags = [...registry.flags.values()];
  const custom = flags.flatMap((flag) => {
    const schema = ownSchema(flag);
    return schema === undefined ? [] : [[valueKey(flag), schema] as const];
  });
  const known = new Set(custom.map(([key]) => key));
  return {
    $schema: DRAFT,
    title: "burgee profile",
    ...optionalMapping({
      feature_flags: { $ref: "#/$defs/feature_flags" },
      profiles: {
        description: "Sections by name; the chosen one is laid over the top, entry by entry.",
        anyOf: [{ type: "object", additionalProperties: { $ref: "#/$defs/profile" } }, nothing],
      },
    }),
    $defs: {
      profile: optionalMapping({ feature_flags: { $ref: "#/$defs/feature_flags" } }),
      feature_flags: {
        anyOf: [
          {
            type: "object",
            properties: Object.fromEntries(flags.map((flag) => [flag.name, entrySchema(flag, known)])),
            additionalProperties: false,
          },
          nothing,
        ],
      },
      ...Object.fromEntries(custom),
    },
  };
}

/** A mapping of these keys and of anchors, or nothing at all. */
function optionalMapping(properties: JsonSchema): JsonSchema {
  return { anyOf: [{ type: "object", properties, patternProperties: anchors, additionalProperties: false }, nothing] };
}

function valueKey({ name }: RegisteredFlag): string {
  return `value.${name}`;
}

function entrySchema(flag: RegisteredFlag, custom: ReadonlySet<string>): JsonSchema {
  const { definition } = flag;
  const value = valueSchema(flag, custom);
  const bare =
    flag.kind === "json"
      ? { allOf: [value, { not: nothing }, { not: { type: "object", required: ["serve"] } }] }
      : value;
  return {
    description: describe(definition),
    default: definition.default,
    ...(definition.status === "deprecated" && { deprecated: true }),
    anyOf: [bare, ...(flag.kind === "boolean" ? [percent] : []), ruleSchema(flag, value)],
  };
}

function describe({ description, default: fallback, owner, status }: FlagDefinition): string {
  const facts = [`Default: ${JSON.stringify(fallback)}.`];
  if (owner !== undefined) facts.push(`Owner: ${owner}.`);
  if (status !== undefined) facts.push(`Status: ${status}.`);
  return [...(description === undefined ? [] : [description]), facts.join(" ")].join("\n\n");
}

/** One value of the flag, as a profile may write it. */
function valueSchema(flag: RegisteredFlag, custom: ReadonlySet<string>): JsonSchema {
  const own = custom.has(valueKey(flag)) ? { $ref: `#/$defs/${valueKey(flag)}` } : undefined;
  switch (flag.kind) {
    case "boolean":
      return {
        anyOf: [
          { type: "boolean" },
          { type: "number", enum: [0, 1] },
          { type: "string", pattern: anyCase(BOOLEAN_WORDS) },
        ],
      };
    case "oneOf":
    case "experiment":
      return { type: "string", enum: [...(flag.values ?? [])] };
    case "json":
      return own ?? {};
    default:
      return own === undefined ? { type: flag.kind } : { type: flag.kind, allOf: [own] };
  }
}

/** JSON Schema's patterns know no flags, so each letter stands there twice. */
function anyCase(words: readonly string[]): string {
  const either = words.map((word) => word.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`));
  return `^\\s*(${either.join("|")})\\s*$`;
}

function ruleSchema(flag: RegisteredFlag, value: JsonSchema): JsonSchema {
  const weighted = flag.kind === "oneOf" || flag.kind === "experiment";
  return {
    type: "object",
    properties: {
      deny: { ...units, description: "Units that never pass." },
      allow: { ...units, description: "Units that always pass. Without a rollout, the only ones." },
      rollout: {
        description: "The share of units that pass, from 0 to 100.",
        anyOf: [{ type: "number", const: 0 }, { type: "number", minimum: SMALLEST_PERCENTAGE, maximum: 100 }, percent],
      },
      by: {
        description: "The attribute that names the unit, or several of which the first present one counts.",
        anyOf: [nonEmpty, { type: "array", items: nonEmpty, minItems: 1 }],
      },
      salt: { ...nonEmpty, description: "What is hashed beside the unit; the flag's name unless given." },
      serve: { ...value, description: "What those who pass get." },
      otherwise: { ...value, description: "What everybody else gets." },
      ...(weighted && { weights: weightsSchema(flag.values ?? []) }),
      locked: { type: "boolean", description: "True makes the entry final: overrides cannot change it." },
    },
    additionalProperties: false,
    ...serving(flag),
  };
}

function weightsSchema(values: readonly string[]): JsonSchema {
  const weight = { type: "number", minimum: 0 };
  return {
    description: "Shares by value, on any scale; a value left out gets none.",
    type: "object",
    properties: Object.fromEntries(values.map((value) => [value, weight])),
    additionalProperties: false,
    // Somebody must get something.
    anyOf: values.map((value) => ({
      type: "object",
      properties: { [value]: { type: "number", exclusiveMinimum: 0 } },
      required: [value],
    })),
  };
}

/** Whether those who pass need `serve`, and what excludes it. */
function serving({ kind }: RegisteredFlag): JsonSchema {
  if (kind === "boolean") return { anyOf: ["deny", "allow", "rollout", "serve"].map((word) => ({ required: [word] })) };
  const both = { not: { type: "object", required: ["serve", "weights"] } };
  if (kind === "experiment") return both;
  if (kind === "oneOf") return { ...both, anyOf: [{ required: ["serve"] }, { required: ["weights"] }] };
  return { required: ["serve"] };
}

/** What the flag's own schema says of its input, where it offers that, fit to stand among the definitions. */
function ownSchema(flag: RegisteredFlag): JsonSchema | undefined {
  try {
    const given: unknown = flag.schema?.["~standard"].jsonSchema?.input({ target: "draft-2020-12" });
    if (typeof given !== "object" || given === null) return undefined;
    const { $schema: _, ...schema } = given as Record<string, unknown>;
    return relocate(schema, `#/$defs/${valueKey(flag)}`) as JsonSchema;
  } catch {
    // Not every schema can be said in JSON Schema; the start still checks it.
    return undefined;
  }
}

/** References within a schema begin at its top, which has moved. */
function relocate(node: unknown, top: string): unknown {
  if (Array.isArray(node)) return node.map((item) => relocate(item, top));
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) =>
      key === "$ref" && typeof value === "string" && value.startsWith("#")
        ? [key, top + value.slice(1)]
        : [key, relocate(value, top)],
    ),
  );
}
