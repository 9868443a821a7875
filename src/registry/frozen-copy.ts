import { isPlainObject } from "../rules/plain-object.js";

/**
 * A deep copy of plain data, frozen throughout. Objects with a class of their own (a Date, a schema) are kept as they
 * are: they belong to whoever made them.
 */
export function frozenCopy<T>(value: T): T {
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy)) as T;
  if (!isPlainObject(value)) return value;
  // Spread takes up the room of the original; an object that grows key by key keeps room for more.
  const copy: Record<string, unknown> = { ...value };
  for (const key of Object.keys(copy)) copy[key] = frozenCopy(copy[key]);
  return Object.freeze(copy) as T;
}
