import { isNativeError } from "node:util/types";
import { messageOf } from "../errors.js";

/** An error, the one that caused it, and so on: how many of them are told. */
const DEEPEST = 5;

/**
 * What was thrown, told anew as an error of its own: name, message, stack and code, and the same of its `cause` and its
 * `errors`, five deep. Nothing else: what hangs on an error (a request, a configuration, bytes) may hold a secret where
 * no search finds it. Undefined where it cannot be read.
 *
 * @param hide takes secrets out of a text
 */
export function retold(thrown: unknown, hide: (text: string) => string): Error | undefined {
  const told = new Set<unknown>();
  const tell = (one: unknown, depth: number): Error => {
    told.add(one);
    const error = new Error(hide(messageOf(one)));
    if (!isError(one)) return error;
    const { name, stack, code, cause, errors }: Parts = one;
    const below = (other: unknown) =>
      isError(other) && depth < DEEPEST && !told.has(other) ? [tell(other, depth + 1)] : [];
    define(error, "name", hide(String(name)));
    define(error, "stack", typeof stack === "string" ? hide(stack) : `${error.name}: ${error.message}`);
    // As ECONNREFUSED is one; what is no word may hold anything.
    if (typeof code === "string" && /^\w+$/.test(code) && hide(code) === code) Object.assign(error, { code });
    for (const why of below(cause)) define(error, "cause", why);
    if (Array.isArray(errors)) define(error, "errors", errors.flatMap(below));
    return error;
  };
  try {
    return tell(thrown, 1);
  } catch {
    return undefined;
  }
}

/** What is told of an error, which may be anything. */
type Parts = Readonly<Partial<Record<"name" | "stack" | "code" | "cause" | "errors", unknown>>>;

function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || isNativeError(thrown);
}

/** As an error has it: not among what is listed. */
function define(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true });
}
