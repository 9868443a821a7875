import { messageOf } from "../errors.js";
import { retold } from "./retold.js";
import { secretTexts } from "./secret-texts.js";

/** A value shorter than this may be part of any word, and is only looked for as a word. */
const PART_OF_WORDS = 6;

/** Keeps the values of required variables out of what is said of a failure. */
export class Blotter {
  readonly #patterns: readonly RegExp[];

  /** Of the variables that a schema has read, as they were, and of what it made of them. */
  constructor(read: readonly string[], parsed: unknown) {
    // The longest first: one may be part of another.
    const longest = [...secretTexts(read, parsed)].sort((a, b) => b.length - a.length);
    this.#patterns = longest.map((value) => {
      const text = value.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
      return new RegExp(value.length < PART_OF_WORDS ? `(?<!\\w)${text}(?!\\w)` : text, "g");
    });
  }

  /** The message of what was thrown, without those values. */
  message(thrown: unknown): string {
    return this.#hide(messageOf(thrown));
  }

  /** What was thrown, where there is nothing to hide; else what may be told of it. */
  cause(thrown: unknown): unknown {
    return this.#patterns.length === 0 ? thrown : retold(thrown, (text) => this.#hide(text));
  }

  #hide(text: string): string {
    return this.#patterns.reduce((rest, pattern) => rest.replace(pattern, "[hidden]"), text);
  }
}
