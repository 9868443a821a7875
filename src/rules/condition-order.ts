import { types } from "node:util";
import type { ConditionOperator, Test } from "./condition-operator.js";
import type { ConditionWalk, Path } from "./condition-walk.js";

type Comparable = number | string;

/** `$gt`: numbers and bigints against a number, texts against a text by UTF-16 code unit. */
export const greaterOperator = comparison(
  (limit) => (value) => isNumber(value) && value > limit,
  (limit) => (value) => typeof value === "string" && value > limit,
);
/** `$gte` */
export const atLeastOperator = comparison(
  (limit) => (value) => isNumber(value) && value >= limit,
  (limit) => (value) => typeof value === "string" && value >= limit,
);
/** `$lt` */
export const lessOperator = comparison(
  (limit) => (value) => isNumber(value) && value < limit,
  (limit) => (value) => typeof value === "string" && value < limit,
);
/** `$lte` */
export const atMostOperator = comparison(
  (limit) => (value) => isNumber(value) && value <= limit,
  (limit) => (value) => typeof value === "string" && value <= limit,
);

function comparison(byNumber: (limit: number) => Test, byText: (limit: string) => Test): ConditionOperator<Comparable> {
  const test = (limit: Comparable) => (typeof limit === "number" ? byNumber(limit) : byText(limit));
  return { read: readComparable, test };
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function readComparable(given: unknown, path: Path, walk: ConditionWalk): Comparable | undefined {
  if (typeof given === "string") return given;
  if (typeof given === "number" && Number.isFinite(given)) return given + 0;
  const hint = types.isDate(given) ? "; instants are compared by $before and $after" : "";
  return walk.refuse(path, `must be a finite number or a text${hint}`);
}
