/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** From `0%` to `100%`. */
const PERCENT = "^\\s*0*(100(\\.0+)?|\\d{1,2}(\\.\\d+)?)\\s*%\\s*$";
/** A positive percentage below this rounds to no bucket at all. */
const SMALLEST_PERCENTAGE = 50 / 2 ** 32;

/** A year that has a 29th of February. */
const LEAP_YEAR = "(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)";
const DAY = [
  "\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\\d|2[0-8])",
  "\\d{4}-(0[13-9]|1[0-2])-(29|30)",
  "\\d{4}-(0[13578]|1[02])-31",
  `${LEAP_YEAR}-02-29`,
].join("|");
const HOUR = "([01]\\d|2[0-3]):[0-5]\\d";

/** A text that holds something. */
export const text: JsonSchema = { type: "string", minLength: 1 };
/** A key with nothing after it. */
export const nothing: JsonSchema = { type: "null" };
/** A percentage with its sign. */
export const percentText: JsonSchema = { type: "string", pattern: PERCENT };

/** True, as a profile may write it. */
export const yes = wordsFor(true, 1, ["true", "yes", "on", "enabled", "1"]);
/** False, as a profile may write it. */
export const no = wordsFor(false, 0, ["false", "no", "off", "disabled", "0"]);

/** The definitions of the parts that have a name. */
export const partDefinitions: JsonSchema = {
  percentage: {
    anyOf: [{ type: "number", const: 0 }, { type: "number", minimum: SMALLEST_PERCENTAGE, maximum: 100 }, percentText],
  },
  instant: { type: "string", pattern: `^(${DAY})(T${HOUR}(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]${HOUR}))?$` },
  units: { type: "array", items: { anyOf: [text, { type: "number" }] } },
  attributes: oneOrMore(text),
};

/** A percentage, as a number or with its sign. */
export const percentage = reference("percentage");
/** An ISO 8601 date, or a date and time with its zone. */
export const instant = reference("instant");
/** A list of units. */
export const units = reference("units");
/** The attribute that names the unit, or several. */
export const attributes = reference("attributes");

/** JSON Schema's patterns know no flags, so each letter stands there twice. */
function wordsFor(value: boolean, digit: number, words: readonly string[]): JsonSchema {
  const either = words.map((word) => word.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`));
  const pattern = `^\\s*(${either.join("|")})\\s*$`;
  return {
    anyOf: [
      { type: "boolean", const: value },
      { type: "number", const: digit },
      { type: "string", pattern },
    ],
  };
}

/** A reference to one of the definitions at the end of the schema. */
export function reference(name: string): JsonSchema {
  return { $ref: `#/$defs/${name}` };
}

/** An object with these members, each of which may be left out, and no others. */
export function membersOf(properties: JsonSchema, more: JsonSchema = {}): JsonSchema {
  return { type: "object", properties, additionalProperties: false, ...more };
}

/** One thing, or a list of such things that is not empty. */
export function oneOrMore(one: JsonSchema): JsonSchema {
  return { anyOf: [one, { type: "array", items: one, minItems: 1 }] };
}
