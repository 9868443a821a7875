import type { AnyRegistry } from "../registry/registry.js";
import type { Context } from "../rules/context.js";
import type { Resolution } from "../rules/resolution.js";
import { Reader } from "./reader.js";
import type { Reporter } from "./reporter.js";
import type { FlagState, Slot } from "./state.js";

/** One consistent view of all flags for one context. Prepared answers are never changed, so keeping them is enough. */
export class SnapshotView {
  readonly registry: AnyRegistry;
  readonly context: Context;
  readonly #reader: Reader;

  constructor(
    registry: AnyRegistry,
    slots: ReadonlyMap<string, Slot>,
    captured: readonly FlagState[],
    reporter: Reporter,
    context: Context,
  ) {
    this.registry = registry;
    this.context = Object.freeze({ ...context });
    this.#reader = new Reader({ slots, captured, reporter, ambient: { current: this.context } });
    Object.freeze(this);
  }

  isEnabled(name: string, context?: Context): boolean {
    return this.#reader.isEnabled(name, context);
  }

  resolveVariant(name: string, context?: Context): string | undefined {
    return this.#reader.resolveVariant(name, context);
  }

  value(name: string, context?: Context): unknown {
    return this.#reader.evaluate(name, context).value;
  }

  evaluate(name: string, context?: Context): Resolution {
    return this.#reader.evaluate(name, context);
  }

  requireEnabled(name: string, context?: Context): void {
    this.#reader.requireEnabled(name, context);
  }

  getAllFlags(context?: Context): Record<string, unknown> {
    return this.#reader.all(context);
  }
}
