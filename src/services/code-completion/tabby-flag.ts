import type { BooleanOptions, FlagDefinition } from "../../registry/definition.js";
import { flag } from "../../registry/flag.js";
import type { Schema } from "../../registry/standard-schema.js";
import { type TabbyConfig, tabbySchema } from "./tabby-config.js";

/**
 * The definition of the flag that turns code completion on, for `defineFlags`: off, set by `ENABLE_TABBY`, and on only
 * where `TABBY_URL` and `TABBY_API_KEY`, if set, can be used. Whatever else a definition may say can be given.
 *
 * @example
 * const registry = defineFlags({ enable_tabby: tabbyFlag({ owner: "editor team" }) });
 */
export function tabbyFlag<const D extends string = never>(
  options: Partial<Omit<BooleanOptions<D, never>, "requires">> = {},
): FlagDefinition<boolean, "boolean", D, Schema<TabbyConfig>> {
  return flag.boolean({
    default: false,
    description: "Completes code with TabbyML; without it, completion says that it is off",
    env: "ENABLE_TABBY",
    metadata: { composeProfiles: ["tabby", "optional"], insteadWhenOff: "a client that says completion is off" },
    ...options,
    requires: tabbySchema(),
  });
}
