import type { BooleanOptions, FlagDefinition, RequiresByValue, ValueOptions, VariantOptions } from "./definition.js";
import { frozenCopy } from "./frozen-copy.js";
import type { PayloadOptions } from "./payloads.js";
import type { Schema, SchemaOutput } from "./standard-schema.js";

/** The builders of flag definitions; see {@link flag}. */
export interface FlagBuilders {
  /** On or off. */
  boolean<const D extends string = never, R extends Schema | undefined = undefined>(
    options: BooleanOptions<D, R>,
  ): FlagDefinition<boolean, "boolean", D, R>;
  /** One of a few named values: a backend, a mode. */
  oneOf<const V extends string, const D extends string = never, R extends RequiresByValue<V> = Record<never, never>>(
    values: readonly V[],
    options: VariantOptions<NoInfer<V>, D, R>,
  ): FlagDefinition<V, "oneOf", D, R>;
  /**
   * Users spread over variants by weight, each always getting the same one. With `payloads`, `value` gives what belongs
   * to the variant, and `resolveVariant` its name.
   *
   * @example
   * flag.experiment({ control: 50, treatment: 50 }, {
   *   default: "control",
   *   payloads: { control: { model: "small", temperature: 0 }, treatment: { model: "large", temperature: 0.2 } },
   * });
   */
  experiment<
    const V extends string,
    const D extends string = never,
    R extends Schema | undefined = undefined,
    S extends Schema | undefined = undefined,
    const W extends string = V,
    P = V,
  >(
    weights: Readonly<Record<V, number>>,
    options: VariantOptions<NoInfer<V>, D, R> & PayloadOptions<NoInfer<V>, W, P, S>,
  ): FlagDefinition<V, "experiment", D, R, S extends Schema ? SchemaOutput<S> : P>;
  /** A finite number. */
  number<const D extends string = never, R extends Schema | undefined = undefined>(
    options: ValueOptions<number, D, R> & { readonly schema?: Schema<number> | undefined },
  ): FlagDefinition<number, "number", D, R>;
  /** A text. Flag values are shown in logs and the audit log: a secret belongs in `requires`. */
  string<const D extends string = never, R extends Schema | undefined = undefined>(
    options: ValueOptions<string, D, R> & { readonly schema?: Schema<string> | undefined },
  ): FlagDefinition<string, "string", D, R>;
  /** Any value that a schema describes; the schema must accept its own output. */
  json<S extends Schema, const D extends string = never, R extends Schema | undefined = undefined>(
    schema: S,
    options: ValueOptions<NoInfer<SchemaOutput<S>>, D, R>,
  ): FlagDefinition<SchemaOutput<S>, "json", D, R>;
}

function define<O extends object>(kind: string, options: O, more: object = {}): never {
  // The one place where a run-time object takes on the inferred type of a definition; defineFlags checks it.
  return Object.freeze({ ...options, ...more, kind }) as never;
}

/**
 * Builds the definition of one flag. Nothing is checked until `defineFlags` sees them all.
 *
 * @example
 * const registry = defineFlags({
 *   new_checkout: flag.boolean({ default: false, description: "The one-page checkout", rule: { rollout: 25 } }),
 *   database_type: flag.oneOf(["sqlite", "postgresql"], { default: "sqlite" }),
 *   answer_model: flag.experiment({ control: 50, treatment_a: 25, treatment_b: 25 }, { default: "control" }),
 *   max_upload_mb: flag.number({ default: 10 }),
 *   greeting: flag.string({ default: "hello" }),
 *   limits: flag.json(z.object({ perMinute: z.number() }), { default: { perMinute: 60 } }),
 * });
 */
export const flag: FlagBuilders = {
  boolean: (options) => define("boolean", options),
  oneOf: (values, options) => define("oneOf", options, { values: frozenCopy(values) }),
  // Of weights that are none, defineFlags says so; they have no names meanwhile.
  experiment: (weights, options) =>
    define("experiment", options, {
      values: Object.freeze(Object.keys(Object(weights))),
      weights: frozenCopy(weights),
    }),
  number: (options) => define("number", options),
  string: (options) => define("string", options),
  json: (schema, options) => define("json", options, { schema }),
};
