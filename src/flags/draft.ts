import type { AffectedFlag } from "../changes/audit.js";
import { writtenAhead } from "../changes/hash-chain.js";
import type { RegisteredFlag } from "../registry/registry.js";
import { finished, type Steps } from "../resolvers/steps.js";
import { effectiveAuditSetting, sameSetting } from "./setting.js";
import type { Difference, FlagState, Ground, Slot, StateTable } from "./state.js";

/** How many flags are worked out again in the turn that puts the draft in force. More are done in slices before it. */
const FEW = 100;
/** How often that is done in slices: whoever commits without end must not keep the draft from being put in force. */
const ROUNDS = 3;

/** What a reload or a resync would make of flags, worked out ahead, a flag at a time, while others may give commands. */
export class Draft {
  readonly #table: StateTable;
  /** The flags, with all that depend on them. */
  readonly #flags: ReadonlySet<RegisteredFlag>;
  readonly #ground: () => Ground;
  /** Milliseconds since 1970. */
  readonly #clock: () => number;
  /** Flags that are to be worked out again: the table adds those that others commit. */
  readonly #late = new Set<RegisteredFlag>();
  readonly #redone = new Set<RegisteredFlag>();
  readonly #states = new Map<string, FlagState>();
  readonly #same = new Map<string, boolean>();
  readonly #affected = new Map<string, AffectedFlag>();
  readonly #written = new Map<AffectedFlag, string>();

  /** @param ground what they are worked out from; asked each time, for a reload may bring another */
  constructor(table: StateTable, flags: Iterable<RegisteredFlag>, ground: () => Ground, clock: () => number) {
    this.#table = table;
    this.#flags = new Set([...flags].flatMap((flag) => [flag, ...flag.dependents]));
    this.#ground = ground;
    this.#clock = clock;
    table.drafts.add(this.#late);
  }

  /** Flags that were worked out again, for they had changed meanwhile. */
  get redone(): ReadonlySet<RegisteredFlag> {
    return this.#redone;
  }

  get states(): ReadonlyMap<string, FlagState> {
    return this.#states;
  }

  /** Whether flags keep their setting. */
  get same(): ReadonlyMap<string, boolean> {
    return this.#same;
  }

  /** The canonical texts of the parts of the audit entry. */
  get written(): ReadonlyMap<AffectedFlag, string> {
    return this.#written;
  }

  /** What the audit log says of a flag whose setting changes. */
  affected({ flag }: Difference): AffectedFlag | undefined {
    return this.#affected.get(flag.name);
  }

  /** Works the flags out, and compares them with what is in force. */
  *steps(): Steps<void> {
    yield* this.#work(this.#flags);
  }

  /** Has the flags of these names worked out again. */
  again(names: readonly string[]): void {
    for (const name of names) {
      const slot = this.#table.slots.get(name);
      if (slot !== undefined) this.#late.add(slot.flag);
    }
  }

  /** Works out again what has changed meanwhile, where that is much. */
  *ahead(): Steps<void> {
    for (let round = 0; round < ROUNDS && this.#countLate() > FEW; round++) yield* this.#workAgain();
  }

  /** Works out again what has changed meanwhile. Whoever calls puts the draft in force in the same turn. */
  catchUp(): void {
    this.#countLate();
    // Code of the user's that is asked now may give commands.
    while (this.#late.size > 0) finished(this.#workAgain());
  }

  /** Ends the draft, put in force or not. */
  close(): void {
    this.#table.drafts.delete(this.#late);
  }

  /** How many are to be worked out again, with those whose rule stands otherwise by now than when it was worked out. */
  #countLate(): number {
    const now = this.#clock();
    for (const flag of this.#flags) {
      const next = this.#states.get(flag.name)?.next;
      if (next !== undefined && next <= now) this.#late.add(flag);
    }
    // Others stay as they are.
    for (const flag of this.#late) if (!this.#flags.has(flag)) this.#late.delete(flag);
    return this.#late.size;
  }

  *#workAgain(): Steps<void> {
    const late = [...this.#late];
    this.#late.clear();
    for (const flag of late) this.#redone.add(flag);
    yield* this.#work(late);
  }

  *#work(flags: Iterable<RegisteredFlag>): Steps<void> {
    const stateOf = ({ name }: RegisteredFlag) => this.#states.get(name);
    const fresh = yield* this.#table.computing(flags, { ...this.#ground(), stateOf });
    for (const [name, state] of fresh) this.#states.set(name, state);
    for (const [name, draft] of fresh) {
      const { state } = this.#table.slots.get(name) as Slot;
      const same = sameSetting(state.setting, draft.setting);
      this.#same.set(name, same);
      if (!same) this.#write(name, state, draft);
      yield;
    }
  }

  #write(flag: string, { setting: from }: FlagState, { setting: to }: FlagState): void {
    const [json, text] = writtenAhead({ flag, from: effectiveAuditSetting(from), to: effectiveAuditSetting(to) });
    this.#affected.set(flag, json);
    this.#written.set(json, text);
  }
}
