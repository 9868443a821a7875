import assert from "node:assert/strict";
import type { ErrorCode } from "../../errors.js";
import type { FlagStore, StoredChange, StoredFlag } from "../../store/flag-store.js";

/** What is left of a value where only JSON is kept: members that are undefined are not there. */
export function json<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

/** Compares two values as JSON. */
export function same(actual: unknown, expected: unknown, message?: string): void {
  assert.deepEqual(json(actual), json(expected), message);
}

/** Expects a `BurgeeError` of a code; it is told by name, because a store may have been built with another copy of burgee. */
export function rejectsWith(promise: Promise<unknown>, code: ErrorCode, message?: string): Promise<void> {
  return assert.rejects(promise, { name: "BurgeeError", code }, message);
}

/** The state of a store, by flag. */
export async function flagsOf(store: FlagStore): Promise<readonly StoredFlag[]> {
  return byName((await store.load()).flags);
}

/** In one order, because a store may give them in any. */
export function byName(flags: Iterable<StoredFlag>): readonly StoredFlag[] {
  return [...flags].sort((a, b) => (a.flag < b.flag ? -1 : 1));
}

export function sequencesOf(changes: readonly StoredChange[]): readonly number[] {
  return changes.map(({ entry }) => entry.sequence);
}
