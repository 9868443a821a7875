import { checkCall } from "../../flags/check-call.js";
import { chooseLogger, type Logger, type LogLevel } from "../../flags/logger.js";
import type {
  CallOptions,
  CodeCompletionClient,
  CodeCompletionHealth,
  Completion,
  CompletionRequest,
} from "./code-completion.js";
import { type TabbyServer, type TabbyServerOptions, tabbyServer } from "./tabby-server.js";

/** What the client may be told. */
export interface TabbyOptions extends TabbyServerOptions {
  /** The environment that it runs in; `NODE_ENV` unless given. In `production`, a missing key is warned of. */
  readonly environment?: string | undefined;
  /** Who is warned: a logger like pino's, a level for burgee's own on stderr (`warn` unless given), or `false` for nobody. */
  readonly logger?: Logger | LogLevel | boolean | undefined;
}

const OPTIONS = ["url", "apiKey", "timeoutMs", "retries", "environment", "logger"];

/**
 * Completes code by a Tabby server: `POST /v1/completions`, and `GET /v1/health`. Nothing is opened before the first
 * call, and nothing of its own stays open after one. A call is tried again only where the first try cannot have had an
 * effect: the connection was refused, or the server said 429 or 503 and when to come back. Redirects are not followed.
 * API: https://tabby.tabbyml.com/api
 *
 * @throws BurgeeError `INVALID_OPTIONS`, of the constructor
 * @example
 * const client = new TabbyCodeCompletionClient({ url: "http://tabbyml:8080", apiKey: process.env.TABBY_API_KEY });
 * await client.complete({ language: "python", prefix: "def fib(n):\n    " }, { signal: AbortSignal.timeout(2_000) });
 */
export class TabbyCodeCompletionClient implements CodeCompletionClient {
  readonly #server: TabbyServer;

  constructor(options: TabbyOptions) {
    checkCall(options, OPTIONS, "TabbyCodeCompletionClient");
    const { environment = process.env.NODE_ENV, logger } = options;
    this.#server = tabbyServer(options);
    if (this.#server.apiKey === undefined && environment === "production")
      chooseLogger(logger, undefined).warn(
        { service: "code-completion" },
        "Tabby is asked without a key in production: whoever can reach it can use it; set TABBY_API_KEY",
      );
  }

  async complete(request: CompletionRequest, { signal }: CallOptions = {}): Promise<Completion> {
    // Read before anything is awaited: the caller may use the same object for the next request.
    const { language, prefix, suffix, user, temperature, seed }: CompletionRequest = Object(request);
    const { askForCompletion } = await import("./tabby-questions.js");
    return askForCompletion(this.#server, { language, prefix, suffix, user, temperature, seed }, signal);
  }

  async healthCheck({ signal }: CallOptions = {}): Promise<CodeCompletionHealth> {
    const { askForHealth } = await import("./tabby-questions.js");
    return askForHealth(this.#server, signal);
  }

  async isAvailable(options: CallOptions = {}): Promise<boolean> {
    try {
      return (await this.healthCheck(options)).status === "ok";
    } catch {
      return false;
    }
  }
}
