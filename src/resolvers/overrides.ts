import type { CheckedRule } from "../rules/rule.js";
import type { Origin, Resolver } from "./resolver.js";

/** Where the step reads the overrides from. */
export interface OverrideSource {
  get(
    name: string,
  ): (({ readonly value: unknown } | { readonly rule: CheckedRule }) & { readonly origin: Origin }) | undefined;
}

/** The step that answers with what was set at run time. */
export function overridesResolver(source: OverrideSource): Resolver {
  return { name: "overrides", prepare: ({ name }) => source.get(name) };
}
