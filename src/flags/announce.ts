import type { AnyRegistry } from "../registry/registry.js";
import { choiceOf, isOff } from "../resolvers/resolutions.js";
import { type Engine, frozenWarning } from "./engine.js";
import type { FlagState } from "./state.js";

/** A value where it is the same for everybody, else the rule, or that a resolver's function decides. */
function described({ setting: { own, ancestors } }: FlagState): unknown {
  if ("rule" in own) return own.rule;
  if ("custom" in own) return `decided by ${own.custom}`;
  return ancestors.length === 0
    ? own.value
    : `${JSON.stringify(own.value)} where ${ancestors.map(({ flag }) => flag).join(", ")} is on`;
}

/** Says once what every flag is, and what should be otherwise. */
export function announce(engine: Engine, registry: AnyRegistry): void {
  const { reporter, table, ambient, clock } = engine.parts;
  const values: [string, unknown][] = [];
  const today = new Date(clock()).toISOString().slice(0, 10);
  for (const { flag, state } of table.slots.values()) {
    const { name, definition } = flag;
    const answer = state.constant ?? state.decide(ambient.current);
    values.push([name, described(state)]);
    engine.warnHeld(flag, state);
    if (definition.status === "frozen" && !isOff(flag, choiceOf(answer)))
      reporter.warn(frozenWarning(flag), { flag: name });
    if (definition.expires !== undefined && definition.expires < today) {
      reporter.warn(`flag "${name}" expired on ${definition.expires}; take it out of the code`, { flag: name });
    }
  }
  reporter.logger.info({ flags: Object.fromEntries(values) }, "feature flags");
  for (const flag of registry.flags.values()) engine.warnUnexpected(flag, table.state(flag).setting);
}
