import { type BurgeeError, type Problem, problemsError } from "../errors.js";
import { didYouMean } from "../rules/nearest.js";
import { isPlainObject } from "../rules/plain-object.js";
import type { CheckedRule, RuleSubject } from "../rules/rule.js";
import { checkRule } from "../rules/schema.js";
import { checkWeights } from "../rules/weights.js";
import type { FlagDefinition } from "./definition.js";
import { frozenCopy } from "./frozen-copy.js";
import { readPayloads } from "./payloads.js";
import { checkShape } from "./shape.js";
import { isSchema } from "./standard-schema.js";
import { checkValue, readData, type ValueReading, type ValueSubject } from "./value.js";

/** `__proto__` and `constructor` are names like any other: flags are looked up in a Map. */
const FLAG_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
/** A definition that holds together, with what was worked out of it. */
export interface CheckedDefinition {
  readonly definition: FlagDefinition;
  readonly rule: CheckedRule | undefined;
}

/** The definitions with a schema that were checked already. It may make another value of its own, so it sees each once. */
const known = new WeakMap<object, CheckedDefinition>();

/** Takes one problem of the definition at hand. */
type Report = (message: string) => void;

/** Checks one definition by itself; what is wrong goes to `problems`. Dependencies are checked when all are known. */
export function checkDefinition(name: string, given: unknown, problems: Problem[]): CheckedDefinition | undefined {
  const before = problems.length;
  const report = (message: string) =>
    problems.push({ code: "INVALID_DEFINITION", flag: name, message: `flag "${name}": ${message}` });
  if (!FLAG_NAME.test(name)) report("a name is a letter or `_`, then letters, digits, `_`, `-` or `.`");
  if (!checkShape(given, report)) return undefined;
  if (problems.length === before && known.has(given)) return known.get(given);
  checkNames(given, report);
  if (problems.length > before) return undefined;
  const checked = checkValues(given, report);
  checkRequires(given, report);
  const rule = given.rule === undefined ? undefined : checkOwnRule({ ...checked, name }, given.rule, report);
  if (problems.length > before) return undefined;
  const result = { definition: Object.freeze(withoutUndefined(checked)), rule };
  if (checked.schema !== undefined) known.set(result.definition, result);
  return result;
}

/** A frozen copy with every value as it is read. Schemas belong to whoever made them, and are kept as they are. */
function checkValues(definition: FlagDefinition, report: Report): FlagDefinition {
  const { kind, requires, schema, weights } = definition;
  const read = <V>(word: string, value: V): V => {
    const reading: ValueReading = checkValue(definition, value);
    if ("problem" in reading) report(`\`${word}\`: ${reading.problem}`);
    return "value" in reading ? (reading.value as V) : value;
  };
  for (const [environment, value] of Object.entries(definition.expect ?? {})) read(`expect.${environment}`, value);
  return {
    ...frozenCopy({ ...definition, requires: undefined, schema: undefined, payloads: undefined }),
    requires: kind === "oneOf" && isPlainObject(requires) ? Object.freeze({ ...requires }) : requires,
    weights: weights && checkWeights(weights, definition).weights,
    payloads: readPayloads(definition, report),
    schema,
    default: read("default", definition.default),
    off: definition.off === undefined ? undefined : read("off", definition.off),
  };
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}

function checkNames(definition: FlagDefinition, report: Report): void {
  const { values = [], weights } = definition;
  for (const value of values) {
    if (value === "") report("a value's name must not be empty");
    // Objects list integer-like keys first, whatever their order in the text: shares would silently change places.
    if (!/^(0|[1-9]\d*)$/.test(value)) continue;
    report(`the value "${value}" looks like an integer, and JavaScript would reorder it; write "v${value}"`);
  }
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) report(`the value "${twice}" is given twice`);
  if (weights === undefined) return;
  for (const issue of checkWeights(weights, definition).issues) report(issue.message);
}

function checkRequires({ kind, values = [], requires }: FlagDefinition, report: Report): void {
  if (requires === undefined) return;
  if (kind !== "oneOf") {
    const example = "z.object({ API_KEY: z.string().min(1) })";
    if (!isSchema(requires)) report(`\`requires\` must be a schema over the environment, such as ${example}`);
    return;
  }
  if (!isPlainObject(requires) || isSchema(requires)) {
    const example = "{ postgresql: z.object({ DATABASE_URL: z.url() }) }";
    report(`\`requires\` of a oneOf flag must hold a schema for each value that needs one, such as ${example}`);
    return;
  }
  for (const [value, schema] of Object.entries(requires)) {
    const path = `\`requires.${value}\``;
    if (!values.includes(value)) report(`${path} is for no value of the flag${didYouMean(value, values)}`);
    else if (schema !== undefined && !isSchema(schema)) report(`${path} must be a schema over the environment`);
  }
}

function checkOwnRule(subject: RuleSubject & ValueSubject, given: unknown, report: Report): CheckedRule | undefined {
  const check = checkRule(given, subject, (input) => readData(subject, input));
  if ("rule" in check) return check.rule;
  for (const issue of check.issues) report(`rule: ${issue.message}`);
  return undefined;
}

/** Thrown by `defineFlags`: every problem at once. */
export function definitionError(problems: readonly Problem[]): BurgeeError {
  return problemsError("INVALID_DEFINITION", "the registry cannot be used", problems);
}
