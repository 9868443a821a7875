import { offHere } from "../off-here.js";
import type { CodeCompletionClient, CodeCompletionHealth, Completion } from "./code-completion.js";

/** What the message names. */
export interface NullCodeCompletionOptions {
  /** The flag's name; `enable_tabby` unless given. */
  readonly flag?: string | undefined;
  /** The variable that sets the flag; `ENABLE_TABBY` where neither is given, and none is named beside a flag alone. */
  readonly variable?: string | undefined;
}

/**
 * Stands in for code completion where that is not to be had: no choices, and a message that names the flag, its variable
 * and where the reason is found. It never throws, rejects, opens or waits for anything, whatever it is asked.
 *
 * @example
 * const client = new NullCodeCompletionClient();
 * await client.complete({ language: "python", prefix: "def " }); // { id: "", choices: [], message: "Code completion is off here …" }
 * await client.isAvailable(); // false
 */
export class NullCodeCompletionClient implements CodeCompletionClient {
  readonly #completion: Completion;
  readonly #health: CodeCompletionHealth;

  constructor({ flag, variable = flag === undefined ? "ENABLE_TABBY" : undefined }: NullCodeCompletionOptions = {}) {
    const message = offHere("Code completion", flag ?? "enable_tabby", variable);
    this.#completion = Object.freeze({ id: "", choices: Object.freeze([]), message });
    this.#health = Object.freeze({ status: "disabled", message });
  }

  async complete(): Promise<Completion> {
    return this.#completion;
  }

  async healthCheck(): Promise<CodeCompletionHealth> {
    return this.#health;
  }

  async isAvailable(): Promise<boolean> {
    return false;
  }
}
