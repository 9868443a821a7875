import { BurgeeError, type ErrorCode } from "../errors.js";

/** What a queue needs of a sink, whatever it brings there. */
export interface Sink<T> {
  /** For errors. */
  readonly name: string;
  write(things: readonly T[]): void | Promise<void>;
  close?(): void | Promise<void>;
}

/** How errors speak of a sink and of what is brought there. */
export interface SinkWords {
  readonly sink: string;
  readonly one: string;
  readonly many: string;
  readonly failed: ErrorCode;
  readonly overflow: ErrorCode;
}

export const AUDIT_WORDS: SinkWords = Object.freeze({
  sink: "audit sink",
  one: "entry",
  many: "entries",
  failed: "AUDIT_SINK_FAILED",
  overflow: "AUDIT_OVERFLOW",
});

export const EXPOSURE_WORDS: SinkWords = Object.freeze({
  sink: "exposure sink",
  one: "exposure",
  many: "exposures",
  failed: "EXPOSURE_SINK_FAILED",
  overflow: "EXPOSURE_OVERFLOW",
});

/** An error about one sink, in its words. */
export function sinkError(
  { name }: { readonly name: string },
  words: SinkWords,
  code: "failed" | "overflow",
  what: string,
  cause?: unknown,
): BurgeeError {
  return new BurgeeError(words[code], `The ${words.sink} "${name}" ${what}`, { cause });
}
