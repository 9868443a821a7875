import type { AnyRegistry } from "../registry/registry.js";
import type { Context } from "../rules/context.js";
import type { Resolution } from "../rules/resolution.js";
import type { Ambient, Reader } from "./reader.js";

/** The methods of `FlagReader`, for all that can be asked. */
export class Asking {
  readonly registry: AnyRegistry;
  readonly #reader: Reader;
  readonly #ambient: Ambient;

  constructor(registry: AnyRegistry, reader: Reader, ambient: Ambient) {
    this.registry = registry;
    this.#reader = reader;
    this.#ambient = ambient;
  }

  isEnabled(name: string, context?: Context): boolean {
    return this.#reader.isEnabled(name, context, this.#ambient);
  }

  resolveVariant(name: string, context?: Context): string | undefined {
    return this.#reader.resolveVariant(name, context, this.#ambient);
  }

  value(name: string, context?: Context): unknown {
    return this.#reader.evaluate(name, context, this.#ambient).value;
  }

  evaluate(name: string, context?: Context): Resolution {
    return this.#reader.evaluate(name, context, this.#ambient);
  }

  requireEnabled(name: string, context?: Context): void {
    this.#reader.requireEnabled(name, context, this.#ambient);
  }

  getAllFlags(context?: Context): Record<string, unknown> {
    return this.#reader.all(context ?? this.#ambient.current);
  }
}
