import { BurgeeError, messageOf } from "../errors.js";
import type { RememberedResolver } from "../resolvers/remembered.js";
import type { Engine } from "./engine.js";

/** Listening to resolvers. */
export interface Followed {
  /** While it holds, what resolvers that can reload say is part of that reload, accepted or taken back with it. */
  readonly hold: (waiting: boolean) => void;
  readonly stop: () => void;
}

/** Prepares flags anew when a resolver says that its data changed; holds that back during a reload. */
export function follow(resolvers: readonly RememberedResolver[], engine: Engine): Followed {
  const { registry, reporter } = engine.parts;
  const failed = (name: string, what: string, cause: unknown) => {
    const message = `resolver "${name}" ${what}: ${messageOf(cause)}`;
    reporter.error(new BurgeeError("RESOLVER_FAILED", message, { cause }));
  };
  let listening = true;
  let waiting = false;
  const stops = resolvers.map((resolver) => {
    const changed = (names: readonly string[] = registry.names) => {
      // What a resolver says while it reloads belongs to that reload.
      if (!listening || (waiting && resolver.source.reload !== undefined)) return;
      engine.parts.scheduler.catchUp();
      resolver.forget(names);
      const touched = names.map((name) => registry.flags.get(name)).filter((flag) => flag !== undefined);
      engine.commit(touched, { action: "reload" }, { source: resolver.name }, "resolver");
    };
    try {
      return { name: resolver.name, stop: resolver.source.onChange?.(changed) };
    } catch (cause) {
      failed(resolver.name, "cannot be followed", cause);
      return { name: resolver.name, stop: undefined };
    }
  });
  return {
    hold: (hold) => {
      waiting = hold;
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
