import { BurgeeError } from "../errors.js";
import type { FlagTypeError } from "../registry/flag-type-error.js";
import { frozenCopy } from "../registry/frozen-copy.js";
import { didYouMean } from "../rules/nearest.js";
import { isPlainObject } from "../rules/plain-object.js";

/** What a value of `T` is as a method; a member that is none of these is no method. */
type Method = (...args: never[]) => unknown;

/** The member without the `undefined` of an optional one. */
type Member<T, K extends keyof T> = Exclude<T[K], undefined>;

type IsAsync<M> = M extends (...args: never[]) => infer R ? ([R] extends [PromiseLike<unknown>] ? true : false) : never;

/** A function of the method's arguments, or the value itself, where that is no function. */
type Answer<Value, Computed, Args extends readonly unknown[]> = Exclude<Value, Method> | ((...args: Args) => Computed);

type AsyncAnswer<M> = M extends (...args: infer A) => infer R
  ? Answer<Awaited<R>, Awaited<R> | PromiseLike<Awaited<R>>, A>
  : never;

type SyncAnswer<M> = M extends (...args: infer A) => infer R ? Answer<R, R, A> : never;

type AsyncAnswers<T> = {
  readonly [K in keyof T as IsAsync<Member<T, K>> extends true ? K : never]: AsyncAnswer<Member<T, K>>;
} & {
  readonly [K in keyof T as IsAsync<Member<T, K>> extends false ? K : never]?: FlagTypeError<`'${string &
    K}' gives no promise; its answer belongs in \`returns\``>;
};

type SyncAnswers<T> = {
  readonly [K in keyof T as IsAsync<Member<T, K>> extends false ? K : never]: SyncAnswer<Member<T, K>>;
} & {
  readonly [K in keyof T as IsAsync<Member<T, K>> extends true ? K : never]?: FlagTypeError<`'${string &
    K}' gives a promise; its answer belongs in \`resolves\``>;
};

/** A group that has to be there where an answer in it has to be. */
type Group<Name extends string, Answers> =
  Record<never, never> extends Answers
    ? { readonly [N in Name]?: Answers | undefined }
    : { readonly [N in Name]: Answers };

/** Members of `T` that are no methods: nothing can stand in for these. */
type NoMethods<T> = {
  [K in keyof T]-?: Member<T, K> extends Method ? never : K;
}[keyof T];

/** An answer for every method of `T`: of those that give a promise in `resolves`, of all others in `returns`. */
export type NullAnswers<T> = [keyof T] extends [never]
  ? FlagTypeError<"name the interface that the null object stands in for: nullObject<Mailer>({ … })">
  : [NoMethods<T>] extends [never]
    ? Group<"resolves", AsyncAnswers<T>> & Group<"returns", SyncAnswers<T>>
    : FlagTypeError<`'${string & NoMethods<T>}' is no method, and a null object has only methods`>;

/** How often each method of a null object was called. */
export type SwallowedCalls<T> = { readonly [K in keyof T]: number };

/** Any null object's answers, as this file looks at them. */
type Answers = Readonly<Record<PropertyKey, unknown>>;

const GROUPS = ["resolves", "returns"] as const;

/**
 * An object of the service's interface that does nothing: the `off` of a gate. Every method has an answer, or it does not
 * compile. An answer is a value, which is copied and frozen throughout (an object with a class of its own, such as a
 * Date, is kept as it is), or a function that gets the method's arguments and computes it. `resolves` holds the answers
 * of methods that give a promise: their functions may be asynchronous, and one that throws makes the promise reject.
 * `returns` holds those of all other methods. A group without methods is left out.
 *
 * Name the interface, `nullObject<Mailer>`, or let the place say it: `const off: Mailer = nullObject({ … })`. The object
 * is frozen, and its methods work without it too. {@link swallowedCalls} tells how often each was called.
 *
 * @throws BurgeeError `INVALID_OPTIONS` for a group that does not exist, and for a method that stands in both
 *
 * @example
 * interface Mailer {
 *   send(to: string, text: string): Promise<{ sent: boolean; reason?: string }>;
 *   limit(): number;
 * }
 * const noMailer = nullObject<Mailer>({
 *   resolves: { send: { sent: false, reason: "mail is off (enable_mail)" } },
 *   returns: { limit: 0 },
 * });
 */
export function nullObject<T extends object>(answers: NullAnswers<T>): T {
  const given: unknown = answers;
  checkAnswers(given);
  // The types saw to it that every method has an answer of its kind.
  return new NullObject(given.resolves ?? {}, given.returns ?? {}) as object as T;
}

/**
 * How often each method of a {@link nullObject} was called since it was made: calls that nobody served. Frozen, and not
 * counted on.
 *
 * @throws BurgeeError `INVALID_OPTIONS` for anything that `nullObject` did not make
 *
 * @example
 * swallowedCalls(noMailer); // { send: 12, limit: 0 }
 */
export function swallowedCalls<T extends object>(object: T): SwallowedCalls<T> {
  const calls = NullObject.callsOf(object);
  if (calls === undefined) {
    const message =
      "swallowedCalls counts the calls of an object that nullObject made, and this is none; a gate's `service` is none either: give it the gate's `off`";
    throw new BurgeeError("INVALID_OPTIONS", message);
  }
  // Every method of `T` was given an answer, and so a count.
  return calls as SwallowedCalls<T>;
}

/** Its methods are its own properties. The counts are private, so that no method's name can meet them. */
class NullObject {
  readonly #counts = new Map<PropertyKey, { calls: number }>();

  constructor(resolves: Answers, returns: Answers) {
    for (const name of Reflect.ownKeys(resolves)) this.#add(name, resolves[name], resolving);
    for (const name of Reflect.ownKeys(returns)) this.#add(name, returns[name], returning);
    Object.freeze(this);
  }

  /** Undefined where it is no null object. */
  static callsOf(object: object): Readonly<Record<PropertyKey, number>> | undefined {
    if (!(#counts in object)) return undefined;
    return Object.freeze(Object.fromEntries(Array.from(object.#counts, ([name, { calls }]) => [name, calls])));
  }

  #add(name: PropertyKey, answer: unknown, methodOf: typeof resolving | typeof returning): void {
    const count = { calls: 0 };
    this.#counts.set(name, count);
    // Not by assignment: a method may be called `__proto__`.
    Object.defineProperty(this, name, { value: methodOf(answer, count), enumerable: true });
  }
}

function resolving(answer: unknown, count: { calls: number }) {
  if (isFunction(answer)) {
    return async (...args: unknown[]) => {
      count.calls++;
      return answer(...args);
    };
  }
  const value = frozenCopy(answer);
  return () => {
    count.calls++;
    return Promise.resolve(value);
  };
}

function returning(answer: unknown, count: { calls: number }) {
  if (isFunction(answer)) {
    return (...args: unknown[]) => {
      count.calls++;
      return answer(...args);
    };
  }
  const value = frozenCopy(answer);
  return () => {
    count.calls++;
    return value;
  };
}

function isFunction(answer: unknown): answer is (...args: unknown[]) => unknown {
  return typeof answer === "function";
}

function checkAnswers(given: unknown): asserts given is { readonly resolves?: Answers; readonly returns?: Answers } {
  const problems = answerProblems(given);
  if (problems.length === 0) return;
  const message = `nullObject was given answers it cannot use\n  ${problems.join("\n  ")}`;
  throw new BurgeeError("INVALID_OPTIONS", message);
}

function answerProblems(given: unknown): string[] {
  if (!isPlainObject(given)) return ["they must be an object: { resolves, returns }"];
  const strangers = Object.keys(given).filter((name) => !GROUPS.some((group) => group === name));
  const odd = GROUPS.filter((group) => given[group] !== undefined && !isPlainObject(given[group]));
  if (strangers.length + odd.length > 0) {
    return [
      ...strangers.map(
        (name) => `there is no group \`${name}\`${didYouMean(name, GROUPS) || "; there are resolves, returns"}`,
      ),
      ...odd.map((group) => `\`${group}\` must be an object with an answer for each method`),
    ];
  }
  const { resolves = {}, returns = {} } = given;
  return Reflect.ownKeys(Object(resolves))
    .filter((name) => Object.hasOwn(Object(returns), name))
    .map((name) => `the method \`${String(name)}\` stands in \`resolves\` and in \`returns\`; take one of them away`);
}
