import type { FlagsBase } from "../flags/flags-base.js";
import type { ServiceStatus } from "../flags/service-status.js";
import type { FlagDefinition, FlagKind } from "../registry/definition.js";
import type { FlagTypeError } from "../registry/flag-type-error.js";
import type { ChoiceOf, NamesOf } from "../registry/infer.js";
import type { Registry } from "../registry/registry.js";
import type { Schema, SchemaOutput } from "../registry/standard-schema.js";
import type { Context } from "../rules/context.js";

/** The flags that gates are made on: any `Flags` object that has these flags. Not a snapshot, which stands still. */
export interface GatingFlags<T> extends Pick<FlagsBase<T>, "services"> {
  readonly registry: Pick<Registry<T>, "definitions">;
}

/** What a factory is told beside its configuration. */
export interface ServiceStart {
  /** Aborted where the flag is switched off, the gate closed or the time over before the service has started. */
  readonly signal: AbortSignal;
}

/** How a real service is disposed: by the first of these that it has. They are no part of what a gate serves. */
type Disposal = typeof Symbol.asyncDispose | "close" | typeof Symbol.dispose;

/** What a gate serves of a real service: everything but its disposal. */
export type ServiceOf<R> = Pick<R, Exclude<keyof R, Disposal>>;

/** What a factory gives, at once or as a promise. */
export type Given<G> = G extends Promise<infer R> ? R : G;

/** A gate without names of methods: one that is asked for its service each time. */
export interface ServiceUse<S> {
  /**
   * Runs `fn` with the service that the context, or else the ambient one, is given; all of it counts as one call, so that
   * the service is not disposed in between.
   *
   * @example
   * const answer = await gate.use(async (service) => {
   *   await service.prepare(question);
   *   return service.answer();
   * });
   */
  use<R>(fn: (service: S) => R, context?: Context): Promise<Awaited<R>>;
  /**
   * Starts the real service where it is idle, and resolves when it is ready; at once where the flag is off for everybody.
   *
   * @throws BurgeeError `SERVICE_FAILED` when the start under way, or else the next one, fails
   */
  ready(): Promise<void>;
  status(): ServiceStatus;
  /**
   * Waits for calls in flight, disposes what is real and leaves `flags.services()`. What stands in serves from then on.
   * `flags.close()` does it for every gate.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A service that follows a flag. */
export interface Gate<S> extends ServiceUse<S> {
  /** The service, decided at each call by the ambient context. Its methods work when they are taken off it. */
  readonly service: S;
  /** The service, decided for this context. The real one is one for all. */
  for(context: Context): S;
}

/** When and how long a gate starts and stops what is real. Times are in milliseconds, by the flags' own clock. */
export interface GateTiming {
  /** `lazy` starts it at the first call while the flag is on, `eager` with the flag. `lazy` unless given. */
  readonly start?: "lazy" | "eager" | undefined;
  /** How long switching off waits for calls in flight before it disposes all the same; 30,000 unless given. May be Infinity. */
  readonly drainMs?: number | undefined;
  /** How long a start may take; 30,000 unless given. May be Infinity. */
  readonly startTimeoutMs?: number | undefined;
  /** How long a failed start waits to be tried again: `firstMs` (1,000), then twice as long each time up to `maxMs` (60,000). */
  readonly retry?: { readonly firstMs?: number | undefined; readonly maxMs?: number | undefined } | undefined;
}

/** What a gate may be told beside its services. */
export interface GateSettings<S> extends GateTiming {
  /** Its name in `flags.services()` and in errors; the flag's name unless given. */
  readonly name?: string | undefined;
  /** Asked by `flags.checkServices()`: false, or a rejection, is unhealthy. */
  readonly healthCheck?: ((service: S) => unknown) | undefined;
}

// `any` stands here for "whatever it was defined with"; it never reaches an inferred type.
// biome-ignore lint/suspicious/noExplicitAny: see above
type RequiresOf<F> = F extends FlagDefinition<any, FlagKind, any, infer R, any> ? R : never;

type OutputOf<R> = R extends Schema ? SchemaOutput<R> : undefined;

/** What the factory of a boolean flag's service is given: what the flag's `requires` makes of the environment. */
export type ConfigOf<T, N extends PropertyKey> = N extends keyof T ? OutputOf<RequiresOf<T[N]>> : undefined;

/** The names of the choices between which a flag decides. */
export type ChoicesOf<T, N extends PropertyKey> = N extends keyof T ? ChoiceOf<T, N> & string : never;

/** The same for one value of a flag that has several. */
export type ChoiceConfigOf<T, N extends PropertyKey, V> = N extends keyof T
  ? N extends NamesOf<T, "oneOf">
    ? V extends keyof RequiresOf<T[N]>
      ? OutputOf<RequiresOf<T[N]>[V]>
      : undefined
    : // Of an experiment, the value that is its off is not checked.
      OutputOf<RequiresOf<T[N]>> | undefined
  : undefined;

/** The name of a flag of these kinds, or the sentence that tells why it is none. */
export type FlagToGate<T, N extends string, K extends FlagKind, Wrong extends string> =
  N extends NamesOf<T, K>
    ? N
    : N extends keyof T
      ? FlagTypeError<`'${N}' ${Wrong}`>
      : FlagTypeError<`there is no flag '${N}' in this registry`>;

/** The name of a boolean flag whose `requires` gives what a service needs, or the sentence that tells why it is none. */
export type FlagForService<T, N extends string, C> =
  N extends NamesOf<T, "boolean">
    ? [ConfigOf<T, N>] extends [C]
      ? N
      : FlagTypeError<`what '${N}' requires does not give what this service needs`>
    : FlagToGate<T, N, "boolean", "is not a boolean flag">;

/** What each signature of a function gives, up to four of them. */
type Results<F> = F extends {
  (...input: never): infer A;
  (...input: never): infer B;
  (...input: never): infer C;
  (...input: never): infer D;
}
  ? Known<A> | Known<B> | Known<C> | [D]
  : never;

/** What a signature gives that is there: of those that are not, `unknown` is inferred. */
type Known<R> = unknown extends R ? never : [R];

type GivesPromise<F> = [Results<F>] extends [[PromiseLike<unknown>]] ? true : false;

type IsMethod<F> = [F] extends [(...input: never) => unknown] ? true : false;

/** What is wrong with each member of a service, by its name. */
type Slips<S, Late extends boolean> = {
  [M in keyof S]-?: IsMethod<NonNullable<S[M]>> extends false
    ? `'${M & string}' is not a method; a gated service has methods only`
    : Late extends true
      ? M extends "then"
        ? "a service with a method 'then' cannot come from a promise; give it from a factory that is not asynchronous"
        : GivesPromise<NonNullable<S[M]>> extends false
          ? `'${M & string}' does not give a promise; where the service comes as one, every method must`
          : never
      : never;
}[keyof S];

/** Whether a factory's answer comes as a promise. */
type ComesLate<G> = [Extract<G, Promise<unknown>>] extends [never] ? false : true;

/** What stands in for what a factory gives: all its methods, or the sentence that tells why nothing can. */
export type StandsIn<G> = G extends unknown ? Checked<ServiceOf<Given<G>>, ComesLate<G>> : never;

type Checked<S, Late extends boolean> = Fitting<S, Slips<S, Late>>;

/** What is asked for, or the sentences that tell why it cannot be. */
type Fitting<S, Wrong extends string> = [Wrong] extends [never] ? S : FlagTypeError<Wrong>;

/** What any of several choices gives: the methods that all of them have. */
export type ChosenService<G> = ServiceOf<{ [V in keyof G]: Given<G[V]> }[keyof G]>;

/** What stands in for what several factories give, as `StandsIn` does for one. */
export type StandsInForAll<G> = Fitting<
  ChosenService<G>,
  {
    [V in keyof G]: Slips<
      Pick<ServiceOf<Given<G[V]>>, keyof ChosenService<G> & keyof ServiceOf<Given<G[V]>>>,
      ComesLate<G[V]>
    >;
  }[keyof G]
>;

/** Names of methods that every choice has and that can be waited for, or the sentences that tell why they are none. */
export type MethodsOfAll<G, L> = {
  readonly [I in keyof L]: Fitting<L[I], { [V in keyof G]: NameSlip<G[V], L[I]> }[keyof G]>;
};

/** Of a choice that is `unknown`, as it is while the compiler infers the others, nothing is wrong. */
type NameSlip<R, M> = unknown extends Given<R> ? never : MethodSlip<ServiceOf<Given<R>>, M>;

type MethodSlip<S, M> = M extends keyof S
  ? IsMethod<NonNullable<S[M]>> extends false
    ? `'${M & string}' is not a method`
    : GivesPromise<NonNullable<S[M]>> extends false
      ? `'${M & string}' does not give a promise; where nothing stands in, calls may have to wait`
      : never
  : `not every choice has a method '${M & string}'`;

/** What a ready object is not, with the sentence that tells why. */
export interface Ready {
  readonly then?: FlagTypeError<"a promise is no service; give a function that makes it">;
  readonly prototype?: FlagTypeError<"a class is no service; give a function that makes it: () => new X()">;
  // Anything else: `any` is what objects of a class fit as well, and it never reaches an inferred type.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly [other: string]: any;
}
