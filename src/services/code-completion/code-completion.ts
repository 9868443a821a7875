/** What stands around the place where code is wanted. */
export interface CompletionRequest {
  /** The language's identifier as editors name it: `python`, `typescript`. */
  readonly language: string;
  /** The code ahead of the cursor. */
  readonly prefix: string;
  /** The code behind the cursor. Prefix and suffix may not both be empty. */
  readonly suffix?: string | undefined;
  /** Whom the completion is for, so that the server can tell its users apart. */
  readonly user?: string | undefined;
  /** How freely the model chooses: 0 is the likeliest code always. The server's own setting unless given. */
  readonly temperature?: number | undefined;
  /** A whole number from 0: the same request with the same seed gives the same code. */
  readonly seed?: number | undefined;
}

/** One way to go on. */
export interface CompletionChoice {
  readonly index: number;
  /** The code to put in at the cursor. */
  readonly text: string;
}

/** The answer to one request. */
export interface Completion {
  /** The server's name for this completion; empty where no server was asked. */
  readonly id: string;
  /** Ways to go on, the best first. May be empty. */
  readonly choices: readonly CompletionChoice[];
  /** For people: why there are no choices, where the null client answers. */
  readonly message?: string;
}

/** How the service is. */
export interface CodeCompletionHealth {
  /** `ok`: it completes. `no-model`: the server is there, and has no model for completion. `disabled`: the null client answers. */
  readonly status: "ok" | "no-model" | "disabled";
  /** The model that completes. */
  readonly model?: string;
  /** The server's version. */
  readonly version?: string;
  /** For people: where the reason is found, where the null client answers. */
  readonly message?: string;
}

/** What each call may be told. */
export interface CallOptions {
  /** Ends the call: it is rejected at once with the reason `aborted`, whose `cause` is the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Completes code. `TabbyCodeCompletionClient` asks a Tabby server, `NullCodeCompletionClient` stands in for it while the
 * flag is off, and `codeCompletionFactory` chooses between them by the flag.
 *
 * @example
 * const { choices } = await client.complete({ language: "python", prefix: "def fib(n):\n    " });
 * console.log(choices[0]?.text ?? "nothing to offer");
 */
export interface CodeCompletionClient {
  /**
   * Asks for code at the cursor.
   *
   * @throws CodeCompletionError whose `reason` tells why there is no answer; the null client never rejects
   */
  complete(request: CompletionRequest, options?: CallOptions): Promise<Completion>;
  /**
   * Asks the server how it is.
   *
   * @throws CodeCompletionError where the server does not answer as it should; the null client never rejects
   */
  healthCheck(options?: CallOptions): Promise<CodeCompletionHealth>;
  /** Whether a completion would be tried with a model that is there: the health is `ok`. Never rejects. */
  isAvailable(options?: CallOptions): Promise<boolean>;
}
