import { BurgeeError } from "../../errors.js";
import { checkCall } from "../../flags/check-call.js";
import type { FlagsBase } from "../../flags/flags-base.js";
import type { FlagTypeError } from "../../registry/flag-type-error.js";
import { serviceGate } from "../gate.js";
import type { FlagForService, Gate, GateTiming } from "../gate-shape.js";
import { groundOf } from "../ground-of.js";
import type { CodeCompletionClient } from "./code-completion.js";
import { NullCodeCompletionClient } from "./null-client.js";
import { TabbyCodeCompletionClient, type TabbyOptions } from "./tabby-client.js";
import type { TabbyConfig } from "./tabby-config.js";
import { tabbyServer } from "./tabby-server.js";

/** What `codeCompletionFactory` may be told: of the gate, and of the client. */
export interface CodeCompletionFactoryOptions<N extends string = string>
  extends GateTiming,
    Pick<TabbyOptions, "timeoutMs" | "retries" | "logger"> {
  /** The flag's name; `enable_tabby` unless given. */
  readonly flag?: N | undefined;
  /** The gate's name in `flags.services()`; the flag's name unless given. */
  readonly name?: string | undefined;
}

const OPTIONS = ["flag", "name", "start", "drainMs", "startTimeoutMs", "retry", "timeoutMs", "retries", "logger"];

/** Nothing, or the sentence that tells why the registry's flag cannot choose. */
type CanChoose<T, N extends string> =
  FlagForService<T, N, TabbyConfig> extends infer Found
    ? Found extends N
      ? unknown
      : Found extends FlagTypeError<`what ${string}`>
        ? FlagTypeError<`codeCompletionFactory needs a flag that tabbyFlag() defines, and '${N}' is none`>
        : Found
    : never;

/**
 * Puts code completion behind its flag: a `TabbyCodeCompletionClient` by `TABBY_URL` and `TABBY_API_KEY` while the flag is
 * on, a `NullCodeCompletionClient` while it is off. A missing key in production is warned of once. The service is ready
 * when the client is made: no server is asked for that, but by `healthCheck()` and `flags.checkServices()`.
 *
 * @throws BurgeeError `FLAG_NOT_FOUND`, `TYPE_MISMATCH` or `INVALID_OPTIONS`, also for a flag that `tabbyFlag` did not make
 * @example
 * const flags = createFlags(defineFlags({ enable_tabby: tabbyFlag() }));
 * const completion = codeCompletionFactory(flags);
 * const { choices, message } = await completion.service.complete({ language: "python", prefix: "def fib(n):\n    " });
 */
export function codeCompletionFactory<T, const N extends string = "enable_tabby">(
  flags: FlagsBase<T> & CanChoose<T, N>,
  options?: CodeCompletionFactoryOptions<N>,
): Gate<CodeCompletionClient>;
export function codeCompletionFactory(
  flags: FlagsBase<Record<string, unknown>>,
  options: CodeCompletionFactoryOptions = {},
): Gate<CodeCompletionClient> {
  checkCall(options, OPTIONS, "codeCompletionFactory");
  const { flag = "enable_tabby", timeoutMs, retries, logger, ...rest } = options;
  // What is wrong with these is told now, and not when somebody turns the flag on.
  tabbyServer({ url: "http://tabbyml:8080", timeoutMs, retries });
  checkFlag(flags, flag);
  let warned = false;
  return serviceGate<TabbyConfig, CodeCompletionClient>(flags, flag, {
    ...rest,
    on: ({ TABBY_URL: url, TABBY_API_KEY: apiKey, NODE_ENV: environment }) => {
      // A flag that goes off and on again is no news of the key.
      const once = { logger: warned ? false : logger };
      warned = true;
      return new TabbyCodeCompletionClient({ url, apiKey, timeoutMs, retries, environment, ...once });
    },
    off: new NullCodeCompletionClient({ flag, variable: flags.getFlagMetadata(flag).variable }),
    healthCheck: async (client) => (await client.healthCheck()).status === "ok",
  });
}

/** What the types say of the flag, for those who write JavaScript. The environment is fixed, so it is known now. */
function checkFlag(flags: unknown, name: string): void {
  const ground = groundOf(flags, name, "codeCompletionFactory");
  const { unmet, parsed } = ground.required(true);
  const mayGive = unmet.length > 0 || typeof Reflect.get(Object(parsed), "TABBY_URL") === "string";
  if (ground.flag.kind === "boolean" && !mayGive)
    throw new BurgeeError(
      "INVALID_OPTIONS",
      `codeCompletionFactory needs a flag that tabbyFlag() defines, and "${name}" is none`,
      { flag: name },
    );
}
