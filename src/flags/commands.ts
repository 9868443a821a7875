import type { OverrideTable } from "../store/overrides.js";
import type { CommandOptions, OverrideOptions } from "./command-options.js";
import type { Doorkeeper } from "./doorkeeper.js";
import type { Engine } from "./engine.js";
import type { Lifting } from "./lifting.js";
import { type Plan, Plans, type Standing } from "./plans.js";

/**
 * Everything that changes flags at run time, where they live in this process. Each command either happens whole, at once,
 * or throws and has changed nothing.
 */
export class Commands {
  readonly #engine: Engine;
  readonly #door: Doorkeeper;
  readonly #lifting: Lifting;
  readonly #plans: Plans;

  constructor(engine: Engine, door: Doorkeeper, lifting: Lifting) {
    this.#engine = engine;
    this.#door = door;
    this.#lifting = lifting;
    this.#plans = new Plans(engine, standingOf(engine.parts.overrides));
  }

  setValue(name: string, value: unknown, options: OverrideOptions): boolean {
    return this.#give("set", () => this.#plans.setValue(name, value, options)) > 0;
  }

  setRule(name: string, rule: unknown, options: OverrideOptions): boolean {
    return this.#give("set", () => this.#plans.setRule(name, rule, options)) > 0;
  }

  reset(name: string, options: CommandOptions): boolean {
    return this.#give("reset", () => this.#plans.reset(name, options)) > 0;
  }

  resetAll(options: CommandOptions): number {
    return this.#give("reset", () => this.#plans.resetAll(options));
  }

  kill(name: string, options: CommandOptions): boolean {
    return this.#give("kill", () => this.#plans.kill(name, options)) > 0;
  }

  revive(name: string, options: CommandOptions): boolean {
    return this.#give("revive", () => this.#plans.revive(name, options)) > 0;
  }

  /** Gives how many flags the command was about; 0 where it changed nothing. */
  #give(what: string, make: () => Plan | undefined): number {
    this.#door.begin(what);
    const plan = make();
    if (plan === undefined) return 0;
    this.#carryOut(plan);
    return plan.edits.length;
  }

  #carryOut({ edits, record, author }: Plan): void {
    const { overrides } = this.#engine.parts;
    for (const { flag, override, kill } of edits) {
      if (override === null) overrides.delete(flag.name);
      else if (override !== undefined) overrides.set(flag.name, override);
      if (kill === null) overrides.revive(flag.name);
      else if (kill !== undefined) overrides.kill(flag.name, kill);
    }
    // The alarm first: a listener may set another.
    this.#lifting.arm();
    this.#engine.commit(
      edits.map(({ flag }) => flag),
      record,
      author,
      record.action,
    );
  }
}

function standingOf(overrides: OverrideTable): Standing {
  return {
    overridden: () => overrides.names(),
    isOverridden: (name) => overrides.get(name) !== undefined,
    isKilled: (name) => overrides.killed(name) !== undefined,
  };
}
