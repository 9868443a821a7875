import { types } from "node:util";
import type { ConditionType } from "./condition.js";
import { isRecord } from "./condition-equality.js";
import { asList, type ConditionOperator, readOneOrMore, type Test } from "./condition-operator.js";
import type { ConditionWalk, Path } from "./condition-walk.js";
import { didYouMean } from "./nearest.js";

const kinds: Readonly<Record<ConditionType, Test>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number" || typeof value === "bigint",
  boolean: (value) => typeof value === "boolean",
  object: isRecord,
  array: Array.isArray,
  null: (value) => value === null,
  date: types.isDate,
};

/** `$exists: true`, and `false` by its opposite. A method is nothing that a context has. */
export const existsOperator: ConditionOperator<boolean> = {
  whole: true,
  read: (given, path, walk) => (typeof given === "boolean" ? given : walk.refuse(path, "must be true or false")),
  test: () => (value) => value !== undefined && typeof value !== "function",
};

/** `$type` */
export const typeOperator: ConditionOperator<string | readonly string[]> = {
  read: (given, path, walk) => readOneOrMore(given, path, walk, readKind),
  test: (operand) => {
    const tests = asList(operand).map((kind) => kinds[kind as ConditionType]);
    const [only] = tests;
    if (tests.length === 1 && only !== undefined) return only;
    return (value) => {
      for (let i = 0; i < tests.length; i++) if ((tests[i] as Test)(value)) return true;
      return false;
    };
  },
};

function readKind(given: unknown, path: Path, walk: ConditionWalk): string | undefined {
  if (typeof given === "string" && Object.hasOwn(kinds, given)) return given;
  const names = Object.keys(kinds);
  const hint = typeof given === "string" ? didYouMean(given, names) : "";
  return walk.refuse(path, `must be one of ${names.join(", ")}${hint}`);
}

/** `$size` */
export const sizeOperator: ConditionOperator<number> = {
  whole: true,
  read: (given, path, walk) =>
    typeof given === "number" && Number.isSafeInteger(given) && given >= 0
      ? given + 0
      : walk.refuse(path, "must be a number of elements: 0, 1, 2 and so on"),
  test: (size) => (value) => Array.isArray(value) && value.length === size,
};
