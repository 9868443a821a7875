import type { AnyRegistry } from "../registry/registry.js";
import type { Context } from "../rules/context.js";
import { Asking } from "./asking.js";
import type { Reader } from "./reader.js";

/** One consistent view of all flags for one context: `reader` answers from captured states, for any number of views. */
export class SnapshotView extends Asking {
  readonly context: Context;

  constructor(registry: AnyRegistry, reader: Reader, context: Context) {
    const kept = Object.freeze({ ...context });
    super(registry, reader, { current: kept });
    this.context = kept;
    Object.freeze(this);
  }
}
