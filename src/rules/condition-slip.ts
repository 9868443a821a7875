import { ATTRIBUTE_OPERATORS } from "./condition-operators.js";
import { isPlainObject } from "./plain-object.js";

const withoutSign = (name: string) => name.slice(1);

/** The operators of an attribute without their `$`. */
export const BARE_OPERATORS: readonly string[] = ATTRIBUTE_OPERATORS.map(withoutSign);
/** The groups of conditions without their `$`. */
export const BARE_GROUPS: readonly string[] = ["and", "or", "nor", "not"];

/** Whether an object to compare with is rather operators that lack their `$`: all of its keys are names of such. */
export function lacksSigns(given: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(given).every((key) => BARE_OPERATORS.includes(key));
}

/**
 * Whether an attribute is rather an operator that lacks its `$`: a group beside conditions, or `segment` beside a name.
 * Inside `$elemMatch`, where `$segment` cannot stand, `segment` is an attribute like others.
 */
export function isBareOperator(attribute: string, given: unknown, onElement: boolean): boolean {
  if (attribute === "segment") return !onElement && typeof given === "string";
  if (!BARE_GROUPS.includes(attribute)) return false;
  if (Array.isArray(given)) return given.some(isPlainObject);
  return (
    isPlainObject(given) && Object.keys(given).length > 0 && Object.keys(given).every((key) => !key.startsWith("$"))
  );
}

/** What to say of a key that lacks its `$`, to go on after its name; `otherwise` is how it is written where it is meant. */
export function bareOperator(name: string, otherwise: string): string {
  return `looks like the operator \`$${name}\`; write it with its \`$\`, or ${otherwise}`;
}
