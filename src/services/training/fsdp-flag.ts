import * as z from "zod/mini";
import type { BooleanOptions, FlagDefinition } from "../../registry/definition.js";
import { flag } from "../../registry/flag.js";
import type { Schema } from "../../registry/standard-schema.js";

/** What the flag reads of the environment. */
export interface FsdpConfig {
  /** The interpreter; `python3`, or else `/usr/bin/python3`, is looked for unless set. */
  readonly BURGEE_PYTHON?: string | undefined;
}

/** What a definition of the flag may say otherwise. */
export type FsdpFlagOptions<D extends string = never> = Omit<BooleanOptions<D, undefined>, "default" | "requires"> & {
  readonly default?: boolean | undefined;
};

/**
 * The definition of the flag that chooses between the trainers: off unless `ENABLE_FSDP` or another source says
 * otherwise. It requires nothing, and reads `BURGEE_PYTHON` where the flags read their variables.
 *
 * @example
 * const registry = defineFlags({ enable_fsdp: fsdpFlag({ owner: "research" }) });
 */
export function fsdpFlag<const D extends string = never>(
  options: FsdpFlagOptions<D> = {},
): FlagDefinition<boolean, "boolean", D, Schema<FsdpConfig>> {
  const requires: Schema<FsdpConfig> = z.object({ BURGEE_PYTHON: z.optional(z.string()) });
  return flag.boolean({
    description: "Training is shared out between several processes, each with a shard of the model",
    env: "ENABLE_FSDP",
    strategy: "immediate",
    ...options,
    default: options.default ?? false,
    requires,
  });
}
