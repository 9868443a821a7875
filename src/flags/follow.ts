import { BurgeeError, messageOf } from "../errors.js";
import type { RememberedResolver } from "../resolvers/remembered.js";
import type { Engine } from "./engine.js";

/** Told that a resolver's data changed, for the flags of these names. */
export type Heard = (resolver: RememberedResolver, names: readonly string[]) => void;

/** Which resolvers said that their data changed, each with the names of the flags. */
export type Said = ReadonlyMap<RememberedResolver, ReadonlySet<string>>;

/**
 * Has what resolvers that can reload say handed over instead of carried out. Gives how to end that, with what is to be
 * carried out after all.
 */
export type Hold = (heard: Heard) => (late: Said) => void;

/** Listening to resolvers. */
export interface Followed {
  readonly hold: Hold;
  readonly stop: () => void;
}

/** Prepares flags anew when a resolver says that its data changed. */
export function follow(resolvers: readonly RememberedResolver[], engine: Engine): Followed {
  const { registry, reporter } = engine.parts;
  const failed = (name: string, what: string, cause: unknown) => {
    const message = `resolver "${name}" ${what}: ${messageOf(cause)}`;
    reporter.error(new BurgeeError("RESOLVER_FAILED", message, { cause }));
  };
  let listening = true;
  let held: Heard | undefined;
  const carryOut: Heard = (resolver, names) => {
    if (!listening) return;
    engine.parts.scheduler.catchUp();
    resolver.forget(names);
    const touched = names.map((name) => registry.flags.get(name)).filter((flag) => flag !== undefined);
    engine.commit(touched, { action: "reload" }, { source: resolver.name }, "resolver");
  };
  const stops = resolvers.map((resolver) => {
    const changed = (names: readonly string[] = registry.names) => {
      if (held !== undefined && resolver.source.reload !== undefined) held(resolver, names);
      else carryOut(resolver, names);
    };
    try {
      return { name: resolver.name, stop: resolver.source.onChange?.(changed) };
    } catch (cause) {
      failed(resolver.name, "cannot be followed", cause);
      return { name: resolver.name, stop: undefined };
    }
  });
  return {
    hold: (heard) => {
      held = heard;
      return (late) => {
        held = undefined;
        for (const [resolver, names] of late) carryOut(resolver, [...names]);
      };
    },
    stop: () => {
      listening = false;
      for (const { name, stop } of stops) {
        try {
          if (typeof stop === "function") stop();
        } catch (cause) {
          failed(name, "cannot be let go", cause);
        }
      }
    },
  };
}
