import {
  attributes,
  instant,
  type JsonSchema,
  membersOf,
  percentage,
  reference,
  text,
  units,
  yes,
} from "./json-schema-parts.js";
import type { RegisteredFlag } from "./registry.js";

const SHARES = ["rollout", "steps", "linear"] as const;
/** The words of which a boolean's rule needs one. */
const CHOOSING = ["deny", "allow", "when", "schedule", "holdout", "layer", ...SHARES, "serve"];
/** The words that cannot stand beside a list of rules. */
const OF_ONE_RULE = ["by", "salt", "hash", "holdout", "layer", ...SHARES, "serve", "weights"];

/** A boolean's rule that gives everybody else what it gives those who pass. */
const trueForAll: JsonSchema = {
  type: "object",
  properties: { serve: yes, otherwise: yes },
  required: ["otherwise"],
};

const step = membersOf({ at: instant, rollout: percentage }, { required: ["at", "rollout"] });

/** The words that mean the same to every flag. */
const WORDS: Readonly<Record<string, JsonSchema>> = {
  name: { ...text, description: "What explain, changes and exposures call the rule." },
  deny: { ...units, description: "Units that never pass." },
  allow: { ...units, description: "Units that always pass. Without anything else, the only ones." },
  when: { ...reference("condition"), description: "Conditions on the context." },
  schedule: {
    description: "The time in which the rule is in force.",
    ...membersOf({ from: instant, until: instant }, { minProperties: 1 }),
  },
  by: {
    ...attributes,
    description: "The attribute that names the unit, or several of which the first present one counts.",
  },
  salt: { ...text, description: "What is hashed beside the unit; the flag's name unless given." },
  hash: { ...text, description: "The bucketing that spreads units; murmur3-v1 unless given." },
  holdout: { ...text, description: "A holdout: the units that it keeps out do not pass." },
  layer: { ...text, description: "A layer in which the flag has a slice: only units within it pass." },
  rollout: { ...percentage, description: "The share of units that pass, from 0 to 100." },
  steps: {
    description: "The share step by step, each from its time on.",
    type: "array",
    items: step,
    minItems: 1,
  },
  linear: {
    description: "The share, going evenly from `start` (0) to `end` (100).",
    ...membersOf(
      { from: instant, until: instant, start: percentage, end: percentage },
      { required: ["from", "until"] },
    ),
  },
};

/** The definitions that rules refer to. */
export const ruleDefinitions: JsonSchema = Object.fromEntries(
  Object.entries(WORDS).map(([word, schema]) => [`rule.${word}`, schema]),
);

/** A rule of the flag, as a profile may write it; `value` is the schema of one of its values. */
export function ruleSchema(flag: RegisteredFlag, value: JsonSchema): JsonSchema {
  const words = wordsOf(flag, value);
  const alone = coherence(flag);
  const locked = { type: "boolean", description: "True makes the entry final: overrides cannot change it." };
  return membersOf(
    { ...words, rules: listSchema(membersOf(words, alone)), locked },
    {
      if: { type: "object", required: ["rules"] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's word
      then: { type: "object", properties: Object.fromEntries(OF_ONE_RULE.map((word) => [word, false])) },
      else: { type: "object", ...alone, ...(flag.kind === "boolean" && { not: trueForAll }) },
    },
  );
}

function wordsOf({ kind, values }: RegisteredFlag, value: JsonSchema): JsonSchema {
  const shared = Object.fromEntries(Object.keys(WORDS).map((word) => [word, reference(`rule.${word}`)]));
  const served = {
    serve: { ...value, description: "What those who pass get." },
    otherwise: { ...value, description: "What everybody else gets." },
  };
  if (values === undefined || (kind !== "oneOf" && kind !== "experiment")) return { ...shared, ...served };
  const byValue = membersOf(Object.fromEntries(values.map((name) => [name, units])));
  const description = "Units that always pass; or, by value, units that get just that value.";
  return { ...shared, ...served, allow: { anyOf: [units, byValue], description }, weights: weightsSchema(values) };
}

function weightsSchema(values: readonly string[]): JsonSchema {
  const weight = { type: "number", minimum: 0 };
  return {
    description: "Shares by value, on any scale; a value left out gets none.",
    ...membersOf(Object.fromEntries(values.map((value) => [value, weight]))),
    // Somebody must get something.
    anyOf: values.map((value) => ({
      type: "object",
      properties: { [value]: { type: "number", exclusiveMinimum: 0 } },
      required: [value],
    })),
  };
}

/** A list of rules. One that chooses everybody is the last; that there are not two can be said. */
function listSchema(item: JsonSchema): JsonSchema {
  const listedOnly = {
    type: "object",
    properties: { allow: { type: "array" }, ...absent("layer", ...SHARES) },
    required: ["allow"],
  };
  return {
    description: "A list of rules; the first one that is chosen decides.",
    type: "array",
    items: item,
    minItems: 1,
    contains: { type: "object", properties: absent("when", "schedule"), not: listedOnly },
    minContains: 0,
    maxContains: 1,
  };
}

function absent(...words: readonly string[]): Record<string, false> {
  return Object.fromEntries(words.map((word) => [word, false]));
}

/** How the words of one rule go together. */
function coherence({ kind }: RegisteredFlag): JsonSchema {
  const pairs = [
    ["serve", "weights"],
    ["rollout", "steps"],
    ["rollout", "linear"],
    ["steps", "linear"],
  ];
  const apart = pairs.map((required) => ({ not: { type: "object", required } }));
  if (kind === "boolean") return { allOf: apart, anyOf: CHOOSING.map((word) => ({ required: [word] })) };
  if (kind === "experiment") return { allOf: apart };
  if (kind === "oneOf") return { allOf: apart, anyOf: [{ required: ["serve"] }, { required: ["weights"] }] };
  return { allOf: apart, required: ["serve"] };
}
