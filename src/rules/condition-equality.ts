import { types } from "node:util";
import type { ConditionJson } from "./condition.js";
import { readData, readDataList } from "./condition-data.js";
import type { ConditionOperator, Test } from "./condition-operator.js";
import type { ConditionWalk, Path } from "./condition-walk.js";

/** `$eq`, and `$ne` by its opposite. */
export const equalOperator: ConditionOperator = { read: readData, test: equalTo };

/** `$in`, and `$nin` by its opposite. */
export const inOperator: ConditionOperator<readonly ConditionJson[]> = { read: readList, test: equalToAny };

/** A list of values to compare with. */
export function readList(given: unknown, path: Path, walk: ConditionWalk): readonly ConditionJson[] | undefined {
  return Array.isArray(given)
    ? readDataList(given, path, walk)
    : walk.refuse(path, 'must be a list, such as ["DE", "FR"]');
}

/** Equality as a condition means it: `null` is what is missing too. */
export function equalTo(operand: ConditionJson): Test {
  return operand === null ? (value) => value === undefined || value === null : sameAs(operand);
}

function equalToAny(operands: readonly ConditionJson[]): Test {
  const scalars = new Set<unknown>();
  const tests: Test[] = [];
  for (const operand of operands) {
    if (operand === null || typeof operand === "object") tests.push(equalTo(operand));
    else scalars.add(operand);
    // A set tells 5n from 5, and a condition does not.
    if (Number.isInteger(operand)) scalars.add(BigInt(operand as number));
  }
  return (value) => scalars.has(value) || someTest(tests, value);
}

function someTest(tests: readonly Test[], value: unknown): boolean {
  for (let i = 0; i < tests.length; i++) if ((tests[i] as Test)(value)) return true;
  return false;
}

/** Equality to the last member, inside an object or a list: there `null` is not what is missing. */
function sameAs(operand: ConditionJson): Test {
  if (typeof operand === "number" && Number.isInteger(operand)) {
    const big = BigInt(operand);
    return (value) => value === operand || (typeof value === "bigint" && value === big);
  }
  if (operand === null || typeof operand !== "object") return (value) => value === operand;
  // Array.isArray does not narrow a readonly list away.
  if (Array.isArray(operand)) return sameList(operand as readonly ConditionJson[]);
  return sameObject(operand as Readonly<Record<string, ConditionJson>>);
}

function sameList(operand: readonly ConditionJson[]): Test {
  const tests = operand.map(sameAs);
  return (value) => {
    if (!Array.isArray(value) || value.length !== tests.length) return false;
    for (let i = 0; i < tests.length; i++) if (!(tests[i] as Test)(value[i])) return false;
    return true;
  };
}

/** The order of the keys does not matter, and a member that is undefined is none. */
function sameObject(operand: Readonly<Record<string, ConditionJson>>): Test {
  const keys = Object.keys(operand);
  const tests = keys.map((key) => sameAs(operand[key] as ConditionJson));
  return (value) => {
    if (!isRecord(value) || hasMoreMembers(value, keys.length)) return false;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      if (!Object.hasOwn(value, key) || !(tests[i] as Test)(value[key])) return false;
    }
    return true;
  };
}

/** An object of any class but a list or a Date. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !types.isDate(value);
}

function hasMoreMembers(value: Readonly<Record<string, unknown>>, most: number): boolean {
  let count = 0;
  // Object.keys would make a list at each evaluation.
  for (const key in value) if (Object.hasOwn(value, key) && value[key] !== undefined && ++count > most) return true;
  return false;
}
