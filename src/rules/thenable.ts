/** Whether a value is a promise, or works like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== "object" || value === null) return false;
  return typeof (value as { readonly then?: unknown }).then === "function";
}

/** Whether an answer that was needed at once is a promise. Nobody waits for it then, so its rejection goes unheard. */
export function comesLate(answer: unknown): answer is PromiseLike<unknown> {
  if (!isThenable(answer)) return false;
  Promise.resolve(answer).then(undefined, () => undefined);
  return true;
}
