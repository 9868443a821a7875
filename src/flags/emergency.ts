import { BurgeeError, type ErrorCode, messageOf } from "../errors.js";
import type { Origin } from "../resolvers/resolver.js";
import { Backoff } from "../store/backoff.js";
import { author } from "./command-author.js";
import type { Doorkeeper } from "./doorkeeper.js";
import type { Engine } from "./engine.js";
import type { Author } from "./flag-change.js";
import type { LocalKills } from "./local-kills.js";
import { type Plan, Plans } from "./plans.js";
import { BY_STORE } from "./resync.js";
import type { SharedState } from "./shared-state.js";
import type { StoredCommands } from "./stored-commands.js";
import type { StoredCommandOptions, StoredKillOptions } from "./stored-flags.js";
import type { StoredRows } from "./stored-rows.js";

interface EmergencyParts {
  readonly engine: Engine;
  readonly door: Doorkeeper;
  readonly commands: StoredCommands;
  readonly rows: StoredRows;
  readonly shared: SharedState;
  readonly kills: LocalKills;
  /** Whether the store is followed. */
  readonly isReady: () => boolean;
}

/** Kills and revivals, those included that cannot wait for a store. */
export class Emergency {
  readonly #parts: EmergencyParts;
  /** Plans of kills that do not ask what the store has. */
  readonly #plans: Plans;
  readonly #backoff = new Backoff(Math.random);
  /** The flags whose kill is being written to the store. */
  readonly #writing = new Set<string>();
  /** By flag, why its kill is not in the store yet, as was told last. */
  readonly #told = new Map<string, ErrorCode>();
  #retry: NodeJS.Timeout | undefined;

  constructor(parts: EmergencyParts) {
    this.#parts = parts;
    this.#plans = new Plans(parts.engine, { ...parts.rows.standing(), isKilled: () => false });
  }

  async kill(name: string, options: StoredKillOptions): Promise<boolean> {
    this.#parts.door.begin("kill");
    author(options, ["expectedRevision", "local"]);
    const { local = false, ...rest } = options;
    if (typeof local !== "boolean") throw new BurgeeError("INVALID_OPTIONS", "`local` must be true or false");
    if (!local) return this.#parts.commands.kill(name, rest);
    if (rest.expectedRevision !== undefined)
      throw new BurgeeError(
        "INVALID_OPTIONS",
        "`local` does not ask the store, so there is no `expectedRevision` of it",
      );
    return this.#killHere(name, rest);
  }

  async revive(name: string, options: StoredCommandOptions): Promise<boolean> {
    const { engine, door, commands, rows, kills } = this.#parts;
    door.begin("revive");
    const { rest, expecting } = commands.expect(engine.flag(name), options);
    const by = author(rest);
    const isHereAlone = kills.get(name) !== undefined && !rows.get(name)?.kill && !kills.isUnderWay(name);
    // The store first, wherever it has a say: where it refuses, nothing was changed here either.
    const isToAsk = !isHereAlone || expecting.expectedRevision !== undefined;
    const wasInStore = isToAsk && (await commands.revive(name, options));
    return this.#lift(name, by) || wasInStore;
  }

  /** Writes to the store what it does not know yet; called when it is ready. */
  write(): void {
    const { engine, kills } = this.#parts;
    // A flag that this version does not have was killed by another one, and waits for it.
    for (const name of kills.names()) if (engine.parts.registry.flags.has(name)) void this.#write(name);
  }

  #killHere(name: string, options: StoredCommandOptions): boolean {
    const { engine, shared, kills, rows, isReady } = this.#parts;
    engine.flag(name);
    if (kills.get(name) !== undefined) return false;
    // While the store is away, somebody may have revived what it had killed.
    if (isReady() && rows.get(name)?.kill) return false;
    const plan = this.#plans.kill(name, options);
    const kill = plan?.edits[0]?.kill;
    if (plan === undefined || !kill) return false;
    this.#told.delete(name);
    kills.add(name, kill);
    shared.here(name, { ...plan.record, action: "kill" }, plan.author);
    if (isReady()) void this.#write(name);
    return true;
  }

  /** Takes a local kill back. Gives whether there was one. */
  #lift(name: string, by: Author): boolean {
    const { kills, shared } = this.#parts;
    if (!kills.delete(name)) return false;
    shared.here(name, { action: "revive", flag: name }, by);
    return true;
  }

  async #write(name: string): Promise<void> {
    if (this.#writing.has(name)) return;
    this.#writing.add(name);
    try {
      await this.#submit(name);
      this.#backoff.reset();
    } catch (error) {
      this.#failed(name, error);
    }
    this.#writing.delete(name);
    if (this.#parts.kills.get(name) !== undefined) this.#writeLater();
  }

  /** While the store is away, its return is what is waited for. */
  #writeLater(): void {
    if (this.#retry !== undefined || !this.#parts.isReady()) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      if (this.#parts.isReady()) this.write();
    }, this.#backoff.next()).unref();
  }

  async #submit(name: string): Promise<void> {
    const { engine, commands, kills, rows, shared } = this.#parts;
    const origin = kills.get(name);
    let revision = 0;
    const written = await commands.submit({
      what: "kill",
      plan: () => this.#planOf(name),
      composed: ({ entry }) => {
        revision = entry.sequence;
        kills.composed(name);
      },
    });
    kills.settled(name);
    // Where the store went away again, what was committed is yet to come.
    const isYetToCome = written > 0 && shared.head.revision < revision;
    if (origin === undefined || kills.get(name) !== origin || isYetToCome) return;
    // The store had a kill already, by somebody else; or a load brought what has become of this one.
    if (!rows.get(name)?.kill) this.#lift(name, BY_STORE);
    else if (kills.delete(name)) shared.settle(engine.flag(name));
  }

  /** An ordinary kill, in the name of whoever gave it then. */
  #planOf(name: string): Plan | undefined {
    const { commands, kills } = this.#parts;
    const origin = kills.get(name);
    if (origin === undefined) return undefined;
    const plan = commands.plans.kill(name, byOf(origin));
    if (plan === undefined) return undefined;
    const since = `flag "${name}" was killed on one instance alone at ${new Date(origin.at).toISOString()}`;
    const record = { ...plan.record, warnings: [...(plan.record.warnings ?? []), since] };
    return { ...plan, record, edits: plan.edits.map((edit) => ({ ...edit, kill: origin })) };
  }

  /** It stays in force here, and is tried again. */
  #failed(name: string, error: unknown): void {
    const { engine, kills, isReady } = this.#parts;
    const code = error instanceof BurgeeError ? error.code : "STORE_FAILED";
    // Where nobody knows whether it was committed, the entry may still come.
    if (code !== "STORE_OUTCOME_UNKNOWN") kills.settled(name);
    // That the store is away is told by whoever follows it.
    if (code === "CLOSED" || (code === "STORE_UNAVAILABLE" && !isReady())) return;
    if (this.#told.get(name) === code) return;
    this.#told.set(name, code);
    const message = `the local kill of "${name}" is not in the store yet, and is tried again: ${messageOf(error)}`;
    engine.parts.reporter.error(new BurgeeError(code, message, { flag: name, cause: error }));
  }
}

function byOf({ source, actor, reason }: Origin) {
  return { source, actor, reason };
}
