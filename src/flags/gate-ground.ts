import { BurgeeError, messageOf } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import { choiceOf } from "../resolvers/resolutions.js";
import type { Context } from "../rules/context.js";
import type { Resolution } from "../rules/resolution.js";
import { Alarm } from "./alarm.js";
import type { Engine } from "./engine.js";
import type { Required } from "./requirements.js";
import type { ServiceList } from "./service-list.js";
import type { FlagState } from "./state.js";

interface GateGroundParts {
  readonly engine: Engine;
  readonly flag: RegisteredFlag;
  readonly services: ServiceList;
  /** Asks as anybody does: exposures and counts included. */
  readonly evaluate: (context: Context | undefined) => Resolution;
}

/** The flags' timers look at a clock, and may ring a little later than one that counts. */
const SLACK_MS = 1_000;
/** Node fires a longer one at once. These are 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a gate stands on: one flag of a `Flags` object, followed live. */
export class GateGround {
  readonly flag: RegisteredFlag;
  readonly services: ServiceList;
  readonly #parts: GateGroundParts;
  readonly #engine: Engine;

  constructor(parts: GateGroundParts) {
    this.flag = parts.flag;
    this.services = parts.services;
    this.#parts = parts;
    this.#engine = parts.engine;
  }

  /** Another number whenever the answers may be others. */
  get version(): number {
    return this.#engine.version;
  }

  /** Every choice that the flag can give to somebody at this moment; one, where it is the same for everybody. */
  possible(): readonly unknown[] {
    const { flag } = this;
    return possibleNow(
      flag,
      this.#engine.parts.table.state(flag),
      (choice) => this.required(choice).unmet.length === 0,
    );
  }

  /** What the flag gives for the context, or else for the ambient one. Never throws. */
  choice(context: Context | undefined): unknown {
    return choiceOf(this.#parts.evaluate(context));
  }

  /** What the flag requires of the environment for this choice. */
  required(choice: unknown): Required {
    return this.#engine.parts.requirements.required(this.flag, choice);
  }

  /** Tells of each change of the flag. Gives how to stop. */
  onChange(listener: () => void): () => void {
    return this.#engine.parts.bus.onChange(this.flag.name, listener);
  }

  /** By the flags' own clock, in milliseconds since 1970. */
  now(): number {
    return this.#engine.parts.clock();
  }

  /**
   * Rings once after so many milliseconds, by the flags' own clock; gives how to cancel that. Never, where they are
   * Infinity. The process lives until then only where it is `held`.
   */
  after(milliseconds: number, ring: () => void, held = false): () => void {
    const release = held ? this.hold(milliseconds) : () => {};
    const alarm = new Alarm(this.#engine.parts.wake, () => {
      release();
      ring();
    });
    try {
      if (milliseconds !== Number.POSITIVE_INFINITY) alarm.set(this.now() + milliseconds);
    } catch (cause) {
      this.report(new BurgeeError("INVALID_OPTIONS", `\`clock.wake\` threw: ${messageOf(cause)}`, { cause }));
    }
    return () => {
      release();
      alarm.set(undefined);
    };
  }

  /**
   * Keeps the process alive until what it gives is called, for the timers of the flags' clock do not. At most for so
   * long by the system's clock: the flags' own may stand still.
   */
  hold(milliseconds: number): () => void {
    const timer = setTimeout(() => {}, Math.min(milliseconds + SLACK_MS, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  }

  /** Runs outside the ambient context of whoever calls. */
  outside(run: () => void): void {
    this.#engine.parts.ambient.outside(run);
  }

  report(error: BurgeeError): void {
    this.#engine.parts.reporter.error(error);
  }
}

/** Every choice that a state can give to somebody. Rather one too many: custom functions may give any. */
function possibleNow(
  flag: RegisteredFlag,
  { constant, own }: FlagState,
  allowed: (choice: unknown) => boolean,
): readonly unknown[] {
  if (constant !== undefined) return [choiceOf(constant)];
  const all: readonly unknown[] = flag.values ?? [true, false];
  const said = own.constant !== undefined ? [own.constant] : own.open ? undefined : own.outcomes;
  const choices = said === undefined ? all : said.map(choiceOf);
  // Ancestors and requirements give off, and so does a context that cannot be read.
  return [...new Set([...choices.filter(allowed), flag.off])];
}
