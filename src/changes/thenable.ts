/** Whether a value is a promise, or works like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== "object" || value === null) return false;
  return typeof (value as { readonly then?: unknown }).then === "function";
}
