import type { GateGround } from "../flags/gate-ground.js";
import { FlagsInstance } from "../flags/instance.js";
import { refused } from "./gate-options.js";

/**
 * What a gate on this flag stands on.
 *
 * @throws BurgeeError `INVALID_OPTIONS` where these are no flags that can be followed, `FLAG_NOT_FOUND`
 */
export function groundOf(flags: unknown, name: string, whose: string): GateGround {
  if (!(flags instanceof FlagsInstance)) throw refused(`${whose} needs flags first: what createFlags gives`);
  return flags.gateGround(name);
}
