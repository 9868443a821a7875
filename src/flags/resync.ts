import type { RegisteredFlag } from "../registry/registry.js";
import { overridesResolver } from "../resolvers/overrides.js";
import type { Steps } from "../resolvers/steps.js";
import type { StoredFlag, StoredState } from "../store/flag-store.js";
import type { Entry } from "../store/overrides.js";
import { Draft } from "./draft.js";
import type { Engine } from "./engine.js";
import type { Author } from "./flag-change.js";
import type { Lifting } from "./lifting.js";
import type { LocalKills } from "./local-kills.js";
import type { Difference, Ground } from "./state.js";
import type { StoredReading } from "./stored-reading.js";
import { hasExpired, type StoredRows } from "./stored-rows.js";

/** What is needed to put in force what a store says. */
export interface SharedParts {
  readonly engine: Engine;
  readonly lifting: Lifting;
  readonly rows: StoredRows;
  readonly reading: StoredReading;
  readonly kills: LocalKills;
}

/** For what nobody but the store brought about. */
export const BY_STORE: Author = Object.freeze({ source: "store" });

/**
 * All that a store holds, in place of all there was: read and worked out ahead, a flag at a time, while others may give
 * commands, then put in force at once. Only flags whose rows set something else are touched. Nobody else may change rows
 * meanwhile.
 */
export class Resync {
  readonly #parts: SharedParts;
  readonly #revision: number;
  readonly #rows: ReadonlyMap<string, StoredFlag>;
  /** What the rows that differ set. */
  readonly #entries = new Map<string, Entry>();
  #draft: Draft | undefined;

  constructor(parts: SharedParts, { head, flags }: StoredState) {
    this.#parts = parts;
    this.#revision = head.revision;
    this.#rows = new Map(flags.map((row) => [row.flag, row]));
  }

  /** Works it out. `more` are names of flags to be worked out in any case. */
  *steps(more: readonly string[] = []): Steps<Draft> {
    const { engine, rows } = this.#parts;
    const { table, clock } = engine.parts;
    const names = new Set([...(yield* rows.differing(this.#rows)), ...more]);
    const flags: RegisteredFlag[] = [];
    for (const name of names) {
      flags.push(...this.#read(name));
      yield;
    }
    const draft = new Draft(table, flags, () => this.#ground(), clock);
    this.#draft = draft;
    yield* draft.steps();
    yield* draft.ahead();
    return draft;
  }

  /** Has a flag worked out again: what is set on this instance alone is another. */
  again(name: string): void {
    this.#draft?.again([name]);
  }

  /** Puts in force what the steps gave. Whoever calls has yet to tell of it. */
  accept(draft: Draft): readonly Difference[] {
    const { engine, lifting, rows } = this.#parts;
    // What is due by the clock happens first, and by itself.
    engine.parts.scheduler.catchUp();
    lifting.catchUp();
    this.#dropExpired(draft);
    draft.catchUp();
    draft.close();
    rows.replace(this.#rows);
    this.#parts.kills.compare(rows);
    for (const [name, { override }] of this.#entries)
      engine.parts.overrides.put(name, { override, kill: this.#kill(name) });
    lifting.arm();
    return engine.commitDraft(draft, { action: "resync", revision: this.#revision }, BY_STORE, "resync");
  }

  /** Ends it, put in force or not. */
  close(): void {
    this.#draft?.close();
  }

  /** The flag of that name, where this version has it, once it is known what is to be set for it. */
  #read(name: string): RegisteredFlag[] {
    const { engine, reading } = this.#parts;
    const row = this.#rows.get(name);
    const flag = engine.parts.registry.flags.get(name);
    if (flag === undefined) {
      if (row !== undefined) reading.unknown(row);
      return [];
    }
    this.#entries.set(name, reading.entry(flag, row));
    return [flag];
  }

  /** The chain and the kills as they will be. */
  #ground(): Ground {
    const { chain, overrides } = this.#parts.engine.parts;
    const beside = overridesResolver({
      get: (name) => {
        const entry = this.#entries.get(name);
        return entry === undefined ? overrides.get(name) : entry.override;
      },
    });
    const steps = chain.steps.map((step) => (step.name === beside.name ? beside : step));
    const killed = (name: string) => (this.#entries.has(name) ? this.#kill(name) : overrides.killed(name));
    return { chain: chain.beside(steps, chain.scope), overrides: { killed } };
  }

  #kill(name: string) {
    return this.#entries.get(name)?.kill ?? this.#parts.kills.get(name);
  }

  /** What has expired since it was read is not put in force. */
  #dropExpired(draft: Draft): void {
    const now = this.#parts.engine.parts.clock();
    for (const [name, { override, kill }] of this.#entries) {
      if (override === undefined || !hasExpired(override.origin, now)) continue;
      this.#entries.set(name, { kill });
      draft.again([name]);
    }
  }
}
