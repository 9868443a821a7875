import { isDisposal } from "./disposal.js";
import { refused } from "./gate-options.js";

/**
 * The names of a null object's methods, its own and those of its class, but for the disposal and for what every object
 * has.
 *
 * @throws BurgeeError `INVALID_OPTIONS` where it has an accessor, which could do anything, and so is not read
 */
export function methodNames(object: object): readonly PropertyKey[] {
  const methods: PropertyKey[] = [];
  const seen = new Set<PropertyKey>();
  for (let level: object | null = object; level !== null && !isRoot(level); level = Object.getPrototypeOf(level)) {
    for (const name of Reflect.ownKeys(level)) {
      const { value, get }: PropertyDescriptor = Object.getOwnPropertyDescriptor(level, name) ?? {};
      if (get !== undefined && name !== Symbol.toStringTag && !seen.has(name))
        throw refused(`\`off\` has an accessor "${String(name)}"; a gated service has methods only, so make it one`);
      const fits = typeof value === "function" && !isDisposal(name) && value.prototype !== level;
      if (fits && !seen.has(name)) methods.push(name);
      seen.add(name);
    }
  }
  return methods;
}

/** Whether this is what all objects of some realm inherit from. */
function isRoot(level: object): boolean {
  return Object.getPrototypeOf(level) === null && Object.hasOwn(level, "isPrototypeOf");
}

/** The method of that name, where there is one. */
export function methodOf(service: object, name: PropertyKey): ((...input: never) => unknown) | undefined {
  const method: unknown = Reflect.get(service, name);
  return typeof method === "function" ? (method as (...input: never) => unknown) : undefined;
}

/** What the objects below inherit: nothing. V8 keeps an object without any prototype as a slow dictionary. */
const NOTHING: object = Object.freeze(Object.create(null));

/** A frozen object of these methods. It inherits nothing, so any name will do. */
export function objectOf(names: readonly PropertyKey[], method: (name: PropertyKey) => unknown): object {
  const object: Record<PropertyKey, unknown> = Object.create(NOTHING);
  for (const name of names) object[name] = method(name);
  return Object.freeze(object);
}
