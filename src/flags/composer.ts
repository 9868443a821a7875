import { chainEntry } from "../changes/hash-chain.js";
import type { ComposedChange, StoredFlag, StoredOverride, StoreHead } from "../store/flag-store.js";
import type { Entry } from "../store/overrides.js";
import { type Engine, withEffects } from "./engine.js";
import type { LocalKills } from "./local-kills.js";
import type { FlagEdit, Plan } from "./plans.js";
import type { Difference } from "./state.js";
import { hasExpired, type StoredRows } from "./stored-rows.js";

interface ComposerParts {
  readonly engine: Engine;
  readonly rows: StoredRows;
  readonly kills: LocalKills;
  /** Who writes. */
  readonly instance: string;
}

/** What was set, as it was given: plain JSON. */
export type Given = { readonly value: unknown } | { readonly rule: unknown };

/** Makes of a plan the change that a store commits. Nothing is put in force. */
export class Composer {
  readonly #parts: ComposerParts;

  constructor(parts: ComposerParts) {
    this.#parts = parts;
  }

  compose({ edits, record, author }: Plan, given: Given | undefined, head: StoreHead): ComposedChange {
    const { engine, rows, instance } = this.#parts;
    const at = new Date(engine.parts.clock()).toISOString();
    const effects = withEffects(record, this.#differences(edits));
    const entry = chainEntry({ ...effects, ...author, at, instance }, { sequence: head.revision, hash: head.hash });
    const expected: Record<string, number> = {};
    // One by one, because `Object.fromEntries` takes milliseconds for a thousand names.
    for (const { flag } of edits) expected[flag.name] = rows.revision(flag.name);
    return { entry, flags: edits.map((edit) => this.#row(edit, given, entry.sequence)), expected };
  }

  /** The flag's row after the change. */
  #row({ flag, override, kill }: FlagEdit, given: Given | undefined, revision: number): StoredFlag {
    const { engine, rows } = this.#parts;
    const before = rows.get(flag.name);
    const kept = hasExpired(before?.override?.origin, engine.parts.clock()) ? undefined : before?.override;
    const set: StoredOverride | undefined = override && given ? { ...given, origin: override.origin } : undefined;
    const after = {
      override: override === null ? undefined : (set ?? kept),
      kill: kill === undefined ? before?.kill : kill,
    };
    return {
      flag: flag.name,
      revision,
      ...(after.override !== undefined && { override: after.override }),
      ...(after.kill && { kill: after.kill }),
    };
  }

  /** What the change does to flags, by what the store has: what was killed on this instance alone does not count. */
  #differences(edits: readonly FlagEdit[]): readonly Difference[] {
    const { engine, kills } = this.#parts;
    const { table, overrides, registry } = engine.parts;
    const before = new Map<string, Entry>();
    const flags = new Set(edits.map(({ flag }) => flag));
    for (const name of kills.names()) {
      const flag = registry.flags.get(name);
      if (flag === undefined) continue;
      before.set(name, { override: overrides.get(name), kill: this.#parts.rows.get(name)?.kill });
      flags.add(flag);
    }
    const after = new Map(before);
    for (const edit of edits) {
      const { name } = edit.flag;
      const now = before.get(name) ?? { override: overrides.get(name), kill: overrides.killed(name) };
      after.set(name, edited(now, edit));
    }
    const states = overrides.supposing(after, () => table.compute(flags));
    // Without kills of this instance alone, what is in force is what the store has.
    const known = before.size === 0 ? undefined : overrides.supposing(before, () => table.compute(flags));
    return table.differences(states, { before: known });
  }
}

function edited(now: Entry, { override, kill }: FlagEdit): Entry {
  return {
    override: override === undefined ? now.override : (override ?? undefined),
    kill: kill === undefined ? now.kill : (kill ?? undefined),
  };
}
