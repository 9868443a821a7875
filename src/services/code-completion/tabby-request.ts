import type { CompletionRequest } from "./code-completion.js";
import { CodeCompletionError } from "./code-completion-error.js";

/** The body of `POST /v1/completions`, as Tabby's API describes it. */
export interface TabbyCompletionRequest {
  readonly language: string;
  readonly segments: { readonly prefix: string; readonly suffix?: string };
  readonly user?: string;
  readonly temperature?: number;
  readonly seed?: number;
}

/**
 * A request in Tabby's words. What Tabby would refuse is refused here, before anything is sent.
 *
 * @throws CodeCompletionError `empty-prompt` or `invalid-request`, naming the field and never its value
 */
export function tabbyRequest(request: CompletionRequest): TabbyCompletionRequest {
  const { language, prefix, suffix, user, temperature, seed }: Partial<CompletionRequest> = request;
  if (!isText(language) || language === "") throw invalid("`language` must be a text that is not empty");
  if (!isText(prefix)) throw invalid("`prefix` must be a text");
  if (suffix !== undefined && !isText(suffix)) throw invalid("`suffix` must be a text");
  if (user !== undefined && !isText(user)) throw invalid("`user` must be a text");
  if (temperature !== undefined && !(Number.isFinite(temperature) && temperature >= 0))
    throw invalid("`temperature` must be a number from 0");
  if (seed !== undefined && !(Number.isSafeInteger(seed) && seed >= 0))
    throw invalid("`seed` must be a whole number from 0");
  if (prefix === "" && !suffix)
    throw new CodeCompletionError("there is nothing to complete: `prefix` and `suffix` are empty", {
      reason: "empty-prompt",
    });
  return {
    language,
    segments: { prefix: wellFormed(prefix), ...(suffix !== undefined && { suffix: wellFormed(suffix) }) },
    ...(user !== undefined && { user: wellFormed(user) }),
    ...(temperature !== undefined && { temperature }),
    ...(seed !== undefined && { seed }),
  };
}

/** An editor may cut between the two halves of an emoji; Tabby would refuse the whole request for the half that is left. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}

function isText(given: unknown): given is string {
  return typeof given === "string";
}

function invalid(what: string): CodeCompletionError {
  return new CodeCompletionError(`the request cannot be used: ${what}`, { reason: "invalid-request" });
}
