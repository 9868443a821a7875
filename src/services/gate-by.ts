import { isPromise } from "node:util/types";
import { BurgeeError } from "../errors.js";
import { checkCall } from "../flags/check-call.js";
import type { FlagTypeError } from "../registry/flag-type-error.js";
import { isClass, refused, settingsOf } from "./gate-options.js";
import type {
  ChoiceConfigOf,
  ChoicesOf,
  ChosenService,
  FlagToGate,
  Gate,
  GateSettings,
  GatingFlags,
  MethodsOfAll,
  Ready,
  ServiceStart,
  ServiceUse,
  StandsInForAll,
} from "./gate-shape.js";
import { groundOf } from "./ground-of.js";
import { methodNames } from "./methods.js";
import { OpenGate, OpenUse } from "./open-gate.js";
import { ReadyService } from "./ready-service.js";
import { type Factory, RealService } from "./real-service.js";
import { Switchboard } from "./switchboard.js";

/** For each value of the flag a factory, or a ready object that is neither started nor disposed. */
export type ServiceChoices<T, N extends PropertyKey, G> = {
  readonly [V in keyof G]: ((config: ChoiceConfigOf<T, N, V>, start: ServiceStart) => G[V]) | (G[V] & Ready);
};

/** What gives `gateBy` a `service`: a null object, or the names of the methods. */
interface Naming {
  /** Serves while a chosen service starts, and where it cannot. Without one, calls wait for it. */
  readonly off?: object | undefined;
  /** The methods of `service`, where there is no `off`. Each has to give a promise, whatever the choice. */
  readonly methods?: readonly string[] | undefined;
}

/** The same, with a sentence in the place of what does not fit. */
interface Fitting<G, X extends Naming> {
  readonly off?: StandsInForAll<G> | undefined;
  readonly methods?: MethodsOfAll<G, X["methods"]>;
}

/** What is made: with an `off` or with `methods` a whole gate, and else one that has only `use`. */
export type GateBy<S, X extends Naming> = X extends { readonly off: object }
  ? Gate<S>
  : X extends { readonly methods: readonly (infer M)[] }
    ? Gate<Pick<S, M & keyof S>>
    : ServiceUse<S>;

/** A sentence in the place of each choice that the flag does not have. */
type NoOthers<G, V extends string> = {
  readonly [X in Exclude<keyof G, V>]: FlagTypeError<`the flag has no value '${X & string}'`>;
};

/**
 * Lets a flag with named values choose between several services: for each value a factory, or an object that is ready
 * (a null object, say). Each is started and disposed as `gate` does it.
 *
 * With a null object as `off`, that one serves while the chosen service starts and where it cannot. Without one, a call
 * waits for the service, and rejects with `SERVICE_UNAVAILABLE` where that does not run; `methods` names what `service`
 * has then, and without either there is only `use`.
 *
 * @throws BurgeeError `FLAG_NOT_FOUND`, `TYPE_MISMATCH` where the flag has no named values, `INVALID_OPTIONS`, `CLOSED`
 *
 * @example
 * const database = gateBy(flags, "database_type", {
 *   sqlite: async () => new (await import("./sqlite.js")).SqliteStore("app.db"),
 *   postgresql: async (config) => new (await import("./postgresql.js")).PostgresStore(config.DATABASE_URL),
 * });
 * await database.use((store) => store.save("a", 1));
 */
export function gateBy<
  T,
  const N extends string,
  G extends Record<ChoicesOf<T, N>, unknown>,
  const X extends Naming = Record<never, never>,
>(
  flags: GatingFlags<T>,
  name: N & FlagToGate<T, N, "oneOf" | "experiment", "has no named values; use gate">,
  choices: ServiceChoices<T, N, G> & NoOthers<G, ChoicesOf<T, N>>,
  options?: X & GateSettings<ChosenService<G>> & Fitting<G, X>,
): GateBy<ChosenService<G>, X> {
  // Which of the gates it is, the options say; the types say it as a condition.
  return openGateBy(flags, name, choices, options ?? {}) as GateBy<ChosenService<G>, X>;
}

function openGateBy(
  flags: GatingFlags<unknown>,
  name: string,
  choices: object,
  options: Naming & GateSettings<never>,
): ServiceUse<object> {
  const ground = groundOf(flags, name, "gateBy");
  const { values, kind } = ground.flag;
  if (values === undefined)
    throw new BurgeeError("TYPE_MISMATCH", `flag "${name}" is ${kind}, and has no named values; use gate`, {
      flag: name,
    });
  const settings = settingsOf(options, ["off", "methods"], "gateBy", name);
  const names = namesOf(options);
  checkCall(choices, values, `the choices of flag "${name}"`);
  const reals = new Map<unknown, RealService>();
  const ready = new Map<unknown, ReadyService>();
  for (const choice of values) {
    const given = serviceFor(choice, Reflect.get(choices, choice), name);
    if (typeof given === "object") ready.set(choice, new ReadyService(given, ground));
    else {
      const title = `the service "${settings.name}" for "${choice}"`;
      const hasThen = names.includes("then");
      reals.set(choice, new RealService({ ground, settings, title, choice, factory: given, hasThen }));
    }
  }
  const board = new Switchboard({ ground, name: settings.name, reals, ready, standIn: options.off, several: true });
  const named = options.off !== undefined || options.methods !== undefined;
  return named ? new OpenGate(board, names, options.off) : new OpenUse(board);
}

/** What was given for a choice, where it can be a service. */
function serviceFor(choice: string, given: unknown, name: string): object | Factory {
  const about = (what: string) => refused(`there is ${what} for the value "${choice}" of flag "${name}"; ${WANTED}`);
  if (isPromise(given)) throw about("a promise");
  if (typeof given === "object" && given !== null) return given;
  if (typeof given !== "function") throw about("no service");
  if (isClass(given)) throw about("a class");
  return (config, start) => Reflect.apply(given, undefined, [config, start]);
}

const WANTED = "give a function that makes the service, or an object that is one";

/** The methods of `service`. */
function namesOf({ off, methods = [] }: Naming): readonly PropertyKey[] {
  if (off !== undefined && (typeof off !== "object" || off === null)) throw refused("`off` must be an object");
  if (!Array.isArray(methods) || methods.some((method) => typeof method !== "string"))
    throw refused("`methods` must be a list of names");
  if (off !== undefined && methods.length > 0) throw refused("`methods` are those of `off`; leave one of them out");
  return off === undefined ? [...new Set(methods)] : methodNames(off);
}
