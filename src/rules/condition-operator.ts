import type { ConditionJson } from "./condition.js";
import type { ConditionWalk, Path } from "./condition-walk.js";

/** A question about one value; undefined is a value that is missing. */
export type Test = (value: unknown) => boolean;

/**
 * One operator: how its operand is read, once, and what it asks of a value. The operand of `test` is what the same
 * operator's `read` gave.
 */
export interface ConditionOperator<T extends ConditionJson = ConditionJson> {
  /** The operand as frozen data; undefined where it was refused. */
  read(given: unknown, path: Path, walk: ConditionWalk): T | undefined;
  /** Prepares the question. */
  test(operand: T): Test;
  /** A list is asked as a whole, and its elements are not. */
  readonly whole?: true;
}

/** A text that is not empty. */
export function readText(given: unknown, path: Path, walk: ConditionWalk): string | undefined {
  if (typeof given !== "string") return walk.refuse(path, "must be a text");
  return given === "" ? walk.refuse(path, "must not be empty") : given;
}

/**
 * One thing or a list of such things, each read by `readOne`. A list of one becomes the one; an empty list is refused, for
 * it would match nobody by accident.
 */
export function readOneOrMore(
  given: unknown,
  path: Path,
  walk: ConditionWalk,
  readOne: (given: unknown, path: Path, walk: ConditionWalk) => string | undefined,
): string | readonly string[] | undefined {
  if (!Array.isArray(given)) return readOne(given, path, walk);
  if (given.length === 0) return walk.refuse(path, "is an empty list, which would match nobody");
  const items = Array.from(given, (item, index) => readOne(item, [...path, index], walk));
  if (!items.every((item) => item !== undefined)) return undefined;
  return items.length === 1 ? items[0] : Object.freeze(items);
}

/** The operand of {@link readOneOrMore} as a list. */
export function asList(operand: string | readonly string[]): readonly string[] {
  return typeof operand === "string" ? [operand] : operand;
}
