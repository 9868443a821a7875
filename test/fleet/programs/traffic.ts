import { setTimeout as wait } from "node:timers/promises";
import { BurgeeError, type StoredFlags } from "burgee";
import { anyCommand } from "./commands.js";
import type { FleetFlags } from "./fleet-registry.js";
import { seeded } from "./random.js";

/** How one command ended: `id` is its reason in the audit log. */
export interface Outcome {
  readonly id: string;
  /** `changed`, `unchanged`, or the code of the error; `?` for anything that is no error of burgee's. */
  readonly outcome: string;
}

/** Gives one command after the other until it is stopped, whether they are accepted or not. */
export class Traffic {
  readonly #flags: StoredFlags<FleetFlags>;
  readonly #name: string;
  readonly #random: () => number;
  readonly outcomes: Outcome[] = [];
  #stopped = false;
  #done: Promise<void> = Promise.resolve();

  constructor(flags: StoredFlags<FleetFlags>, { name, seed }: { name: string; seed: number }) {
    this.#flags = flags;
    this.#name = name;
    this.#random = seeded(seed);
  }

  start(): void {
    this.#done = this.#run();
  }

  async stop(): Promise<readonly Outcome[]> {
    this.#stopped = true;
    await this.#done;
    return this.outcomes;
  }

  async #run(): Promise<void> {
    for (let count = 1; !this.#stopped; count++) {
      const id = `${this.#name}-${count}`;
      this.outcomes.push({ id, outcome: await this.#outcomeOf(id) });
      // The pace: while the store is away every command is refused at once.
      await wait(10);
    }
  }

  async #outcomeOf(id: string): Promise<string> {
    try {
      return (await anyCommand(this.#flags, this.#random, id)) ? "changed" : "unchanged";
    } catch (error) {
      return error instanceof BurgeeError ? error.code : `? ${String(error)}`;
    }
  }
}
