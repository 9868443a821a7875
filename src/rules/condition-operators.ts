import { cidrOperator } from "./condition-address.js";
import { equalOperator, inOperator } from "./condition-equality.js";
import type { ConditionOperator } from "./condition-operator.js";
import { atLeastOperator, atMostOperator, greaterOperator, lessOperator } from "./condition-order.js";
import { regexOperator } from "./condition-pattern.js";
import { existsOperator, sizeOperator, typeOperator } from "./condition-shape.js";
import { containsOperator, endsWithOperator, inIgnoringCaseOperator, startsWithOperator } from "./condition-text.js";
import { afterOperator, beforeOperator } from "./condition-time.js";
import { semverOperator } from "./condition-version.js";
import { didYouMean } from "./nearest.js";

/** The operators that ask a value by themselves. */
export const VALUE_OPERATORS: ReadonlyMap<string, ConditionOperator> = new Map<string, ConditionOperator>([
  ["$eq", equalOperator],
  ["$in", inOperator],
  ["$gt", greaterOperator],
  ["$gte", atLeastOperator],
  ["$lt", lessOperator],
  ["$lte", atMostOperator],
  ["$exists", existsOperator],
  ["$type", typeOperator],
  ["$size", sizeOperator],
  ["$regex", regexOperator],
  ["$startsWith", startsWithOperator],
  ["$endsWith", endsWithOperator],
  ["$contains", containsOperator],
  ["$ini", inIgnoringCaseOperator],
  ["$semver", semverOperator],
  ["$before", beforeOperator],
  ["$after", afterOperator],
  ["$cidr", cidrOperator],
]);

/** Operators that are the opposite of another one. */
export const OPPOSITES: ReadonlyMap<string, string> = new Map([
  ["$ne", "$eq"],
  ["$nin", "$in"],
]);

/** What may stand inside an attribute. */
export const ATTRIBUTE_OPERATORS: readonly string[] = [
  ...VALUE_OPERATORS.keys(),
  ...OPPOSITES.keys(),
  "$all",
  "$elemMatch",
  "$not",
];

/** What may stand beside attributes. */
export const CONDITION_OPERATORS: readonly string[] = ["$and", "$or", "$nor", "$not", "$segment"];

/** What operators of other products are called here, or why there is nothing like them. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["$options", "flags stand in the pattern itself: (?i) ignores case"],
  ["$regexi", "write (?i) at the beginning of a $regex"],
  ["$where", "code cannot stand in a condition; a resolver of your own can run it"],
  ["$expr", "code cannot stand in a condition; a resolver of your own can run it"],
  ["$mod", "shares of users are what `rollout` is for"],
  ["$inGroup", "a group is a segment here: { $segment: … }"],
  ["$notInGroup", "a group is a segment here: { $not: { $segment: … } }"],
  ["$savedGroups", "a group is a segment here: { $segment: … }"],
  ["$nini", "write { $not: { $ini: … } }"],
  ["$like", "use $contains, $startsWith, $endsWith or $regex"],
  ["$between", "use $gte and $lte"],
  ["$comment", "a comment is written in the file's own way"],
  ...["$veq", "$vne", "$vgt", "$vgte", "$vlt", "$vlte"].map((name): [string, string] => [
    name,
    'versions are compared by $semver: { $semver: ">=2.3" }',
  ]),
]);

/** What to say of a `$` key that has no meaning where it stands; to go on after its name. */
export function unknownOperator(name: string, allowed: readonly string[]): string {
  const elsewhere = ELSEWHERE.get(name);
  if (elsewhere !== undefined) return `is no operator; ${elsewhere}`;
  if (ATTRIBUTE_OPERATORS.includes(name)) return `asks about an attribute; write { someAttribute: { ${name}: … } }`;
  if (CONDITION_OPERATORS.includes(name))
    return "holds for a whole condition; it stands beside attributes, not inside one";
  return `is no operator${didYouMean(name, allowed) || `; there are ${allowed.join(", ")}`}`;
}
