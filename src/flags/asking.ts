import type { AnyRegistry } from "../registry/registry.js";
import type { Context } from "../rules/context.js";
import type { Resolution } from "../rules/resolution.js";
import type { Reader } from "./reader.js";

/** The methods of `FlagReader`, for all that can be asked. */
export class Asking {
  readonly registry: AnyRegistry;
  readonly #reader: Reader;

  constructor(registry: AnyRegistry, reader: Reader) {
    this.registry = registry;
    this.#reader = reader;
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
