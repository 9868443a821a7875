import { hostname } from "node:os";
import type { AuditEntry } from "../changes/audit.js";
import { ChangeBus } from "../changes/bus.js";
import { EventHub } from "../changes/event-hub.js";
import type { SinkQueue } from "../changes/sink-queue.js";
import { BurgeeError, messageOf } from "../errors.js";
import type { AnyRegistry, RegisteredFlag } from "../registry/registry.js";
import { Chain } from "../resolvers/chain.js";
import type { Environment } from "../resolvers/environment.js";
import { OverrideTable } from "../store/overrides.js";
import { AmbientContext } from "./ambient.js";
import { type Clock, clockOf } from "./clock.js";
import { Engine } from "./engine.js";
import type { FlagsEvents } from "./flags-base.js";
import { chooseLogger, isLogLevel, LOG_LEVELS } from "./logger.js";
import { openAudit } from "./open-audit.js";
import type { CommonOptions } from "./options.js";
import { environmentName } from "./profile-source.js";
import { Reporter } from "./reporter.js";
import { Requirements } from "./requirements.js";
import { Scheduler } from "./scheduler.js";
import { chooseSteps, readSources, type Sources } from "./sources.js";
import { refuseOrTolerate } from "./start-check.js";
import { StateTable } from "./state.js";

/** Everything that answers, before there is anything that acts. */
export interface Foundation {
  readonly engine: Engine;
  readonly sources: Sources;
  readonly sinks: readonly SinkQueue<AuditEntry>[];
  readonly hub: EventHub<FlagsEvents>;
  readonly options: CommonOptions;
  /** What `by: "instance"` hashes, and who writes to a store. */
  readonly instance: string;
  /** Runs it outside the ambient context of whoever calls. */
  readonly outside: (run: () => void) => void;
}

/**
 * Lays the foundation, and builds on it.
 *
 * @param tell tells of an event: at once, or later where nobody may run in between
 * @throws BurgeeError `INVALID_CONFIGURATION`, and what `build` throws; nothing is left open then
 */
export function onFoundation<R>(
  registry: AnyRegistry,
  options: CommonOptions,
  tell: (emit: () => void) => void,
  build: (foundation: Foundation) => R,
): R {
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
  const reporter: Reporter = new Reporter(logger, clock, (error) => tell(() => hub.emit("error", error)));
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
      tell(() => hub.emit("audit", entry));
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
    return build({ engine, sources, sinks, hub, options, instance, outside });
  } catch (failure) {
    // Nobody will close what was opened: the audit file would stay locked.
    for (const sink of sinks) void sink.close();
    throw failure;
  }
}

/** A level that pino does not know would be no level at all. */
function warnOfLogLevel({ logger }: CommonOptions, environment: Environment, reporter: Reporter): void {
  const level = environment.get("LOG_LEVEL");
  const asked = logger === undefined || logger === true;
  if (!asked || level === undefined || isLogLevel(level)) return;
  reporter.warn(`${environment.place("LOG_LEVEL")}: is no level; there are ${LOG_LEVELS.join(", ")}`);
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
