import type { FlagDefinition } from "./definition.js";
import { conditionDefinitions } from "./json-schema-conditions.js";
import { groupSchemas } from "./json-schema-groups.js";
import { type JsonSchema, no, nothing, partDefinitions, percentText, reference, yes } from "./json-schema-parts.js";
import { ruleDefinitions, ruleSchema } from "./json-schema-rules.js";
import type { AnyRegistry, RegisteredFlag } from "./registry.js";

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

const percent = { ...percentText, description: "A rollout: the share of units for which it is on." };
const anchors = { "^x-": { description: "Ignored: a place for anchors." } };

/** What makes an object of a json flag a rule and no value: it says what it gives, or each rule of its list does. */
const serving = { type: "object", required: ["serve"] };
const servingList = {
  type: "object",
  properties: { rules: { type: "array", items: serving, minItems: 1 } },
  required: ["rules"],
};

/**
 * The JSON Schema (draft 2020-12) of this registry's profile file, for editors that complete and check YAML. It
 * accepts what a start accepts, but for what it cannot say: what only the text shows (syntax, keys written twice, units
 * that YAML changes), what a rule names and is nowhere declared, which of two times or slices comes first, whether a
 * linear rollout goes anywhere, and whether a pattern or a range of versions is one.
 *
 * @example
 * writeFileSync("burgee.schema.json", JSON.stringify(registryJsonSchema(registry), null, 2));
 * // and in burgee.yaml: # yaml-language-server: $schema=burgee.schema.json
 */
export function registryJsonSchema(registry: AnyRegistry): object {
  const flags = [...registry.flags.values()];
  const custom = flags.flatMap((flag) => {
    // The schema of an experiment is for its payloads, which no profile holds.
    const schema = flag.values === undefined ? ownSchema(flag) : undefined;
    return schema === undefined ? [] : [[valueKey(flag), schema] as const];
  });
  const known = new Set(custom.map(([key]) => key));
  return {
    $schema: DRAFT,
    title: "burgee profile",
    ...optionalMapping({
      feature_flags: reference("feature_flags"),
      profiles: {
        description: "Sections by name; the chosen one is laid over the top, entry by entry.",
        anyOf: [{ type: "object", additionalProperties: reference("profile") }, nothing],
      },
      ...groupSchemas(registry.names),
    }),
    $defs: {
      profile: optionalMapping({ feature_flags: reference("feature_flags") }),
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
      ...partDefinitions,
      ...conditionDefinitions,
      ...ruleDefinitions,
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
    flag.kind === "json" ? { allOf: [value, { not: nothing }, { not: serving }, { not: servingList }] } : value;
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
  const own = custom.has(valueKey(flag)) ? reference(valueKey(flag)) : undefined;
  switch (flag.kind) {
    case "boolean":
      return { anyOf: [yes, no] };
    case "oneOf":
    case "experiment":
      return { type: "string", enum: [...(flag.values ?? [])] };
    case "json":
      return own ?? {};
    default:
      return own === undefined ? { type: flag.kind } : { type: flag.kind, allOf: [own] };
  }
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
