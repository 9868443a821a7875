import type { Problem } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import type { Chain } from "../resolvers/chain.js";
import type { FlagState } from "./state.js";

/** A setting that is refused for what it requires: by name and code of the variables, with the place of the setting. */
export function unmetProblem(flag: RegisteredFlag, { unmet }: FlagState, chain: Chain): Problem {
  const place = chain.layers(flag).find(({ prepared }) => prepared !== undefined)?.prepared?.place;
  return {
    code: "REQUIREMENT_UNMET",
    flag: flag.name,
    place,
    message: `flag "${flag.name}" requires ${unmet.join(", ")}; set the variables, or turn it off`,
  };
}
