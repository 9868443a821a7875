import { isPlainObject } from "../rules/plain-object.js";

/**
 * A deep copy of plain data, frozen throughout. Objects with a class of their own (a Date, a schema) are kept as they
 * are: they belong to whoever made them.
 */
export function frozenCopy<T>(value: T): T {
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy)) as T;
  if (!isPlainObject(value)) return value;
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, frozenCopy(item)]))) as T;
}
