import { isPlainObject } from "../rules/plain-object.js";

/** A copy of plain data, or what in it is none and where: `a Date at opening.0`. */
export type DataReading = { readonly value: unknown } | { readonly odd: string };

/**
 * Copies what JSON holds, and freezes the copy throughout: a value that is kept, stored and compared must come back
 * as it went. Members that are undefined are dropped; whatever else JSON would lose or change is refused.
 */
export function readPlainData(value: unknown): DataReading {
  try {
    return { value: new Copier().copy(value) };
  } catch (thrown) {
    // A getter or a proxy may throw, and so does what is nested too deeply.
    return { odd: thrown instanceof NotPlain ? thrown.message : "what cannot be read" };
  }
}

class NotPlain extends Error {}

class Copier {
  readonly #path: string[] = [];
  /** The objects around the one at hand, for it must be none of them. */
  readonly #around = new Set<unknown>();

  copy(value: unknown): unknown {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    // JSON has no -0; adding 0 makes it 0.
    if (Number.isFinite(value)) return (value as number) + 0;
    if (this.#around.has(value)) throw this.#odd("an object that holds itself");
    this.#around.add(value);
    const copied = this.#copyMembers(value);
    this.#around.delete(value);
    return Object.freeze(copied);
  }

  #copyMembers(value: unknown): object {
    if (Array.isArray(value)) return Array.from(value, (item, index) => this.#member(String(index), item));
    if (!isPlainObject(value)) throw this.#odd(describe(value));
    const members = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(members.map(([key, item]) => [key, this.#member(key, item)]));
  }

  #member(key: string, item: unknown): unknown {
    this.#path.push(key);
    const copied = this.copy(item);
    this.#path.pop();
    return copied;
  }

  #odd(what: string): NotPlain {
    return new NotPlain(`${what} at ${this.#path.join(".") || "the top"}`);
  }
}

function describe(value: unknown): string {
  if (typeof value === "number" || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const name = (value as { readonly constructor?: { readonly name?: unknown } }).constructor?.name;
  return typeof name === "string" && name !== "" ? `an instance of ${name}` : "an instance of a class";
}
