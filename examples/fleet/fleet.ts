import { setTimeout as pause } from "node:timers/promises";
import { Instance } from "./instance.js";
import type { Account, Decided } from "./messages.js";

/** How long instances may take to agree; they mostly do within a fraction of a second. */
const PATIENCE_MS = 60_000;

/** Service processes over one database. */
export class Fleet {
  readonly #url: string;
  readonly #instances = new Map<string, Instance>();

  constructor(url: string) {
    this.#url = url;
  }

  get names(): readonly string[] {
    return [...this.#instances.keys()];
  }

  /** Starts an instance, in the place of the one of that name where there was one. */
  start(name: string): void {
    this.#instances.set(name, new Instance(name, this.#url));
  }

  of(name: string): Instance {
    const instance = this.#instances.get(name);
    if (instance === undefined) throw new Error(`there is no instance ${name}`);
    return instance;
  }

  /** What each decides now; undefined of one that does not run, or has said nothing yet. */
  decided(): readonly (Decided | undefined)[] {
    return [...this.#instances.values()].map((instance) => instance.decided);
  }

  /** Waits until what the instances decide is as wanted. */
  async until(what: string, wanted: (decided: readonly (Decided | undefined)[]) => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!wanted(this.decided())) {
      if (performance.now() > deadline)
        throw new Error(`waited in vain until ${what}: ${JSON.stringify(this.decided())}`);
      await pause(5);
    }
  }

  /** Waits until every instance is ready, has the same users on (`on` of them), and is at the same revision. */
  agree(on: number): Promise<void> {
    return this.until(
      `all have ${on} users on`,
      (decided) => decided.every((one) => one?.on === on) && isAgreement(decided),
    );
  }

  /** Ends every instance, and gives their accounts by name. */
  async end(): Promise<ReadonlyMap<string, Account>> {
    const accounts = new Map<string, Account>();
    for (const [name, instance] of this.#instances) {
      const account = await instance.end();
      if (account !== undefined) accounts.set(name, account);
    }
    return accounts;
  }

  /** Ends whatever still runs, at once. */
  async kill(): Promise<void> {
    await Promise.all([...this.#instances.values()].map((instance) => instance.kill()));
  }
}

/** Whether all are ready, at one revision, with the same users on. */
export function isAgreement(decided: readonly (Decided | undefined)[]): boolean {
  const [first] = decided;
  return decided.every(
    (one) => one !== undefined && one.state === "ready" && one.revision === first?.revision && one.who === first.who,
  );
}
