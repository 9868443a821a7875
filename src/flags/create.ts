import { hostname } from "node:os";
import type { AuditEntry } from "../changes/audit.js";
import { ChangeBus } from "../changes/bus.js";
import { EventHub } from "../changes/event-hub.js";
import type { SinkQueue } from "../changes/sink-queue.js";
import { BurgeeError, messageOf } from "../errors.js";
import type { AnyRegistry, RegisteredFlag, Registry } from "../registry/registry.js";
import { Chain } from "../resolvers/chain.js";
import { variableName } from "../resolvers/env.js";
import type { Environment } from "../resolvers/environment.js";
import { RememberedResolver } from "../resolvers/remembered.js";
import { OverrideTable } from "../store/overrides.js";
import { AmbientContext } from "./ambient.js";
import { announce } from "./announce.js";
import { checkOptions } from "./check-options.js";
import { type Clock, clockOf } from "./clock.js";
import { Commands } from "./commands.js";
import { Engine } from "./engine.js";
import { Exposures } from "./exposures.js";
import type { Flags, FlagsEvents } from "./flags.js";
import { follow } from "./follow.js";
import { FlagsInstance } from "./instance.js";
import { Lifecycle } from "./lifecycle.js";
import { chooseLogger, isLogLevel, LOG_LEVELS } from "./logger.js";
import { openAudit } from "./open-audit.js";
import type { FlagsOptions } from "./options.js";
import { environmentName, profileOptions } from "./profile-source.js";
import { Reloader } from "./reloader.js";
import { Reporter } from "./reporter.js";
import { Requirements } from "./requirements.js";
import { Scheduler } from "./scheduler.js";
import { ServiceList } from "./service-list.js";
import { chooseSteps, readSources, type Sources } from "./sources.js";
import { refuseOrTolerate } from "./start-check.js";
import { StateTable } from "./state.js";

/**
 * Makes the object that an application holds: reads environment and profile, checks everything, and answers from the
 * next line on.
 *
 * @throws BurgeeError `INVALID_OPTIONS`; `INVALID_CONFIGURATION`, listing every problem with its place: values that
 * cannot be read, unknown flags, unmet requirements, a profile that does not exist
 *
 * @example
 * const flags = createFlags(registry, {
 *   env: { prefix: "VICTOR_FEATURE_", files: [".env"] },
 *   profile: { path: "profiles.yaml", name: "staging", watch: true },
 * });
 * flags.isEnabled("new_checkout", { userId: "u1" });
 */
export function createFlags<T>(registry: Registry<T>, options: FlagsOptions = {}): Flags<T> {
  if (!((registry as Partial<typeof registry> | null)?.flags instanceof Map))
    throw new BurgeeError("INVALID_OPTIONS", "createFlags needs a registry first: what defineFlags gives");
  checkOptions(options, registry);
  // The types of `Flags<T>` are worked out from the registry; at run time there is one class for all.
  return assemble(registry, copyOptions(options)) as unknown as Flags<T>;
}

/** A level that pino does not know would be no level at all. */
function warnOfLogLevel({ logger }: FlagsOptions, environment: Environment, reporter: Reporter): void {
  const level = environment.get("LOG_LEVEL");
  const asked = logger === undefined || logger === true;
  if (!asked || level === undefined || isLogLevel(level)) return;
  reporter.warn(`${environment.place("LOG_LEVEL")}: is no level; there are ${LOG_LEVELS.join(", ")}`);
}

function copyOptions(options: FlagsOptions): FlagsOptions {
  const copy = <O>(value: O): O => (typeof value === "object" && value !== null ? Object.freeze({ ...value }) : value);
  return Object.freeze({
    ...options,
    env: copy(options.env),
    profile: copy(
      typeof options.profile === "object"
        ? { ...options.profile, watch: copy(options.profile.watch) }
        : options.profile,
    ),
    audit: copy(options.audit),
    exposures: copy(options.exposures),
    context: copy(options.context),
  });
}

function assemble(registry: AnyRegistry, options: FlagsOptions): FlagsInstance {
  const time = clockOf(options.clock);
  const clock = () => time.now();
  const sources = readSources(registry, options);
  const { environment } = sources;
  const logger = chooseLogger(options.logger, environment.get("LOG_LEVEL"));
  const base = options.context ?? {};
  const ambient = new AmbientContext(base);
  const outside = (fn: () => void) => ambient.outside(fn);
  const wake: Clock["wake"] = (at, ring) => time.wake(at, () => outside(ring));
  const hub = new EventHub<FlagsEvents>({
    outside,
    onError: (error) => reporter.error(error),
    lastResort: (error) => logger.error({ code: error.code }, error.message),
  });
  const reporter: Reporter = new Reporter(logger, clock, (error) => hub.emit("error", error));
  warnOfLogLevel(options, environment, reporter);
  const overrides = new OverrideTable();
  const requirements = new Requirements(environment);
  const { groups, bucketings } = sources.known;
  const instance = options.instance ?? (typeof base.instance === "string" ? base.instance : hostname());
  const scope = { base, instance, groups, bucketings };
  const steps = chooseSteps(options, sources, overrides);
  const chain = new Chain(steps, scope, (step, flag, failure) => reporter.resolverFailed(step, flag, failure));
  const onUnmet = (flag: RegisteredFlag, unmet: readonly string[]) => reporter.unmet(flag, unmet);
  const table = new StateTable(registry.flags, { chain, overrides, requirements, onUnmet, clock });
  refuseOrTolerate({ sources, table, chain, overrides, reporter }, options);

  const { audit, sinks } = openAudit(options, reporter, outside);
  try {
    const written = inOrder((entry: AuditEntry) => {
      for (const sink of sinks) sink.append(entry);
      hub.emit("audit", entry);
    });
    const bus = new ChangeBus({ onError: (error) => reporter.error(error), outside });
    const step = (due: readonly RegisteredFlag[]) => {
      const flag = due.length === 1 ? due[0]?.name : undefined;
      engine.commit(due, { action: "schedule", flag }, { source: "schedule" }, "schedule");
    };
    const onError = (cause: unknown) =>
      reporter.error(new BurgeeError("INVALID_OPTIONS", `\`clock.wake\` threw: ${messageOf(cause)}`, { cause }));
    const scheduler = new Scheduler({ table, clock, wake, step, onError });
    const engine: Engine = new Engine({
      ...{ registry, chain, overrides, requirements, table, reporter, bus, audit, ambient, written },
      ...{ clock, wake, scheduler },
      environmentName: environmentName(options, environment),
    });
    return wire(engine, sources, sinks, hub, options);
  } catch (failure) {
    // Nobody will close what was opened: the audit file would stay locked.
    for (const sink of sinks) void sink.close();
    throw failure;
  }
}

/** Connects what acts: commands, reloads, timers, resolvers. */
function wire(
  engine: Engine,
  sources: Sources,
  sinks: readonly SinkQueue<AuditEntry>[],
  hub: EventHub<FlagsEvents>,
  options: FlagsOptions,
): FlagsInstance {
  const { chain, table, ambient, reporter, clock, scheduler, registry } = engine.parts;
  const resolvers = chain.steps.filter((step) => step instanceof RememberedResolver);
  const commands = new Commands(engine, options.readOnly === true);
  const followed = follow(options.readOnly === true ? [] : resolvers, engine);
  const accepted = (source: string, changed: readonly string[]) => hub.emit("reload", { source, changed, at: clock() });
  const { hold } = followed;
  const reloader = new Reloader({ engine, profile: sources.profile, resolvers, hold, accepted });
  const { watch } = profileOptions(options);
  const outside = (fn: () => void) => ambient.outside(fn);
  const exposures = new Exposures({ slots: table.slots, reporter, now: clock, outside }, options.exposures);
  const services = new ServiceList();
  const lifecycle = new Lifecycle({
    ...{ resolvers: resolvers.map(({ source }) => source), commands, reloader, reporter, sinks, exposures },
    services,
    watch: () => (watch ? reloader.watch(watch === true ? {} : watch) : undefined),
    announceReady: () => hub.emit("ready", { at: clock() }),
    disconnect: () => {
      followed.stop();
      scheduler.close();
    },
  });
  const readsVariables = chain.steps.some(({ name }) => name === "env");
  const variableOf = (flag: RegisteredFlag) => (readsVariables ? variableName(flag, sources.prefix) : undefined);
  announce(engine, registry);
  scheduler.arm();
  reporter.started();
  lifecycle.start();
  return new FlagsInstance({ engine, commands, reloader, lifecycle, hub, exposures, services, variableOf });
}

/** One thing after the other: what is handed over meanwhile waits. */
function inOrder<T>(handle: (thing: T) => void): (thing: T) => void {
  const waiting: T[] = [];
  return (thing) => {
    if (waiting.push(thing) > 1) return;
    // The loop also reaches what is handed over while it runs.
    for (const next of waiting) handle(next);
    waiting.length = 0;
  };
}
