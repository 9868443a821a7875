import type { RegisteredFlag } from "../registry/registry.js";
import { variableName } from "../resolvers/env.js";
import { RememberedResolver } from "../resolvers/remembered.js";
import { announce } from "./announce.js";
import { Doorkeeper } from "./doorkeeper.js";
import { Exposures } from "./exposures.js";
import { follow } from "./follow.js";
import type { Foundation } from "./foundation.js";
import type { InstanceParts } from "./instance.js";
import { Lifecycle, type Linked } from "./lifecycle.js";
import { Lifting } from "./lifting.js";
import { profileOptions } from "./profile-source.js";
import { Reloader } from "./reloader.js";
import { ServiceList } from "./service-list.js";

/** What else acts, by where what is set lives. */
export interface Wiring<P extends Partial<InstanceParts>> {
  readonly parts: P;
  /** What goes on with a store. */
  readonly link?: Linked;
  /** Called when `close()` is. */
  readonly closed?: () => void;
}

/** What commands are made of. */
export interface Acting {
  readonly door: Doorkeeper;
  readonly lifting: Lifting;
}

/** Connects what acts: commands, reloads, timers, resolvers. Starts it. */
export function wire<P extends Pick<InstanceParts, "standing">>(
  { engine, sources, sinks, hub, options, outside }: Foundation,
  act: (acting: Acting) => Wiring<P>,
): InstanceParts & P {
  const { chain, table, reporter, clock, scheduler, registry } = engine.parts;
  const isReadOnly = options.readOnly === true;
  const door = new Doorkeeper(scheduler, isReadOnly);
  const lifting = new Lifting(engine);
  const { parts, link, closed } = act({ door, lifting });
  const resolvers = chain.steps.filter((step) => step instanceof RememberedResolver);
  const followed = follow(isReadOnly ? [] : resolvers, engine);
  const accepted = (source: string, changed: readonly string[]) => hub.emit("reload", { source, changed, at: clock() });
  const reloader = new Reloader({ engine, profile: sources.profile, resolvers, hold: followed.hold, accepted });
  const { watch } = profileOptions(options);
  const exposures = new Exposures({ slots: table.slots, reporter, now: clock, outside }, options.exposures);
  const services = new ServiceList();
  const lifecycle = new Lifecycle({
    ...{ resolvers: resolvers.map(({ source }) => source), reloader, reporter, sinks, exposures, services, link },
    watch: () => (watch ? reloader.watch(watch === true ? {} : watch) : undefined),
    announceReady: () => hub.emit("ready", { at: clock() }),
    disconnect: () => {
      door.close();
      lifting.close();
      followed.stop();
      scheduler.close();
      closed?.();
    },
  });
  const readsVariables = chain.steps.some(({ name }) => name === "env");
  const variableOf = (flag: RegisteredFlag) => (readsVariables ? variableName(flag, sources.prefix) : undefined);
  announce(engine, registry);
  scheduler.arm();
  reporter.started();
  lifecycle.start();
  return { engine, door, reloader, lifecycle, hub, exposures, services, variableOf, ...parts };
}
