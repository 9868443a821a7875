/**
 * A unit was given a value that a hash chose for it: a variant by its weight, or in or out of a rollout. Frozen. The
 * context is not in it: contexts hold personal data, and burgee keeps none of them.
 */
export interface Exposure {
  readonly flag: string;
  /** The name of the value, for flags that have names for theirs (`oneOf`, `experiment`). */
  readonly variant?: string;
  /** What was given: for an experiment with payloads, the payload. */
  readonly value: unknown;
  /** The text that was hashed: a user's id, unless the rule says otherwise. */
  readonly unit: string;
  /** The rule that chose, where it has a name; `#2` for an item of a list that has none. */
  readonly rule?: string;
  /** The step that answered: `profile`, `overrides`, `rollout`, or a resolver's own name. */
  readonly source: string;
  /** When the unit was given the value, in milliseconds since 1970. */
  readonly at: number;
  /** Counts the exposures of one `Flags` object from 1, without gaps. */
  readonly sequence: number;
}

/**
 * The port through which exposures leave: a file, a queue, an analytics service. A sink is told of exposures in order;
 * where `write` throws or rejects, the same ones come again later, and nothing else before them. One write at a time.
 *
 * @example
 * const sink: ExposureSink = {
 *   name: "analytics",
 *   write: (exposures) => client.send(exposures.map(({ unit, flag, variant }) => ({ unit, flag, variant }))),
 * };
 */
export interface ExposureSink {
  /** For errors. */
  readonly name: string;
  /** Has them where it returns; a promise, where it resolves. */
  write(exposures: readonly Exposure[]): void | Promise<void>;
  /** Called after the last write, by each `Flags` object that the sink was given to. */
  close?(): void | Promise<void>;
}
