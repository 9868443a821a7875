import { BurgeeError, messageOf } from "../errors.js";
import { show } from "../registry/value.js";
import { undecided } from "../resolvers/resolutions.js";
import type { Context } from "../rules/context.js";
import type { Resolution } from "../rules/resolution.js";
import type { Counted, Counting } from "./counting.js";
import type { Recorded, Recorder } from "./exposures.js";
import type { Answer } from "./own-answer.js";
import type { Reporter } from "./reporter.js";
import type { Slot } from "./state.js";
import { textOf, unknownFlag } from "./unknown-flag.js";

/** Where a reader finds what it needs. */
export interface ReaderParts {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly reporter: Reporter;
  /** Captured answers by the index of their slot; the present ones unless given. */
  readonly captured?: readonly Answer[];
  /** Another number whenever answers have been replaced; never, where they are captured. */
  readonly version?: () => number;
}

/** Where the context is found of whoever gives none. */
export interface Ambient {
  readonly current: Context;
}

/** Every value that is the same for everybody, and the flags whose value is not. */
interface Template {
  readonly version: number | undefined;
  readonly values: Record<string, unknown>;
  readonly open: readonly Slot[];
}

/** The answer about a flag that does not exist. */
const NOT_FOUND: Resolution = Object.freeze({
  value: undefined,
  reason: "ERROR",
  source: "default",
  errorCode: "FLAG_NOT_FOUND",
});

/** Asking by name over prepared answers. Never throws; what untyped code asks wrongly is reported once and answered with off. */
export class Reader implements Recorded, Counted {
  /** While there is one, it is told of every answer that depends on the context, but for those of `all`. */
  recorder: Recorder | undefined;
  /** While there is one, it is told of every answer, but for those of `all`. */
  counting: Counting | undefined;
  readonly #parts: ReaderParts;
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly #captured: readonly Answer[] | undefined;
  #template: Template | undefined;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.#slots = parts.slots;
    this.#captured = parts.captured;
  }

  evaluate(name: string, context: Context | undefined, ambient: Ambient): Resolution {
    const slot = this.#slots.get(name);
    const resolution = slot === undefined ? this.#notFound(name) : this.#ask(slot, context, ambient);
    if (this.counting !== undefined) this.counting.count(name, slot, resolution);
    return resolution;
  }

  isEnabled(name: string, context: Context | undefined, ambient: Ambient): boolean {
    const { value } = this.evaluate(name, context, ambient);
    if (typeof value === "boolean") return value;
    this.#mismatch(name, value, "isEnabled asks boolean flags only; use value or resolveVariant");
    return false;
  }

  resolveVariant(name: string, context: Context | undefined, ambient: Ambient): string | undefined {
    const { variant, value } = this.evaluate(name, context, ambient);
    if (variant === undefined) this.#mismatch(name, value, "it has no variants; use value");
    return variant;
  }

  /** @throws BurgeeError `FLAG_DISABLED`, `FLAG_NOT_FOUND` or `TYPE_MISMATCH` */
  requireEnabled(name: string, context: Context | undefined, ambient: Ambient): void {
    const { value, source, dependency } = this.evaluate(name, context, ambient);
    if (value === true) return;
    const kind = this.#slots.get(name)?.flag.kind;
    if (kind === undefined)
      throw new BurgeeError("FLAG_NOT_FOUND", unknownFlag(name, this.#slots.keys()), { flag: textOf(name) });
    if (kind !== "boolean")
      throw new BurgeeError("TYPE_MISMATCH", `flag "${name}" is ${kind}, and is neither on nor off`, { flag: name });
    const unmet = this.#slots.get(name)?.state.unmet ?? [];
    const what = source === "requirement" && unmet.length > 0 ? `: ${unmet.join(", ")}` : "";
    const why = dependency === undefined ? `${source}${what}` : `${source} "${dependency}"`;
    throw new BurgeeError("FLAG_DISABLED", `flag "${name}" is off (by ${why})`, { flag: name });
  }

  /** A copy of what is the same for everybody, with what depends on the context written over it. */
  all(context: Context): Record<string, unknown> {
    const version = this.#parts.version?.();
    if (this.#template === undefined || this.#template.version !== version)
      this.#template = this.#makeTemplate(version);
    const all = { ...this.#template.values };
    for (const slot of this.#template.open) all[slot.flag.name] = this.#decide(slot, context).value;
    return all;
  }

  #ask(slot: Slot, context: Context | undefined, ambient: Ambient): Resolution {
    const { constant } = this.#answer(slot);
    if (constant !== undefined) return constant;
    const asked = context ?? ambient.current;
    const resolution = this.#decide(slot, asked);
    if (this.recorder !== undefined) this.recorder.record(slot, resolution, asked);
    return resolution;
  }

  #answer(slot: Slot): Answer {
    return this.#captured === undefined ? slot.state : (this.#captured[slot.index] as Answer);
  }

  /** A context can be a proxy, or have getters that throw; whoever evaluates must not notice. */
  #decide(slot: Slot, context: Context): Resolution {
    if (typeof context !== "object") this.#notAContext(slot.flag.name, context);
    try {
      return this.#answer(slot).decide(context);
    } catch (failure) {
      const { name } = slot.flag;
      const message = () => `flag "${name}" cannot be decided for this context: ${messageOf(failure)}`;
      this.#parts.reporter.misuse("INVALID_OPTIONS", name, message);
      return undecided(slot.flag);
    }
  }

  #makeTemplate(version: number | undefined): Template {
    const entries: [string, unknown][] = [];
    const open: Slot[] = [];
    for (const [name, slot] of this.#slots) {
      const { constant } = this.#answer(slot);
      entries.push([name, constant?.value]);
      if (constant === undefined) open.push(slot);
    }
    return { version, values: Object.fromEntries(entries), open };
  }

  #notAContext(name: string, context: unknown): void {
    const message = () =>
      `flag "${name}" was asked about ${show(context)}, which is no context; give an object such as { userId: "u1" }`;
    this.#parts.reporter.misuse("INVALID_OPTIONS", name, message);
  }

  #notFound(name: string): Resolution {
    this.#parts.reporter.misuse("FLAG_NOT_FOUND", textOf(name), () => unknownFlag(name, this.#slots.keys()));
    return NOT_FOUND;
  }

  #mismatch(name: string, value: unknown, help: string): void {
    if (value === undefined && !this.#slots.has(name)) return;
    this.#parts.reporter.misuse("TYPE_MISMATCH", name, () => `flag "${name}" is of another kind: ${help}`);
  }
}
