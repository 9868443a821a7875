import * as z from "zod/mini";
import type { CodeCompletionHealth, Completion } from "./code-completion.js";
import { CodeCompletionError } from "./code-completion-error.js";

/** The parts of Tabby's answers that are used. Whatever else it says is left out. */
const completionAnswer = z.object({
  id: z.string(),
  choices: z.array(z.object({ index: z.int().check(z.nonnegative()), text: z.string() })),
});
const healthAnswer = z.object({
  model: z.nullish(z.string()),
  version: z.nullish(z.object({ git_describe: z.optional(z.string()) })),
});

/** @throws CodeCompletionError `not-json` or `wrong-shape` */
export function readCompletion(text: string): Completion {
  return read(completionAnswer, text);
}

/** @throws CodeCompletionError `not-json` or `wrong-shape` */
export function readHealth(text: string): CodeCompletionHealth {
  const { model, version } = read(healthAnswer, text);
  return {
    status: model ? "ok" : "no-model",
    ...(model && { model }),
    ...(version?.git_describe !== undefined && { version: version.git_describe }),
  };
}

/** A parser's own message would quote the answer, and the answer may quote the prompt. */
function read<T extends z.ZodMiniType>(shape: T, text: string): z.output<T> {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new CodeCompletionError("Tabby's answer is not JSON; is this address Tabby's?", { reason: "not-json" });
  }
  const { data, error } = z.safeParse(shape, answer);
  if (error === undefined) return data;
  const places = error.issues.map(({ path }) => path.join(".") || "the answer itself").slice(0, 5);
  throw new CodeCompletionError(`Tabby's answer is not what its API promises, at ${places.join(", ")}`, {
    reason: "wrong-shape",
  });
}
