import { JAVASCRIPT_PATTERN } from "../rules/condition-pattern.js";
import { BARE_GROUPS, BARE_OPERATORS } from "../rules/condition-slip.js";
import { instant, type JsonSchema, membersOf, oneOrMore, reference, text } from "./json-schema-parts.js";

/** A dotted path without empty steps, none of which begins with `$`. */
const ATTRIBUTE = "^[^$.][^.]*(\\.[^$.][^.]*)*$";
/** A key that is no operator. */
const PLAIN_KEY = "^([^$]|$)";
/** `||` with nothing on one of its sides. */
const EMPTY_ALTERNATIVE = "^\\s*(\\|\\||$)|\\|\\|\\s*(\\|\\||$)";

const byte = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4_BLOCK = `^${byte}(\\.${byte}){3}(/(3[0-2]|[12]?\\d))?$`;
/** An address of version 6 as far as a pattern can tell. */
const IPV6_BLOCK = "^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(/(12[0-8]|1[01]\\d|[1-9]?\\d))?$";

const data = reference("condition.data");
const list: JsonSchema = { type: "array", items: data };
const comparable: JsonSchema = { anyOf: [{ type: "number" }, { type: "string" }] };
const texts = oneOrMore(text);
const kinds = { type: "string", enum: ["string", "number", "boolean", "object", "array", "null", "date"] };
const someOperators = reference("condition.operators");

/** What may be asked about one attribute, by operator. */
const OPERATORS: Readonly<Record<string, readonly [meaning: string, operand: JsonSchema]>> = {
  $eq: ["Equal to this value.", data],
  $ne: ["Not equal to this value.", data],
  $in: ["Equal to one of these values.", list],
  $nin: ["Equal to none of these values.", list],
  $gt: ["Greater.", comparable],
  $gte: ["Greater or equal.", comparable],
  $lt: ["Less.", comparable],
  $lte: ["Less or equal.", comparable],
  $exists: ["Whether the attribute is there at all.", { type: "boolean" }],
  $type: ["Of this kind, or of one of these.", oneOrMore(kinds)],
  $size: ["A list of so many elements.", { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER }],
  $all: ["Each of these is the value or one of its elements.", list],
  $elemMatch: [
    "A list with an element for which all of this holds.",
    { anyOf: [reference("condition.element"), someOperators] },
  ],
  $not: ["These operators do not all hold.", someOperators],
  $regex: [
    "A pattern of RE2, found anywhere in the text.",
    { type: "string", minLength: 1, maxLength: 1000, not: { type: "string", pattern: JAVASCRIPT_PATTERN.source } },
  ],
  $startsWith: ["A text that begins with this, or with one of these.", texts],
  $endsWith: ["A text that ends with this, or with one of these.", texts],
  $contains: ["A text that has this in it, or one of these.", texts],
  $ini: ["One of these texts, in any case.", { type: "array", items: { type: "string" } }],
  $semver: ["A version within this range of npm's.", { ...text, not: { type: "string", pattern: EMPTY_ALTERNATIVE } }],
  $before: ["An instant before this one.", instant],
  $after: ["An instant after this one.", instant],
  $cidr: [
    "An IP address in this block, or in one of these.",
    oneOrMore({ type: "string", anyOf: [{ pattern: IPV4_BLOCK }, { pattern: IPV6_BLOCK }] }),
  ],
};

/** Operators without their `$`, which are slips. Not among the properties, or editors would propose them. */
const bareGroup: JsonSchema = {
  anyOf: [
    { type: "array", contains: { type: "object" } },
    { type: "object", propertyNames: { pattern: PLAIN_KEY } },
  ],
};
const bareGroups = { [`^(${BARE_GROUPS.join("|")})$`]: { not: bareGroup } };
const bareSegment = { "^segment$": { not: { type: "string" } } };

/** A condition; `self` is the name under which it is found. Those on elements of a list know no segments. */
function condition(self: string, more: JsonSchema, slips: JsonSchema): JsonSchema {
  const conditions = { type: "array", items: reference(self), minItems: 1 };
  return membersOf(
    {
      $and: { ...conditions, description: "Each of these conditions holds." },
      $or: { ...conditions, description: "At least one of these conditions holds." },
      $nor: { ...conditions, description: "None of these conditions holds." },
      $not: { ...reference(self), description: "This condition does not hold." },
      ...more,
    },
    { minProperties: 1, patternProperties: { [ATTRIBUTE]: reference("condition.question"), ...slips } },
  );
}

/** The definitions of what `when` and segments may hold. */
export const conditionDefinitions: JsonSchema = {
  condition: {
    description: "Who it is for: attributes and what is asked of them. All must hold.",
    ...condition(
      "condition",
      { $segment: { ...text, description: "The condition of this name under `segments:`." } },
      { ...bareGroups, ...bareSegment },
    ),
  },
  "condition.element": condition("condition.element", {}, bareGroups),
  "condition.question": {
    anyOf: [
      { type: "string" },
      { type: "number" },
      { type: "boolean" },
      { type: "null" },
      list,
      someOperators,
      {
        type: "object",
        minProperties: 1,
        propertyNames: { pattern: PLAIN_KEY },
        additionalProperties: data,
        not: { type: "object", propertyNames: { enum: BARE_OPERATORS } },
      },
    ],
  },
  "condition.operators": membersOf(
    Object.fromEntries(
      Object.entries(OPERATORS).map(([name, [description, operand]]) => [name, { ...operand, description }]),
    ),
    { minProperties: 1 },
  ),
  "condition.data": {
    anyOf: [
      { type: "string" },
      { type: "number" },
      { type: "boolean" },
      { type: "null" },
      list,
      { type: "object", propertyNames: { pattern: PLAIN_KEY }, additionalProperties: data },
    ],
  },
};
