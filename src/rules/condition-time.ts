import { types } from "node:util";
import type { ConditionOperator, Test } from "./condition-operator.js";
import type { ConditionWalk, Path } from "./condition-walk.js";
import { isBeforeOrAfter, readInstant, readTime } from "./instant.js";

/** `$before`: strictly. Asks a Date, a number (milliseconds since 1970) or a text in ISO 8601, dates alone at midnight UTC. */
export const beforeOperator: ConditionOperator<string> = {
  read: readLimit,
  test: (limit) => comparesWith(limit, false),
};
/** `$after`: strictly. */
export const afterOperator: ConditionOperator<string> = { read: readLimit, test: (limit) => comparesWith(limit, true) };

function readLimit(given: unknown, path: Path, walk: ConditionWalk): string | undefined {
  const read = readTime(given);
  if ("problem" in read) return walk.refuse(path, read.problem);
  return typeof given === "string" ? given : new Date(read.at).toISOString();
}

function comparesWith(text: string, after: boolean): Test {
  const limit = readInstant(text);
  return (value) => {
    if (typeof value === "string") return isBeforeOrAfter(value, limit, after);
    if (typeof value === "number") return Number.isFinite(value) && (after ? value > limit : value < limit);
    if (!types.isDate(value)) return false;
    return after ? value.getTime() > limit : value.getTime() < limit;
  };
}
