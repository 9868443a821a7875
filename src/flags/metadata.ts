import type { RegisteredFlag } from "../registry/registry.js";
import type { FlagMetadata } from "./flags-base.js";

/** What the definition says of a flag, with what the registry and the chain know beside it. */
export function describeFlag(
  { name, definition, dependents }: RegisteredFlag,
  variable: string | undefined,
): FlagMetadata {
  const { dependsOn = [], requires: _requires, schema: _schema, rule: _rule, ...said } = definition;
  return Object.freeze({
    ...said,
    name,
    variable,
    dependencies: dependsOn,
    dependents: dependents.map((dependent) => dependent.name),
    exposed: definition.exposed ?? false,
    metadata: definition.metadata ?? Object.freeze({}),
  });
}
