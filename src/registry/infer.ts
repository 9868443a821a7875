import type { FlagDefinition, FlagKind } from "./definition.js";
import type { FlagTypeError } from "./flag-type-error.js";
import type { Registry } from "./registry.js";

// `any` stands here for "whatever it was defined with": definitions are invariant in no parameter that matters, and
// `unknown` would refuse definitions with requirements. It never reaches an inferred type.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyOf<K extends FlagKind> = FlagDefinition<any, K, any, any>;

/** What `defineFlags` takes: definitions by name. */
export type Definitions = { readonly [name: string]: AnyOf<FlagKind> };

type DependenciesOf<F> = F extends FlagDefinition<infer _V, FlagKind, infer D, infer _R, infer _P> ? D : never;

/** The names of the flags of one kind (or several). */
export type NamesOf<T, K extends FlagKind> = { [N in keyof T]: T[N] extends AnyOf<K> ? N : never }[keyof T] & string;

/** The type of one flag's value: of what `value` gives. */
export type ValueOf<T, N extends keyof T> =
  T[N] extends FlagDefinition<infer _V, FlagKind, infer _D, infer _R, infer P> ? P : never;

/** The type of what one flag can be set to: its value, or the name of its value where that is a payload. */
export type ChoiceOf<T, N extends keyof T> =
  T[N] extends FlagDefinition<infer V, FlagKind, infer _D, infer _R, infer _P> ? V : never;

type Wrong<T, K extends keyof T, B extends string, D extends string = DependenciesOf<T[K]>> = string extends D
  ? never
  : K extends D
    ? `'${K & string}' depends on itself`
    : Exclude<D, keyof T> extends never
      ? Exclude<D, B> extends never
        ? never
        : `'${K & string}' depends on '${Exclude<D, B>}', which is not a boolean flag`
      : `'${K & string}' depends on '${Exclude<D, keyof T> & string}', which is not a flag of this registry`;

/** The definitions, with a {@link FlagTypeError} in the place of each whose dependencies are wrong. */
export type Checked<T, B extends string = NamesOf<T, "boolean">> = {
  [K in keyof T]: [Wrong<T, K, B>] extends [never] ? T[K] : FlagTypeError<Wrong<T, K, B>>;
};

/**
 * The values of a registry's flags by name.
 *
 * @example
 * type AppFlags = InferFlags<typeof registry>; // { new_checkout: boolean; database_type: "sqlite" | "postgresql" }
 */
export type InferFlags<R> = R extends Registry<infer T> ? { -readonly [N in keyof T]: ValueOf<T, N> } : never;

/** The definitions of several registries as one. */
export type MergeRegistries<Rs extends readonly unknown[]> = Rs extends readonly [Registry<infer First>, ...infer Rest]
  ? Rest extends readonly []
    ? First
    : { [N in keyof (First & MergeRegistries<Rest>)]: (First & MergeRegistries<Rest>)[N] }
  : unknown;
