import { attributes, type JsonSchema, membersOf, nothing, percentage, reference, text } from "./json-schema-parts.js";

const unitWords = {
  by: {
    ...attributes,
    description: "The attribute that names the unit, or several of which the first present one counts.",
  },
  salt: { ...text, description: "What is hashed beside the unit; its name unless given." },
};

/** What rules may name, as it stands at the top of a profile. */
export function groupSchemas(flags: readonly string[]): JsonSchema {
  const slice = { type: "array", items: percentage, minItems: 2, maxItems: 2 };
  const layer = membersOf(
    {
      ...unitWords,
      slices: {
        description: "For each flag, where its slice begins and ends, in percent. Slices do not overlap.",
        ...membersOf(Object.fromEntries(flags.map((name) => [name, slice]))),
      },
    },
    { required: ["slices"] },
  );
  const holdout = { anyOf: [percentage, membersOf({ share: percentage, ...unitWords }, { required: ["share"] })] };
  return {
    segments: named("Conditions by name, for `$segment`.", reference("condition")),
    layers: named("Layers by name: experiments that exclude each other.", layer),
    holdouts: named("Holdouts by name: shares of the units that are kept out.", holdout),
  };
}

function named(description: string, one: JsonSchema): JsonSchema {
  return { description, anyOf: [{ type: "object", additionalProperties: one }, nothing] };
}
