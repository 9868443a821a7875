import { BurgeeError } from "../errors.js";
import type { AnyRegistry, Registry } from "../registry/registry.js";
import { checkOptions } from "./check-options.js";
import { Commands } from "./commands.js";
import type { Flags } from "./flags.js";
import { onFoundation } from "./foundation.js";
import { LocalFlags } from "./local-instance.js";
import type { CommonOptions, FlagsOptions } from "./options.js";
import { LocalStatus } from "./status.js";
import { storedFlags } from "./stored-assembly.js";
import type { StoredFlags } from "./stored-flags.js";
import type { StoredFlagsOptions } from "./stored-options.js";
import { wire } from "./wire.js";

/**
 * Makes the object that an application holds: reads environment and profile, checks everything, and answers from the
 * next line on. Where it is known at run time only whether there is a store, it is either of the two: `await` each command.
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
 *
 * @example
 * const shared = createFlags(registry, { store: postgresStore({ pool, namespace: "shop" }) });
 * await shared.ready();
 * await shared.setFlag("new_checkout", true, { actor: "ana" });
 */
export function createFlags<T>(registry: Registry<T>, options: StoredFlagsOptions): StoredFlags<T>;
export function createFlags<T>(registry: Registry<T>, options?: FlagsOptions): Flags<T>;
export function createFlags<T>(
  registry: Registry<T>,
  options: FlagsOptions | StoredFlagsOptions,
): Flags<T> | StoredFlags<T>;
export function createFlags(registry: AnyRegistry, options: FlagsOptions | StoredFlagsOptions = {}): unknown {
  if (!((registry as Partial<AnyRegistry> | null)?.flags instanceof Map))
    throw new BurgeeError("INVALID_OPTIONS", "createFlags needs a registry first: what defineFlags gives");
  checkOptions(options, registry);
  // The types of both are worked out from the registry; at run time there is one class for each.
  return options.store === undefined
    ? localFlags(registry, copyOptions(options))
    : storedFlags(
        registry,
        copyOptions({ ...options, usage: copy(options.usage), retention: copy(options.retention) }),
      );
}

function copyOptions<O extends CommonOptions>(options: O): O {
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

function copy<O>(value: O): O {
  return typeof value === "object" && value !== null ? Object.freeze({ ...value }) : value;
}

/** Flags whose overrides and kill switches live in this process. */
function localFlags(registry: AnyRegistry, options: CommonOptions): LocalFlags {
  return onFoundation(
    registry,
    options,
    (emit) => emit(),
    (foundation) => {
      const { engine, hub } = foundation;
      const parts = wire(foundation, ({ door, lifting }) => {
        const standing = new LocalStatus(engine.parts.clock, (status) => hub.emit("status", status));
        const commands = new Commands(engine, door, lifting);
        return { parts: { standing, commands }, closed: () => standing.close() };
      });
      return new LocalFlags(parts);
    },
  );
}
