import { BurgeeError } from "../errors.js";
import type { GateGround } from "../flags/gate-ground.js";
import type { ListedService } from "../flags/service-list.js";
import type { ChoiceStatus, ServiceCondition, ServiceState, ServiceStatus } from "../flags/service-status.js";
import type { Context } from "../rules/context.js";
import type { Life } from "./life.js";
import { methodOf } from "./methods.js";
import type { ReadyService } from "./ready-service.js";
import type { RealService } from "./real-service.js";

interface SwitchboardParts {
  readonly ground: GateGround;
  readonly name: string;
  /** The services that are started and stopped, by the flag's choice. */
  readonly reals: ReadonlyMap<unknown, RealService>;
  /** Those that are just there. */
  readonly ready: ReadonlyMap<unknown, ReadyService>;
  /** Serves where a chosen service does not; calls wait for that one where there is none. */
  readonly standIn: object | undefined;
  /** Whether the status tells of every choice by itself. */
  readonly several: boolean;
}

/** Which service a call goes to: one that is just there, or a real one with its calls in flight. */
type Chosen = { readonly service: object; readonly life?: Life };

type Call = (service: object) => unknown;

/** Connects each call with the service that the flag gives to its context, and has services follow the flag. */
export class Switchboard implements ListedService {
  readonly #parts: SwitchboardParts;
  readonly #ground: GateGround;
  #version = -1;
  #settled: object | undefined;
  #stopListening: () => void;
  #isClosed = false;
  #closed: Promise<void> | undefined;

  /** @throws BurgeeError `CLOSED` */
  constructor(parts: SwitchboardParts) {
    this.#parts = parts;
    this.#ground = parts.ground;
    parts.ground.services.add(this);
    this.#stopListening = parts.ground.onChange(() => this.#follow());
    this.#follow();
  }

  /**
   * What every call goes to at this moment, where that is one object for everybody which is just there. Costs a
   * comparison while no flag changes.
   */
  settled(): object | undefined {
    if (this.#version !== this.#ground.version) this.#follow();
    return this.#settled;
  }

  /** Makes a call of a method where `settled` gave nothing. Throws and rejects only with what the service does. */
  call(name: PropertyKey, input: readonly unknown[], context: Context | undefined): unknown {
    return this.run((service) => {
      const method = methodOf(service, name);
      if (method !== undefined) return Reflect.apply(method, service, input);
      const { standIn } = this.#parts;
      const other = standIn && methodOf(standIn, name);
      if (other !== undefined) return Reflect.apply(other, standIn, input);
      return Promise.reject(this.#unavailable(`has no method "${String(name)}"`));
    }, context);
  }

  /** Runs something with the service that the context is given; waits for that one where nothing stands in. */
  run(call: Call, context: Context | undefined): unknown {
    const settled = this.settled();
    if (settled !== undefined) return call(settled);
    if (this.#isClosed) return Promise.reject(this.#unavailable("was closed"));
    const choice = this.#ground.choice(context);
    const chosen = this.#chosen(choice);
    if (chosen === undefined) return this.#later(call, context, choice);
    const { service, life } = chosen;
    return life === undefined ? call(service) : life.during(() => call(service));
  }

  async ready(): Promise<void> {
    this.settled();
    const wanted = [...this.#parts.reals.values()].filter(({ state }) => state !== "disabled");
    await Promise.all(wanted.map((real) => real.ready()));
  }

  status(): ServiceStatus {
    this.settled();
    const { name, ground, reals, ready, several } = this.#parts;
    const own = [...reals].map(([choice, real]) => ({ choice: String(choice), ...real.condition() }));
    const about = { name, flag: ground.flag.name };
    if (!several) {
      const { choice: _, ...condition } = own[0] as ChoiceStatus;
      return Object.freeze({ ...about, ...condition });
    }
    const others = [...ready].map(([choice, there]) => ({ choice: String(choice), ...there.condition() }));
    const choices = [...own, ...others].map((choice) => Object.freeze(choice));
    return Object.freeze({ ...about, ...together(choices), choices: Object.freeze(choices) });
  }

  async check(timeoutMs: number): Promise<void> {
    this.settled();
    await Promise.all([...this.#parts.reals.values()].map((real) => real.check(timeoutMs)));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { reals, ready, standIn } = this.#parts;
    // First of all: whatever runs meanwhile may ask this gate.
    this.#isClosed = true;
    this.#stopListening();
    // Nothing is followed from now on: this stays as it is for good.
    this.#settled = standIn;
    for (const service of [...reals.values(), ...ready.values()]) service.want(false);
    await Promise.all([...reals.values()].map((real) => real.ended()));
    this.#ground.services.remove(this);
  }

  /** Starts and stops what the flag makes possible and impossible. */
  #follow(): void {
    const { version } = this.#ground;
    this.#version = version;
    const { reals, ready } = this.#parts;
    const possible = this.#ground.possible();
    if (this.#isClosed) return;
    this.#settled = possible.length === 1 ? ready.get(possible[0])?.service : undefined;
    for (const wanted of [false, true])
      for (const [choice, service] of [...reals, ...ready]) {
        if (possible.includes(choice) !== wanted) continue;
        service.want(wanted);
        // A factory may change flags; then this has been done anew already.
        if (this.#version !== version || this.#isClosed) return;
      }
  }

  /** The service for this choice, started where it has to be; undefined where it has to be waited for. */
  #chosen(choice: unknown): Chosen | undefined {
    const { reals, ready, standIn } = this.#parts;
    const there = ready.get(choice);
    if (there !== undefined) return there;
    const real = reals.get(choice);
    real?.start();
    const life = real?.life;
    if (life !== undefined) return { service: life.service, life };
    return standIn && { service: standIn };
  }

  /** Waits for the service, and asks anew where the flag gives another one by then. */
  async #later(call: Call, context: Context | undefined, choice: unknown): Promise<unknown> {
    const real = this.#parts.reals.get(choice);
    if (real === undefined || real.state === "disabled")
      throw this.#unavailable(`has no service for "${String(choice)}"`);
    if (real.state === "failing") throw this.#unavailable("does not run", real.error);
    try {
      await real.ready();
    } catch (cause) {
      throw this.#unavailable("does not run", cause);
    }
    const { life } = real;
    return life === undefined ? this.run(call, context) : life.during(() => call(life.service));
  }

  #unavailable(what: string, cause?: unknown): BurgeeError {
    const why = cause instanceof BurgeeError ? `: ${cause.message}` : "";
    const { name, ground } = this.#parts;
    return new BurgeeError("SERVICE_UNAVAILABLE", `the service "${name}" ${what}${why}`, {
      flag: ground.flag.name,
      cause,
    });
  }
}

/** The state of several services that is shown as one: what is most in need of attention, of those that somebody may be given. */
const BY_NEED: readonly ServiceState[] = ["failing", "starting", "idle", "ready", "disabled"];

function together(choices: readonly ChoiceStatus[]): ServiceCondition {
  const wanted = choices.toSorted((a, b) => BY_NEED.indexOf(a.state) - BY_NEED.indexOf(b.state));
  const { state, since } = wanted[0] as ChoiceStatus;
  const error = wanted.find((choice) => choice.error !== undefined)?.error;
  return {
    ...{ state, since },
    healthy: choices.every((choice) => choice.healthy),
    inFlight: choices.reduce((sum, choice) => sum + choice.inFlight, 0),
    ...(error !== undefined && { error }),
  };
}
