import { hostname } from "node:os";
import type { AuditEntry } from "../changes/audit.js";
import { ChangeBus } from "../changes/bus.js";
import { EventHub } from "../changes/event-hub.js";
import { BurgeeError, messageOf, type Problem, problemsError } from "../errors.js";
import type { AnyRegistry, RegisteredFlag, Registry } from "../registry/registry.js";
import { Chain } from "../resolvers/chain.js";
import { type EnvReading, envResolver, variableName } from "../resolvers/env.js";
import { type Environment, readEnvironment } from "../resolvers/environment.js";
import { overridesResolver } from "../resolvers/overrides.js";
import { isOff } from "../resolvers/resolutions.js";
import type { Resolver } from "../resolvers/resolver.js";
import { rolloutResolver } from "../resolvers/rollout.js";
import { OverrideTable } from "../store/overrides.js";
import { AmbientContext } from "./ambient.js";
import { BUILT_IN_STEPS, checkOptions } from "./check-options.js";
import { Commands } from "./commands.js";
import { Engine } from "./engine.js";
import type { Flags, FlagsEvents } from "./flags.js";
import { FlagsInstance } from "./instance.js";
import { Lifecycle } from "./lifecycle.js";
import { chooseLogger } from "./logger.js";
import { openAudit } from "./open-audit.js";
import type { FlagsOptions } from "./options.js";
import { environmentName, ProfileSource, profileOptions } from "./profile-source.js";
import { Reloader } from "./reloader.js";
import { Reporter } from "./reporter.js";
import { Requirements } from "./requirements.js";
import { type FlagState, StateTable } from "./state.js";

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
  checkOptions(options);
  // The types of `Flags<T>` are worked out from the registry; at run time there is one class for all.
  return assemble(registry, copyOptions(options)) as unknown as Flags<T>;
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

  const onError = (error: BurgeeError) => reporter.error(error);
  const { audit, sinks } = openAudit(options, reporter, outside);
  const written = (entry: AuditEntry) => {
    for (const sink of sinks) sink.append(entry);
    hub.emit("audit", entry);
  };
  const bus = new ChangeBus({ onError, outside });
  const engine = new Engine({
    ...{ registry, chain, overrides, requirements, table, reporter, bus, audit, ambient, clock, written },
    environmentName: environmentName(options, environment),
  });
  const commands = new Commands(engine, options.readOnly === true);
  const accepted = (source: string, changed: readonly string[]) => hub.emit("reload", { source, changed, at: clock() });
  const reloader = new Reloader({ engine, profile: sources.profile, accepted });
  const { watch } = profileOptions(options);
  const lifecycle = new Lifecycle({
    ...{ chain, commands, reloader, reporter, sinks },
    watch: () => (watch ? reloader.watch(watch === true ? {} : watch) : undefined),
    announceReady: () => hub.emit("ready", { at: clock() }),
    disconnect: follow(chain.steps, engine),
  });
  const readsVariables = sources.env !== undefined && steps.some(({ name }) => name === "env");
  const variableOf = (flag: RegisteredFlag) => (readsVariables ? variableName(flag, sources.prefix) : undefined);
  announce(engine, registry);
  reporter.started();
  lifecycle.start();
  return new FlagsInstance({ engine, commands, reloader, lifecycle, hub, variableOf });
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
    env: env?.resolver,
    profile: profile?.resolver,
    overrides: overridesResolver(overrides),
    rollout: rolloutResolver,
  };
  return resolvers
    .map((step) => (typeof step === "string" ? builtIn[step] : step))
    .filter((step) => step !== undefined);
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
  for (const problem of [...problems, ...(env?.warnings ?? []), ...(profile?.warnings ?? [])])
    reporter.tolerated(problem);
}

function unmetProblem(flag: RegisteredFlag, { unmet }: FlagState, chain: Chain): Problem {
  const place = chain.layers(flag).find(({ prepared }) => prepared !== undefined)?.prepared?.place;
  return {
    code: "REQUIREMENT_UNMET",
    flag: flag.name,
    place,
    message: `flag "${flag.name}" requires ${unmet.join(", ")}; set the variables, or turn it off`,
  };
}

/** Prepares flags anew when a resolver says that its data changed. Gives how to stop. */
function follow(steps: readonly Resolver[], engine: Engine): () => void {
  const { registry, reporter } = engine.parts;
  const stops = steps.map((step) => {
    const changed = (names: readonly string[] = registry.names) => {
      const touched = names.map((name) => registry.flags.get(name)).filter((flag) => flag !== undefined);
      engine.commit(touched, { action: "reload" }, { source: step.name }, "resolver");
    };
    try {
      return step.onChange?.(changed);
    } catch (cause) {
      const message = `resolver "${step.name}" cannot be followed: ${messageOf(cause)}`;
      reporter.error(new BurgeeError("RESOLVER_FAILED", message, { cause }));
      return undefined;
    }
  });
  return () => {
    for (const stop of stops) stop?.();
  };
}

/** Says once what every flag is, and what should be otherwise. */
function announce(engine: Engine, registry: AnyRegistry): void {
  const { reporter, table, ambient, clock } = engine.parts;
  const values: [string, unknown][] = [];
  const today = new Date(clock()).toISOString().slice(0, 10);
  for (const { flag, state } of table.slots.values()) {
    const { name, definition } = flag;
    const answer = state.constant ?? state.decide(ambient.current);
    values.push([name, answer.value]);
    engine.warnHeld(flag);
    if (definition.status === "frozen" && !isOff(flag, answer.value))
      reporter.warn(`flag "${name}" is frozen, and is turned on all the same`, { flag: name });
    if (definition.expires !== undefined && definition.expires < today) {
      reporter.warn(`flag "${name}" expired on ${definition.expires}; take it out of the code`, { flag: name });
    }
  }
  reporter.logger.info({ flags: Object.fromEntries(values) }, "feature flags");
  engine.warnUnexpected(registry.flags.values());
}
