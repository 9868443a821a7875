import { BurgeeError } from "../errors.js";
import { checkCall } from "./check-call.js";
import type { CommandOptions } from "./command-options.js";
import type { Author } from "./flag-change.js";

/**
 * Who gives the command; `runtime` where the caller does not say.
 *
 * @throws BurgeeError `INVALID_OPTIONS` for anything but texts
 */
export function author(options: CommandOptions, more: readonly string[] = []): Author {
  checkCall(options, ["source", "actor", "reason", ...more], "this command");
  const { source = "runtime", actor, reason } = options;
  for (const [name, text] of Object.entries({ source, actor, reason })) {
    if (text !== undefined && typeof text !== "string")
      throw new BurgeeError("INVALID_OPTIONS", `\`${name}\` must be a text`);
  }
  return { source, ...(actor !== undefined && { actor }), ...(reason !== undefined && { reason }) };
}
