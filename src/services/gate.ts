import { BurgeeError } from "../errors.js";
import { isClass, refused, settingsOf } from "./gate-options.js";
import type {
  ConfigOf,
  FlagToGate,
  Gate,
  GateSettings,
  GatingFlags,
  Given,
  ServiceOf,
  ServiceStart,
  StandsIn,
} from "./gate-shape.js";
import { groundOf } from "./ground-of.js";
import { methodNames } from "./methods.js";
import { OpenGate } from "./open-gate.js";
import { ReadyService } from "./ready-service.js";
import { RealService } from "./real-service.js";
import { Switchboard } from "./switchboard.js";

/** A real service, and what stands in for it. */
export interface GateOptions<C, G> extends GateSettings<ServiceOf<Given<G>>> {
  /**
   * Makes the real service, when it is first needed while the flag is on. `config` is what the flag's `requires` made of
   * the environment. Import what is heavy in here.
   */
  readonly on: (config: C, start: ServiceStart) => G;
  /** The null object, which serves while the flag is off, while the real one starts, and where it cannot. */
  readonly off: StandsIn<G>;
}

/** The same for a service whose interface is known, as factories of services have it. */
export interface ServiceGateOptions<C, S> extends GateSettings<S> {
  readonly on: (config: C, start: ServiceStart) => S | Promise<S>;
  readonly off: S;
}

/**
 * Puts a service behind a boolean flag: while the flag is off the null object serves and nothing else is loaded, while it
 * is on the real service does. A call never throws or rejects because of the gate.
 *
 * The real one is started at the first call (or with the flag: `start: "eager"`), kept while the flag is on for anybody,
 * and disposed when its calls in flight have ended: by `[Symbol.asyncDispose]`, else `close`, else `[Symbol.dispose]`.
 * Where the start fails, an `error` event tells of it (`SERVICE_FAILED`), the null object goes on, and it is tried again.
 *
 * @throws BurgeeError `FLAG_NOT_FOUND`, `TYPE_MISMATCH` where the flag is not boolean, `INVALID_OPTIONS`, `CLOSED`
 *
 * @example
 * const completion = gate(flags, "enable_tabby", {
 *   on: async (config) => new (await import("./tabby.js")).Tabby(config.TABBY_URL),
 *   off: nullObject<Completion>({ resolves: { complete: [] } }),
 * });
 * await completion.service.complete("const a =");
 * await completion.for({ userId: "u1" }).complete("const a =");
 */
export function gate<T, const N extends string, G>(
  flags: GatingFlags<T>,
  name: N & FlagToGate<T, N, "boolean", "is not a boolean flag; use gateBy">,
  options: GateOptions<ConfigOf<T, N>, G>,
): Gate<ServiceOf<Given<G>>> {
  // The types above say of these options what those below do, in sentences.
  return serviceGate(flags, name, options as never);
}

/**
 * The same, for factories that know their service and its configuration; whoever calls has to check by
 * `FlagForService` that the flag gives it.
 */
export function serviceGate<C, S extends object>(
  flags: GatingFlags<unknown>,
  name: string,
  options: ServiceGateOptions<C, S>,
): Gate<S> {
  const ground = groundOf(flags, name, "gate");
  if (ground.flag.kind !== "boolean")
    throw new BurgeeError(
      "TYPE_MISMATCH",
      `flag "${name}" is ${ground.flag.kind}, and gate asks boolean flags only; use gateBy`,
      {
        flag: name,
      },
    );
  const settings = settingsOf(options, ["on", "off"], "a gate", name);
  const { on, off } = options;
  if (typeof on !== "function" || isClass(on))
    throw refused("`on` must be a function that makes the service; of a class: `() => new X()`");
  if (typeof off !== "object" || off === null)
    throw refused("`off` must be an object: what serves while the flag is off");
  const names = methodNames(off);
  const real = new RealService({
    ...{ ground, settings, choice: true },
    title: `the service "${settings.name}"`,
    // The flag's type says what its `requires` gives.
    factory: (config, start) => on(config as C, start),
    hasThen: names.includes("then"),
  });
  const board = new Switchboard({
    ...{ ground, name: settings.name, standIn: off, several: false },
    reals: new Map([[true, real]]),
    ready: new Map([[false, new ReadyService(off, ground)]]),
  });
  return new OpenGate<S>(board, names, off);
}
