import { GENESIS } from "../changes/hash-chain.js";
import type { RegisteredFlag } from "../registry/registry.js";
import { inSlices } from "../resolvers/slices.js";
import { finished } from "../resolvers/steps.js";
import type { StoredChange, StoredFlag, StoredState, StoreHead } from "../store/flag-store.js";
import type { LastKnownGood } from "../store/last-known-good.js";
import type { Draft } from "./draft.js";
import type { CommandRecord } from "./engine.js";
import type { Author, CommandCause } from "./flag-change.js";
import { Resync, type SharedParts } from "./resync.js";

/** The causes that commands to a store have; a newer version may bring others. */
const CAUSES: readonly CommandCause[] = ["set", "reset", "kill", "revive"];

/** How many changes are told in the turn of the event loop that puts them in force. More are told in slices. */
const FEW = 100;

/**
 * Puts in force what a store says. Whoever listens is told of a single change in a microtask, for a store may be in the
 * middle of a write.
 */
export class SharedState {
  readonly #parts: SharedParts;
  #head: StoreHead = Object.freeze({ revision: GENESIS.sequence, hash: GENESIS.hash });
  /** What is being worked out. */
  #resync: Resync | undefined;
  readonly #closing = new AbortController();

  constructor(parts: SharedParts) {
    this.#parts = parts;
  }

  /** The revision that is in force, with its hash. */
  get head(): StoreHead {
    return this.#head;
  }

  /** What is to be known when the store is away. */
  get known(): LastKnownGood {
    const { rows, kills } = this.#parts;
    return { state: rows.state(this.#head), localKills: kills.all() };
  }

  /** Takes what was known when the process ended, before anybody can listen. */
  begin({ state, localKills }: LastKnownGood): void {
    for (const [name, origin] of Object.entries(localKills)) this.#parts.kills.add(name, origin);
    const resync = new Resync(this.#parts, state);
    this.#accept(resync, finished(resync.steps(Object.keys(localKills))), state.head);
    finished(this.#parts.engine.telling());
  }

  /**
   * Takes all that the store holds, in place of all there was. One commit, worked out and told in slices; resolves when it
   * is told. No change may be taken meanwhile. Without effect where `close` is called before it is in force.
   */
  async whole(state: StoredState): Promise<void> {
    const resync = new Resync(this.#parts, state);
    this.#resync = resync;
    try {
      const draft = await inSlices(resync.steps(), this.#closing.signal);
      const count = this.#accept(resync, draft, state.head);
      const telling = this.#parts.engine.telling();
      if (count > FEW) await inSlices(telling);
      else finished(telling);
    } catch (failure) {
      if (!this.#closing.signal.aborted) throw failure;
    } finally {
      resync.close();
      this.#resync = undefined;
    }
  }

  /** Gives up what is being worked out. */
  close(): void {
    this.#closing.abort();
  }

  /** Takes one change. One commit, whatever number of flags it has. */
  change({ entry, flags }: StoredChange): void {
    const { engine, rows, kills } = this.#parts;
    this.#head = Object.freeze({ revision: entry.sequence, hash: entry.hash });
    for (const row of flags) rows.put(row);
    kills.compare(rows);
    engine.tellingLater(() => {
      const { action, flag, setting, expiresAt, warnings, instance } = entry;
      const record = { action, flag, setting, expiresAt, warnings, instance, revision: entry.sequence };
      const { source, actor, reason } = entry;
      const cause = CAUSES.find((known) => known === action) ?? "resync";
      const at = Date.parse(entry.at);
      const touched = flags.map((row) => row.flag);
      this.#carryOut(touched, record, { source, actor, reason }, cause, Number.isNaN(at) ? undefined : at);
    });
  }

  /** Carries out a kill, or what takes one back, on this instance alone. */
  here(name: string, record: CommandRecord & { readonly action: "kill" | "revive" }, author: Author): void {
    const { engine } = this.#parts;
    engine.tellingLater(() => this.#carryOut([name], record, author, record.action));
  }

  /** Puts in force again what is set for a flag; for where only the origin is another. */
  settle(flag: RegisteredFlag): void {
    const { engine, rows, reading, kills } = this.#parts;
    const { overrides } = engine.parts;
    const { name } = flag;
    const { override, kill = kills.get(name) } = reading.entry(flag, rows.get(name));
    overrides.put(name, { override, kill });
    this.#resync?.again(name);
  }

  /** Gives how many changes there are to tell. */
  #accept(resync: Resync, draft: Draft, head: StoreHead): number {
    let count = 0;
    this.#parts.engine.untold(() => {
      this.#head = Object.freeze({ ...head });
      count = resync.accept(draft).length;
    });
    return count;
  }

  #carryOut(
    names: readonly string[],
    record: CommandRecord,
    author: Author,
    cause: CommandCause,
    at?: number | undefined,
  ): void {
    const { engine, lifting } = this.#parts;
    // What is due by the clock happens first, and by itself.
    engine.parts.scheduler.catchUp();
    lifting.catchUp();
    const flags = this.#known(names);
    for (const flag of flags) this.settle(flag);
    lifting.arm();
    engine.commit(flags, record, author, cause, at);
  }

  /** The flags of these names that this version has. */
  #known(names: readonly string[]): RegisteredFlag[] {
    const { engine, rows, reading } = this.#parts;
    return names.flatMap((name) => {
      const flag = engine.parts.registry.flags.get(name);
      const row: StoredFlag | undefined = rows.get(name);
      if (flag === undefined && row !== undefined) reading.unknown(row);
      return flag ?? [];
    });
  }
}
