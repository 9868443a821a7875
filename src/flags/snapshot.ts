import type { AnyRegistry } from "../registry/registry.js";
import type { Context } from "../rules/context.js";
import { Asking } from "./asking.js";
import { Reader } from "./reader.js";
import type { Reporter } from "./reporter.js";
import type { FlagState, Slot } from "./state.js";

/** One consistent view of all flags for one context. Prepared answers are never changed, so keeping them is enough. */
export class SnapshotView extends Asking {
  readonly context: Context;

  constructor(
    registry: AnyRegistry,
    slots: ReadonlyMap<string, Slot>,
    captured: readonly FlagState[],
    reporter: Reporter,
    context: Context,
  ) {
    const kept = Object.freeze({ ...context });
    super(registry, new Reader({ slots, captured, reporter, ambient: { current: kept } }));
    this.context = kept;
    Object.freeze(this);
  }
}
