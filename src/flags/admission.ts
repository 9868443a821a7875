import { BurgeeError } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import type { Chain } from "../resolvers/chain.js";
import type { Checked } from "../resolvers/layer.js";
import { choiceOf, isOff } from "../resolvers/resolutions.js";
import type { Resolution } from "../rules/resolution.js";
import { isLocked } from "./explain.js";
import { unmetOf } from "./own-answer.js";
import type { Requirements } from "./requirements.js";
import { isOffForAll, type StateTable } from "./state.js";

interface AdmissionParts {
  readonly chain: Chain;
  readonly table: StateTable;
  readonly requirements: Requirements;
  readonly clock: () => number;
}

/** @throws BurgeeError `NO_OVERRIDES` or `FLAG_PINNED` where an override could have no effect */
export function assertOverridable(flag: RegisteredFlag, chain: Chain): void {
  const { name } = flag;
  if (!chain.overridable)
    throw new BurgeeError(
      "NO_OVERRIDES",
      `flag "${name}" cannot be set: the chain has no "overrides" step; add it to \`resolvers\``,
      { flag: name },
    );
  const pin = chain.pin(flag);
  if (pin === undefined) return;
  const place = pin.prepared?.place === undefined ? "" : ` (${pin.prepared.place})`;
  const how = isLocked(pin)
    ? `locked by the profile${place}`
    : `pinned by ${pin.step}${place}, which goes before overrides`;
  const message = `flag "${name}" is ${how}; change it there, or use kill("${name}") in an emergency`;
  throw new BurgeeError("FLAG_PINNED", message, { flag: name });
}

/** @throws BurgeeError `DEPENDENCY_UNMET` or `REQUIREMENT_UNMET` where the flag may not have what the setting gives, now or at a time to come */
export function assertAllowed(flag: RegisteredFlag, setting: Checked, parts: AdmissionParts): void {
  const { name } = flag;
  const preview = parts.chain.preview(flag, setting, "overrides", parts.clock());
  const off = holders(flag, preview, parts.table);
  if (off.length > 0) {
    const names = off.map((ancestor) => `"${ancestor.name}"`).join(", ");
    throw new BurgeeError(
      "DEPENDENCY_UNMET",
      `flag "${name}" cannot be turned on: it depends on ${names}, which ${off.length === 1 ? "is" : "are"} off`,
      { flag: name },
    );
  }
  const unmet = unmetOf(flag, preview, parts.requirements);
  if (unmet.length === 0) return;
  throw new BurgeeError(
    "REQUIREMENT_UNMET",
    `flag "${name}" cannot be set so: it requires ${unmet.join(", ")}; set the variables and start again`,
    { flag: name, problems: unmet.map((message) => ({ code: "REQUIREMENT_UNMET", flag: name, message })) },
  );
}

/**
 * The ancestors that would keep off what the setting turns on. What it turns on later may wait for an ancestor that
 * will be on by its own schedule, so that both can be planned together.
 */
function holders(
  flag: RegisteredFlag,
  { outcomes, later }: { readonly outcomes: readonly Resolution[]; readonly later: readonly Resolution[] },
  table: StateTable,
): RegisteredFlag[] {
  const turnsOn = (answers: readonly Resolution[]) => answers.some((one) => !isOff(flag, choiceOf(one)));
  const off = flag.ancestors.filter((ancestor) => isOffForAll(table.state(ancestor).own));
  if (turnsOn(outcomes)) return off;
  if (!turnsOn(later)) return [];
  return off.filter((ancestor) => !table.state(ancestor).own.later.some(({ value }) => value === true));
}
