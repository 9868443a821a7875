import { chainEntry } from "../../../src/changes/hash-chain.js";
import type {
  ComposedChange,
  FlagStore,
  StoredOverride,
  StoreHead,
  StoreWritten,
} from "../../../src/store/flag-store.js";

export const START: StoreHead = { revision: 0, hash: "0".repeat(64) };

export interface Command {
  readonly flag?: string;
  readonly value?: unknown;
  /** The revision that the flag has before; 0 unless given. */
  readonly expected?: number;
  readonly actor?: string;
  readonly source?: string;
  /** Milliseconds since 1970. */
  readonly at?: number;
}

/** A command that sets a flag, as the change that follows a head. */
export function setting(head: StoreHead, command: Command = {}): ComposedChange {
  const {
    flag = "new_checkout",
    value = true,
    expected = 0,
    actor,
    source = "api",
    at = Date.UTC(2026, 0, 1),
  } = command;
  const record = { action: "set" as const, flag, affected: [], source, actor, at: new Date(at).toISOString() };
  const entry = chainEntry(record, { sequence: head.revision, hash: head.hash });
  const override: StoredOverride = { value, origin: { source, at } };
  return { entry, flags: [{ flag, revision: entry.sequence, override }], expected: { [flag]: expected } };
}

/** Sets a flag, by a writer that has applied everything. */
export async function set(store: FlagStore, command: Command = {}): Promise<StoreWritten> {
  const since = await store.head();
  let head = since;
  return store.write({
    since,
    compose: (missed) => {
      const last = missed.at(-1)?.entry;
      if (last !== undefined) head = { revision: last.sequence, hash: last.hash };
      return setting(head, command);
    },
  });
}
