/** Work that can be left off after each step and gone on with later. */
export type Steps<R> = Generator<void, R, void>;

/** Does all the steps at once. */
export function finished<R>(steps: Steps<R>): R {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
