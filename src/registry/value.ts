import { messageOf } from "../errors.js";
import { percentageThreshold } from "../rules/bucket.js";
import { didYouMean } from "../rules/nearest.js";
import type { CheckedRule } from "../rules/rule.js";
import type { FlagDefinition } from "./definition.js";
import { readPlainData } from "./plain-data.js";
import { issuePath, runSchema, type Schema, type SchemaIssue } from "./standard-schema.js";

/** A value that the flag can have, or why it is none. */
export type ValueReading = { readonly value: unknown } | { readonly problem: string };

/** The part of a flag that reading its values needs. */
export type ValueSubject = Pick<FlagDefinition, "kind" | "values" | "schema">;

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ...["true", "yes", "on", "enabled", "1"].map((word) => [word, true] as const),
  ...["false", "no", "off", "disabled", "0"].map((word) => [word, false] as const),
]);
const BOOLEAN_HELP = "write true or false (or yes/no, on/off, enabled/disabled, 1/0)";
const IN_CODE = "give true or false (a share of the users is a rule: { rollout: 25 })";
const ASYNCHRONOUS =
  "its schema answers asynchronously, and a flag's value must be known at once; use a synchronous schema";
const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i;
const PERCENT = /^(\d+(?:\.\d+)?)\s*%$/;

/** Checks a value given in code. Json values come back as the schema made them, copied and frozen. */
export function checkValue(flag: ValueSubject, value: unknown): ValueReading {
  switch (flag.kind) {
    case "boolean":
      return typeof value === "boolean" ? { value } : { problem: `${show(value)} is not a boolean; ${IN_CODE}` };
    case "oneOf":
    case "experiment":
      return checkNamed(flag.values ?? [], value);
    case "number":
      if (!Number.isFinite(value)) return { problem: `${show(value)} is not a number` };
      return checkMade(bySchema(flag, value), Number.isFinite, "a number");
    case "string":
      if (typeof value !== "string") return { problem: `${show(value)} is not a text; put it in quotes` };
      return checkMade(bySchema(flag, value), (made) => typeof made === "string", "a text");
    case "json":
      return checkJson(flag, value);
  }
}

/** Reads a value from YAML: as in code, and a boolean may be any of the words. */
export function readData(flag: ValueSubject, value: unknown): ValueReading {
  if (flag.kind === "boolean" && typeof value !== "boolean") {
    const text = typeof value === "string" || typeof value === "number" ? String(value).trim().toLowerCase() : "";
    const word = WORDS.get(text);
    if (word !== undefined) return { value: word };
    const share = NUMBER.test(text) ? `, or "${text}%" for a share of the users` : "";
    return { problem: `${show(value)} is not a boolean; ${BOOLEAN_HELP}${share}` };
  }
  return checkValue(flag, value);
}

/** Reads the text of a variable. For a boolean `25%` is a rollout. */
export function readText(flag: ValueSubject, text: string): ValueReading | { readonly rule: CheckedRule } {
  const trimmed = text.trim();
  switch (flag.kind) {
    case "boolean":
      return readPercentage(trimmed) ?? readData(flag, trimmed);
    case "oneOf":
    case "experiment":
      return checkValue(flag, trimmed);
    case "number":
      return NUMBER.test(trimmed) ? checkValue(flag, Number(trimmed)) : { problem: `${show(trimmed)} is not a number` };
    case "string":
      return checkValue(flag, text);
    case "json":
      return readJson(flag, text);
  }
}

/** `25%` as a rule, undefined for anything that does not end in a percent sign. */
export function readPercentage(
  text: string,
): { readonly rule: CheckedRule } | { readonly problem: string } | undefined {
  const trimmed = text.trim();
  if (!trimmed.endsWith("%")) return undefined;
  const rollout = Number(PERCENT.exec(trimmed)?.[1]);
  if (!(rollout <= 100)) return { problem: `${show(text)} is not a rollout; write a percentage from 0% to 100%` };
  if (rollout > 0 && percentageThreshold(rollout) === 0) {
    return { problem: `a rollout of ${rollout} % is less than 1 in 2^32 and would reach nobody` };
  }
  return { rule: Object.freeze({ rollout }) };
}

function readJson(flag: ValueSubject, text: string): ValueReading {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { problem: "is not JSON" };
  }
  return checkValue(flag, parsed);
}

function checkNamed(values: readonly string[], value: unknown): ValueReading {
  if (typeof value === "string" && values.includes(value)) return { value };
  const hint = typeof value === "string" ? didYouMean(value, values) : "";
  return { problem: `${show(value)} is not one of ${values.join(", ")}${hint}` };
}

/** A schema may make another value of the one that it is given, and that must be of the flag's kind too. */
function checkMade(made: ValueReading, fits: (value: unknown) => boolean, kind: string): ValueReading {
  if ("problem" in made || fits(made.value)) return made;
  return { problem: `its schema gave ${show(made.value)}, which is not ${kind}` };
}

function checkJson(flag: ValueSubject, value: unknown): ValueReading {
  if (value === undefined) return { problem: "undefined is not a value; give null, or other data that JSON holds" };
  return asPlainData(bySchema(flag, value), "its schema gave what JSON does not hold");
}

/** Reads what belongs to a variant: plain data, as the schema makes it where there is one, copied and frozen. */
export function readPayload(value: unknown, schema: Schema | undefined): ValueReading {
  const whose = schema === undefined ? "it holds" : "its schema gave";
  return asPlainData(bySchema({ schema }, value), `${whose} what JSON does not hold`);
}

function asPlainData(made: ValueReading, complaint: string): ValueReading {
  if ("problem" in made) return made;
  const reading = readPlainData(made.value);
  return "value" in reading ? reading : { problem: `${complaint} (${reading.odd}); give plain data` };
}

function bySchema({ schema }: Pick<ValueSubject, "schema">, value: unknown): ValueReading {
  if (schema === undefined) return { value };
  let result: ReturnType<typeof runSchema>;
  try {
    result = runSchema(schema, value);
  } catch (thrown) {
    return { problem: `its schema threw: ${messageOf(thrown)}` };
  }
  if ("asynchronous" in result) return { problem: ASYNCHRONOUS };
  return "value" in result ? result : { problem: result.issues.map(describeIssue).join("; ") };
}

function describeIssue(issue: SchemaIssue): string {
  const path = issuePath(issue);
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}

/** Letters and digits mixed without a break, as keys and tokens have them and names do not. */
const KEY_LIKE = /(?=[A-Za-z0-9]{12})[A-Za-z]*\d/;

/** A value for an error message: short and harmless ones are quoted, anything that may be a secret is only described. */
export function show(value: unknown): string {
  if (typeof value === "string") {
    const harmless = /^[\w %.,+-]{0,32}$/.test(value) && !KEY_LIKE.test(value);
    return harmless ? JSON.stringify(value) : `a text of ${value.length} characters`;
  }
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return ["function", "symbol", "bigint"].includes(typeof value) ? `a ${typeof value}` : String(value);
}
