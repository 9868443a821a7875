export type {
  CallOptions,
  CodeCompletionClient,
  CodeCompletionHealth,
  Completion,
  CompletionChoice,
  CompletionRequest,
} from "./code-completion.js";
export { CodeCompletionError, type CodeCompletionFailure } from "./code-completion-error.js";
export { type CodeCompletionFactoryOptions, codeCompletionFactory } from "./factory.js";
export { NullCodeCompletionClient, type NullCodeCompletionOptions } from "./null-client.js";
export { TabbyCodeCompletionClient, type TabbyOptions } from "./tabby-client.js";
export type { TabbyConfig } from "./tabby-config.js";
export { tabbyFlag } from "./tabby-flag.js";
export type { TabbyServerOptions } from "./tabby-server.js";
