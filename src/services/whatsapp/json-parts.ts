import { isPlainObject } from "../../rules/plain-object.js";

/** A JSON object of which nothing is known. */
export type Fields = Readonly<Record<string, unknown>>;

const none: Fields = Object.freeze({});

/** The object, or an empty one for anything else. */
export function fieldsOf(value: unknown): Fields {
  return isPlainObject(value) ? value : none;
}

/** The list, or an empty one for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The text, where it is one and not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The number, where it is one. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
