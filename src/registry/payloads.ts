import { didYouMean } from "../rules/nearest.js";
import type { FlagDefinition } from "./definition.js";
import type { FlagTypeError } from "./flag-type-error.js";
import type { Schema, SchemaInput } from "./standard-schema.js";
import { readPayload } from "./value.js";

/** Payloads of the variants `V`, given for the names `W`: a name that is no variant becomes a sentence. */
type PayloadsOf<V extends string, W extends string, P> = { readonly [N in V]: unknown } & {
  readonly [N in W]: N extends V ? P : FlagTypeError<`'${N}' is no variant of the experiment`>;
};

/**
 * What an `experiment` may give beside the names of its variants.
 *
 * @typeParam V the variants
 * @typeParam W the names that payloads are given for
 * @typeParam P the type of the payloads, where there is no schema
 * @typeParam S the type of the schema
 */
export interface PayloadOptions<V extends string, W extends string, P, S> {
  /**
   * What `value` gives for each variant, in the place of its name: plain data, which is copied and frozen. Every variant
   * needs one. All else (`default`, `off`, rules, files, variables, commands, changes) goes on speaking of names.
   */
  readonly payloads?: PayloadsOf<V, W, S extends Schema ? SchemaInput<S> : P> | undefined;
  /** Checks each payload once, in `defineFlags`; what it makes of a payload is what `value` gives. Must answer at once. */
  readonly schema?: S | undefined;
}

const LEFT_OUT = { problem: "is left out, and every variant needs one" };

/** Reads the payloads of a checked experiment, if it has any: a frozen copy, in the order of its variants. */
export function readPayloads(
  { kind, values = [], payloads, schema }: FlagDefinition,
  report: (message: string) => void,
): Readonly<Record<string, unknown>> | undefined {
  if (payloads === undefined) {
    if (kind === "experiment" && schema !== undefined) report("`schema` is for the payloads, and there are none");
    return undefined;
  }
  for (const name of Object.keys(payloads)) {
    if (values.includes(name)) continue;
    const hint = didYouMean(name, values) || `; it has ${values.join(", ")}`;
    report(`\`payloads\` name "${name}", which is no variant of the flag${hint}`);
  }
  const read: [string, unknown][] = [];
  for (const name of values) {
    const payload = Object.hasOwn(payloads, name) ? payloads[name] : undefined;
    const reading = payload === undefined ? LEFT_OUT : readPayload(payload, schema);
    if ("value" in reading) read.push([name, reading.value]);
    else report(`\`payloads.${name}\`: ${reading.problem}`);
  }
  return Object.freeze(Object.fromEntries(read));
}
