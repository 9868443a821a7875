/**
 * Facts about the caller of one evaluation. `userId` and OpenFeature's `targetingKey` name the same unit; every
 * other attribute is the application's own. burgee never changes or keeps a context.
 */
export interface Context {
  readonly userId?: string | number | undefined;
  readonly targetingKey?: string | undefined;
  readonly [attribute: string]: unknown;
}

/** The context of whoever gives none. */
export const EMPTY_CONTEXT: Context = Object.freeze({});
