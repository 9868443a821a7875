import { BurgeeError, messageOf } from "../errors.js";
import { show } from "../registry/value.js";
import type { Context } from "../rules/context.js";
import { didYouMean } from "../rules/nearest.js";
import type { Resolution } from "../rules/resolution.js";
import type { Reporter } from "./reporter.js";
import type { Answer, Slot } from "./state.js";

/** Where a reader finds what it needs. */
export interface ReaderParts {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly reporter: Reporter;
  /** Captured answers by the index of their slot; the present ones unless given. */
  readonly captured?: readonly Answer[];
  /** The context of whoever gives none. */
  readonly ambient: { readonly current: Context };
}

/** The answer about a flag that does not exist. */
const NOT_FOUND: Resolution = Object.freeze({
  value: undefined,
  reason: "ERROR",
  source: "default",
  errorCode: "FLAG_NOT_FOUND",
});

/** Asking by name over prepared answers. Never throws; what untyped code asks wrongly is reported once and answered with off. */
export class Reader {
  readonly #parts: ReaderParts;
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly #captured: readonly Answer[] | undefined;
  #template: { readonly values: Record<string, unknown>; readonly open: readonly Slot[] } | undefined;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.#slots = parts.slots;
    this.#captured = parts.captured;
  }

  evaluate(name: string, context: Context | undefined): Resolution {
    const slot = this.#slots.get(name);
    if (slot === undefined) return this.#notFound(name);
    return this.#answer(slot).constant ?? this.#decide(slot, context ?? this.#parts.ambient.current);
  }

  isEnabled(name: string, context: Context | undefined): boolean {
    const { value } = this.evaluate(name, context);
    if (typeof value === "boolean") return value;
    this.#mismatch(name, value, "isEnabled asks boolean flags only; use value or resolveVariant");
    return false;
  }

  resolveVariant(name: string, context: Context | undefined): string | undefined {
    const { variant, value } = this.evaluate(name, context);
    if (variant === undefined) this.#mismatch(name, value, "it has no variants; use value");
    return variant;
  }

  /** @throws BurgeeError `FLAG_DISABLED`, `FLAG_NOT_FOUND` or `TYPE_MISMATCH` */
  requireEnabled(name: string, context: Context | undefined): void {
    const { value, source, dependency } = this.evaluate(name, context);
    if (value === true) return;
    const kind = this.#slots.get(name)?.flag.kind;
    if (kind === undefined)
      throw new BurgeeError("FLAG_NOT_FOUND", unknownFlag(name, this.#slots.keys()), { flag: textOf(name) });
    if (kind !== "boolean")
      throw new BurgeeError("TYPE_MISMATCH", `flag "${name}" is ${kind}, and is neither on nor off`, { flag: name });
    const why = dependency === undefined ? source : `${source} "${dependency}"`;
    throw new BurgeeError("FLAG_DISABLED", `flag "${name}" is off (by ${why})`, { flag: name });
  }

  /** A copy of what is the same for everybody, with what depends on the context written over it. */
  all(context: Context = this.#parts.ambient.current): Record<string, unknown> {
    this.#template ??= this.#makeTemplate();
    const all = { ...this.#template.values };
    for (const slot of this.#template.open) all[slot.flag.name] = this.#decide(slot, context).value;
    return all;
  }

  /** To be called when answers have been replaced. */
  changed(): void {
    this.#template = undefined;
  }

  #answer(slot: Slot): Answer {
    return this.#captured === undefined ? slot.state : (this.#captured[slot.index] as Answer);
  }

  /** A context can be a proxy, or have getters that throw; whoever evaluates must not notice. */
  #decide(slot: Slot, context: Context): Resolution {
    try {
      return this.#answer(slot).decide(context);
    } catch (failure) {
      const { name, off, values } = slot.flag;
      const message = () => `flag "${name}" cannot be decided, for reading the context threw: ${messageOf(failure)}`;
      this.#parts.reporter.misuse("INVALID_OPTIONS", name, message);
      const variant = values === undefined ? {} : { variant: off as string };
      return Object.freeze({
        value: off,
        ...variant,
        reason: "ERROR",
        source: "default",
        errorCode: "INVALID_OPTIONS",
      });
    }
  }

  #makeTemplate() {
    const entries: [string, unknown][] = [];
    const open: Slot[] = [];
    for (const [name, slot] of this.#slots) {
      const { constant } = this.#answer(slot);
      entries.push([name, constant?.value]);
      if (constant === undefined) open.push(slot);
    }
    return { values: Object.fromEntries(entries), open };
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

function unknownFlag(name: string, names: Iterable<string>): string {
  return `unknown flag "${textOf(name)}"${didYouMean(textOf(name), names)}`;
}

/** Untyped code may ask for anything. */
function textOf(name: unknown): string {
  return typeof name === "string" ? name : show(name);
}
