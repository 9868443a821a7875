import type { AuditEntry } from "../../changes/audit.js";
import { isAuditEntry } from "../../changes/hash-chain.js";
import { BurgeeError } from "../../errors.js";
import type { StoredChange, StoredFlag } from "../../store/flag-store.js";
import type { AuditRow, FlagRow } from "./tables.js";

/** How long a text of an indexed column may be: an index of PostgreSQL refuses rows above some 2,700 bytes. */
const INDEXED_LENGTH = 200;

/** A change as a row gives it; undefined where the row was damaged, so that its reader must load what stands after it. */
export function changeOf(row: Pick<AuditRow, "revision" | "hash" | "entry" | "flags">): StoredChange | undefined {
  return readChange(row.revision, jsonIn(row.entry), jsonIn(row.flags));
}

/** The change of that revision, if these are its parts. */
export function readChange(revision: number, entry: unknown, flags: unknown): StoredChange | undefined {
  if (!Array.isArray(flags) || !flags.every(isStoredFlag) || !isEntryOf({ revision }, entry)) return undefined;
  return { entry, flags };
}

/** An audit entry as a row gives it. Whether its content is what was written is for `verify` to say. */
export function entryOf(row: Pick<AuditRow, "revision" | "hash" | "entry">): AuditEntry {
  const entry: unknown = jsonIn(row.entry);
  if (isEntryOf(row, entry)) return entry;
  throw notUnderstood(`revision ${row.revision}`);
}

function isEntryOf({ revision }: Pick<AuditRow, "revision">, entry: unknown): entry is AuditEntry {
  return isAuditEntry(entry) && entry.sequence === Number(revision);
}

/**
 * A flag as a row gives it. An override or kill that is no JSON object is given as one without members, as the port has it: one
 * flag's row that was damaged hides no other flag. Whoever reads it ignores the override, warns, and takes the flag for killed.
 */
export function flagOf({ flag, revision, override, killed }: Omit<FlagRow, "namespace">): StoredFlag {
  const stored: unknown = {
    flag,
    revision: Number.isSafeInteger(Number(revision)) ? Number(revision) : 0,
    ...(override === null ? {} : { override: objectIn(override) }),
    ...(killed === null ? {} : { kill: objectIn(killed) }),
  };
  if (isStoredFlag(stored)) return stored;
  throw notUnderstood(`the row of the flag "${flag}"`);
}

function objectIn(text: string): object {
  const value = jsonIn(text);
  return typeof value === "object" && value !== null ? value : {};
}

function isStoredFlag(value: unknown): value is StoredFlag {
  if (typeof value !== "object" || value === null) return false;
  const { flag, revision, override, kill }: Partial<Record<keyof StoredFlag, unknown>> = value;
  if (typeof flag !== "string" || !Number.isSafeInteger(revision)) return false;
  const isObject = (part: unknown) => part === undefined || (typeof part === "object" && part !== null);
  return isObject(override) && isObject(kill);
}

/** Undefined where a text is no JSON. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notUnderstood(what: string): BurgeeError {
  const message = `The store holds something that is not burgee's, or was damaged: ${what} cannot be understood.`;
  return new BurgeeError("STORE_FAILED", message);
}

/** How far a `Date` reaches, in milliseconds from 1970; all times of rows lie within. */
const FARTHEST = 8.64e15;

/** A time as the columns hold it, to be compared with: rows have whole milliseconds. */
export function wholeTime(ms: number): number {
  return Math.max(-FARTHEST, Math.min(FARTHEST, Math.ceil(ms)));
}

/**
 * A text as an indexed column holds it. No database takes a NUL there. What is longer than an index takes is told apart by its
 * hash; the whole text is in the entry.
 */
export function indexed(text: string): string {
  const stored = text.replaceAll("\0", "\uFFFD");
  if (stored.length <= INDEXED_LENGTH) return stored;
  const hash = process.getBuiltinModule("node:crypto").createHash("sha256").update(stored).digest("hex");
  return `${stored.slice(0, INDEXED_LENGTH)}… sha256:${hash}`;
}
