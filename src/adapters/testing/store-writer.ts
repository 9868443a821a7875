import type { AuditAction } from "../../changes/audit.js";
import { chainEntry, GENESIS } from "../../changes/hash-chain.js";
import type {
  ComposedChange,
  FlagStore,
  StoredChange,
  StoredFlag,
  StoreHead,
  StoreWritten,
} from "../../store/flag-store.js";

/** The head of a namespace to which nothing was ever committed. */
export const BEGINNING: StoreHead = Object.freeze({ revision: GENESIS.sequence, hash: GENESIS.hash });

/** When the first change of a test was made; later ones follow by a second each. */
export const FIRST_AT = Date.UTC(2026, 0, 1);

/** One command. A flag with neither `value` nor `rule` is reset, or revived. */
export interface Command {
  readonly flag: string;
  readonly value?: unknown;
  readonly kill?: boolean | undefined;
  readonly action?: AuditAction | undefined;
  readonly source?: string | undefined;
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
  /** Milliseconds since 1970. */
  readonly at?: number | undefined;
  /** Other flags that the command affects. */
  readonly affects?: readonly string[] | undefined;
}

/** What an instance does with a store: knows a state, applies what others committed, and writes. */
export class StoreWriter {
  readonly store: FlagStore;
  /** All that was applied, oldest first. */
  readonly history: StoredChange[] = [];

  constructor(store: FlagStore) {
    this.store = store;
  }

  get head(): StoreHead {
    return headAfter(this.history);
  }

  /** The flags as they are after the history, by name. */
  get flags(): ReadonlyMap<string, StoredFlag> {
    return replay(this.history);
  }

  /** Commits a command; fails where the store says that it did not. */
  async set(flag: string, value: unknown, more: Partial<Command> = {}): Promise<StoredChange> {
    return this.command({ flag, value, ...more });
  }

  async command(command: Command): Promise<StoredChange> {
    const written = await this.write((state) => compose(state, command));
    if (written.outcome !== "committed") throw new Error(`the command was answered with "${written.outcome}"`);
    return written.change;
  }

  /** Composes on top of everything missed, and applies that and the change once it is committed. */
  async write(make: (history: readonly StoredChange[]) => ComposedChange | undefined): Promise<StoreWritten> {
    let seen: readonly StoredChange[] = [];
    const written = await this.store.write({
      since: this.head,
      compose: (missed) => {
        seen = missed;
        return make([...this.history, ...missed]);
      },
    });
    if (written.outcome !== "diverged") this.history.push(...seen);
    if (written.outcome === "committed") this.history.push(written.change);
    return written;
  }

  /** Reads all that others committed, `limit` changes at a time. */
  async catchUp(limit = 500): Promise<void> {
    for (;;) {
      const news = await this.store.changesSince(this.head, limit);
      if (news.outcome === "diverged") throw new Error("the store does not know the head that it gave");
      this.history.push(...news.changes);
      if (news.changes.length < limit) return;
    }
  }
}

/** The head that a history ends in. */
export function headAfter(history: readonly StoredChange[]): StoreHead {
  const last = history.at(-1);
  return last === undefined ? BEGINNING : { revision: last.entry.sequence, hash: last.entry.hash };
}

/** The flags that a history leaves behind, by name. */
export function replay(history: readonly StoredChange[]): ReadonlyMap<string, StoredFlag> {
  return new Map(history.flatMap(({ flags }) => flags.map((flag) => [flag.flag, flag])));
}

/** The change that a command makes on top of a history. */
export function compose(history: readonly StoredChange[], command: Command): ComposedChange {
  const head = headAfter(history);
  const { flag, value, action = value === undefined ? "reset" : "set", source = "api", actor, reason } = command;
  const at = command.at ?? FIRST_AT + head.revision * 1_000;
  const origin = { source, actor, reason, at };
  const after: StoredFlag = {
    flag,
    revision: head.revision + 1,
    override: value === undefined ? undefined : { value, origin },
    kill: command.kill === true ? origin : undefined,
  };
  const affected = [flag, ...(command.affects ?? [])].map((name) => ({
    flag: name,
    from: { value: null },
    to: { value: value ?? null },
  }));
  const record = { action, flag, affected, source, actor, reason, at: new Date(at).toISOString() };
  const entry = chainEntry(record, { sequence: head.revision, hash: head.hash });
  return { entry, flags: [after], expected: { [flag]: replay(history).get(flag)?.revision ?? 0 } };
}
