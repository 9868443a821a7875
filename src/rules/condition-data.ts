import { types } from "node:util";
import type { ConditionJson } from "./condition.js";
import type { ConditionWalk, Path } from "./condition-walk.js";
import { isPlainObject } from "./plain-object.js";

/**
 * Copies a value to compare with, and freezes the copy. Undefined where it holds anything that JSON does not: that is
 * refused. `attribute` is the dotted path that asks for what is given, where there is one.
 */
export function readData(
  given: unknown,
  path: Path,
  walk: ConditionWalk,
  attribute?: string,
): ConditionJson | undefined {
  if (given === null || typeof given === "string" || typeof given === "boolean") return given;
  if (typeof given === "number") {
    // JSON has no -0; adding 0 makes it 0.
    return Number.isFinite(given) ? given + 0 : walk.refuse(path, "must be a finite number");
  }
  if (Array.isArray(given)) return readDataList(given, path, walk);
  if (isPlainObject(given)) return walk.inside(given, path, () => readMembers(given, path, walk, attribute));
  return walk.refuse(path, whyNoData(given));
}

/** Copies a list of such values. */
export function readDataList(
  given: readonly unknown[],
  path: Path,
  walk: ConditionWalk,
): readonly ConditionJson[] | undefined {
  return walk.inside(given, path, () => {
    const items = Array.from(given, (item, index) => readData(item, [...path, index], walk));
    return items.every((item) => item !== undefined) ? Object.freeze(items) : undefined;
  });
}

function readMembers(
  given: Readonly<Record<string, unknown>>,
  path: Path,
  walk: ConditionWalk,
  attribute: string | undefined,
): ConditionJson | undefined {
  const members: [string, ConditionJson][] = [];
  let complete = true;
  for (const [key, item] of Object.entries(given)) {
    const at = [...path, key];
    const read = key.startsWith("$")
      ? walk.refuse(at, operatorInside(key, attribute))
      : readData(item, at, walk, attribute === undefined ? undefined : `${attribute}.${key}`);
    if (read === undefined) complete = false;
    else members.push([key, read]);
  }
  return complete ? Object.freeze(Object.fromEntries(members)) : undefined;
}

function operatorInside(name: string, attribute: string | undefined): string {
  const mend = attribute === undefined ? "" : `; write "${attribute}": { ${name}: … }`;
  return `is an operator inside a value to compare with, where there are none${mend}`;
}

/** Why a value cannot be compared with, to stand after its name. */
function whyNoData(given: unknown): string {
  if (given === undefined) return "is undefined; to ask whether an attribute is missing, write { $exists: false }";
  if (types.isDate(given)) return "is a Date, which equals nothing but itself; use $before and $after";
  if (types.isRegExp(given)) return 'is a RegExp; write its pattern as a text: { $regex: "…" }';
  if (typeof given === "bigint") return "is a bigint, which JSON cannot hold; write a number";
  const kind = typeof given === "object" ? "an object of a class" : `a ${typeof given}`;
  return `is ${kind}; a condition compares with what JSON can hold`;
}
