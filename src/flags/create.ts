import { hostname } from "node:os";
import type { AuditEntry } from "../changes/audit.js";
import { ChangeBus } from "../changes/bus.js";
import { EventHub } from "../changes/event-hub.js";
import type { SinkQueue } from "../changes/sink-queue.js";
import { BurgeeError, type Problem, problemLine, problemsError } from "../errors.js";
import type { AnyRegistry, RegisteredFlag, Registry } from "../registry/registry.js";
import { Chain } from "../resolvers/chain.js";
import { type EnvReading, envResolver, variableName } from "../resolvers/env.js";
import { type Environment, readEnvironment } from "../resolvers/environment.js";
import { overridesResolver } from "../resolvers/overrides.js";
import { RememberedResolver } from "../resolvers/remembered.js";
import type { Resolver } from "../resolvers/resolver.js";
import { rolloutResolver } from "../resolvers/rollout.js";
import { OverrideTable } from "../store/overrides.js";
import { AmbientContext } from "./ambient.js";
import { announce } from "./announce.js";
import { BUILT_IN_STEPS, checkOptions } from "./check-options.js";
import { Commands } from "./commands.js";
import { Engine } from "./engine.js";
import type { Flags, FlagsEvents } from "./flags.js";
import { follow } from "./follow.js";
import { FlagsInstance } from "./instance.js";
import { Lifecycle } from "./lifecycle.js";
import { chooseLogger, isLogLevel, LOG_LEVELS } from "./logger.js";
import { openAudit } from "./open-audit.js";
import type { FlagsOptions } from "./options.js";
import { environmentName, ProfileSource, profileOptions } from "./profile-source.js";
import { Reloader } from "./reloader.js";
import { Reporter } from "./reporter.js";
import { Requirements } from "./requirements.js";
import { StateTable } from "./state.js";
import { unmetProblem } from "./unmet-problem.js";

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

/** What the configuration says, read once. */
interface Sources {
  readonly environment: Environment;
  readonly prefix: string;
  readonly env: EnvReading | undefined;
  readonly profile: ProfileSource | undefined;
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
    context: copy(options.context),
  });
}

function assemble(registry: AnyRegistry, options: FlagsOptions): FlagsInstance {
  const clock = options.clock ?? Date.now;
  const sources = readSources(registry, options);
  const { environment } = sources;
  const logger = chooseLogger(options.logger, environment.get("LOG_LEVEL"));
  const base = options.context ?? {};
  const ambient = new AmbientContext(base);
  const outside = (fn: () => void) => ambient.outside(fn);
  const hub = new EventHub<FlagsEvents>({
    outside,
    onError: (error) => reporter.error(error),
    lastResort: (error) => logger.error({ code: error.code }, error.message),
  });
  const reporter: Reporter = new Reporter(logger, clock, (error) => hub.emit("error", error));
  warnOfLogLevel(options, environment, reporter);
  const overrides = new OverrideTable();
  const requirements = new Requirements(environment);
  const scope = {
    base,
    instance: options.instance ?? (typeof base.instance === "string" ? base.instance : hostname()),
  };
  const steps = chooseSteps(options, sources, overrides);
  const chain = new Chain(steps, scope, (step, flag, failure) => reporter.resolverFailed(step, flag, failure));
  const onUnmet = (flag: RegisteredFlag, unmet: readonly string[]) => reporter.unmet(flag, unmet);
  const table = new StateTable(registry.flags, { chain, overrides, requirements, onUnmet });
  refuseOrTolerate(sources, table, chain, options, reporter);

  const { audit, sinks } = openAudit(options, reporter, outside);
  try {
    const written = inOrder((entry: AuditEntry) => {
      for (const sink of sinks) sink.append(entry);
      hub.emit("audit", entry);
    });
    const bus = new ChangeBus({ onError: (error) => reporter.error(error), outside });
    const engine = new Engine({
      ...{ registry, chain, overrides, requirements, table, reporter, bus, audit, ambient, clock, written },
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
  sinks: readonly SinkQueue[],
  hub: EventHub<FlagsEvents>,
  options: FlagsOptions,
): FlagsInstance {
  const { chain, reporter, clock, registry } = engine.parts;
  const resolvers = chain.steps.filter((step) => step instanceof RememberedResolver);
  const commands = new Commands(engine, options.readOnly === true);
  const followed = follow(options.readOnly === true ? [] : resolvers, engine);
  const accepted = (source: string, changed: readonly string[]) => hub.emit("reload", { source, changed, at: clock() });
  const { hold } = followed;
  const reloader = new Reloader({ engine, profile: sources.profile, resolvers, hold, accepted });
  const { watch } = profileOptions(options);
  const lifecycle = new Lifecycle({
    ...{ resolvers: resolvers.map(({ source }) => source), commands, reloader, reporter, sinks },
    watch: () => (watch ? reloader.watch(watch === true ? {} : watch) : undefined),
    announceReady: () => hub.emit("ready", { at: clock() }),
    disconnect: followed.stop,
  });
  const readsVariables = chain.steps.some(({ name }) => name === "env");
  const variableOf = (flag: RegisteredFlag) => (readsVariables ? variableName(flag, sources.prefix) : undefined);
  announce(engine, registry);
  reporter.started();
  lifecycle.start();
  return new FlagsInstance({ engine, commands, reloader, lifecycle, hub, variableOf });
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

function readSources(registry: AnyRegistry, options: FlagsOptions): Sources {
  const given = options.env === false ? { files: [] } : (options.env ?? {});
  const environment = readEnvironment({ files: given.files ?? [".env"], variables: given.variables ?? process.env });
  const prefix = given.prefix ?? "FLAG_";
  return {
    environment,
    prefix,
    env: options.env === false ? undefined : envResolver(registry.flags.values(), environment, prefix),
    profile: options.profile === false ? undefined : new ProfileSource(registry, options, environment),
  };
}

function chooseSteps(
  { resolvers = BUILT_IN_STEPS }: FlagsOptions,
  { env, profile }: Sources,
  overrides: OverrideTable,
): Resolver[] {
  const builtIn = {
    env: env && telling(env.resolver, () => env.problems),
    profile: profile && telling(profile.resolver, () => profile.problems),
    overrides: overridesResolver(overrides),
    rollout: rolloutResolver,
  };
  return resolvers
    .map((step) => (typeof step === "string" ? builtIn[step] : new RememberedResolver(step)))
    .filter((step) => step !== undefined);
}

/** A step with entries that could not be read: where the options tolerate that, it has failed for their flags. */
function telling(step: Resolver, problems: () => readonly Problem[]): Resolver {
  return {
    name: step.name,
    prepare(flag) {
      const prepared = step.prepare(flag);
      const problem = prepared === undefined ? problems().find(({ flag: name }) => name === flag.name) : undefined;
      if (problem !== undefined) throw new TypeError(problemLine(problem));
      return prepared;
    },
  };
}

/** One error for everything that is wrong; what the options tolerate is a warning. */
function refuseOrTolerate(
  { environment, env, profile }: Sources,
  table: StateTable,
  chain: Chain,
  { onInvalid }: FlagsOptions,
  reporter: Reporter,
): void {
  const problems: Problem[] = [...environment.problems, ...(env?.problems ?? []), ...(profile?.problems ?? [])];
  for (const { flag, state } of table.slots.values()) {
    if (state.unmet.length > 0) problems.push(unmetProblem(flag, state, chain));
  }
  const refused = onInvalid === "warn" ? problems.filter(({ code }) => code === "INVALID_DEFINITION") : problems;
  if (refused.length > 0) throw problemsError("INVALID_CONFIGURATION", "the flags cannot be created", refused);
  const unmet = problems.filter(({ code }) => code === "REQUIREMENT_UNMET");
  for (const { flag, message } of unmet) reporter.error(new BurgeeError("REQUIREMENT_UNMET", message, { flag }));
  const others = problems.filter(({ code }) => code !== "REQUIREMENT_UNMET");
  for (const problem of [...others, ...(env?.warnings ?? []), ...(profile?.warnings ?? [])])
    reporter.tolerated(problem);
}
