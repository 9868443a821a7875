import type { StoredChange } from "../../store/flag-store.js";
import type { Seal } from "./seal.js";
import { jsonIn, readChange } from "./stored-rows.js";
import type { AuditRow } from "./tables.js";

/** A payload must be shorter than 8,000 bytes: https://www.postgresql.org/docs/current/sql-notify.html */
const LONGEST = 7_999;

/**
 * What listeners are told of a change: its revision, and the change itself, sealed, where there is a key and it is short enough. So
 * those who have the key need not ask for it, and nobody else learns more than a number.
 */
export function noticeOf({ revision, entry, flags }: AuditRow, seal: Seal | undefined): string {
  const alone = String(revision);
  // Sealed it is longer by a third.
  if (seal === undefined || entry.length + flags.length > LONGEST) return alone;
  const notice = `${alone} ${seal.close(`[${entry},${flags}]`)}`;
  return notice.length > LONGEST ? alone : notice;
}

/** The change that a notice brings; undefined where it brings none, or none that is sealed with this key. Never throws. */
export function changeIn(notice: string, seal: Seal | undefined): StoredChange | undefined {
  const space = notice.indexOf(" ");
  if (seal === undefined || space < 0) return undefined;
  const text = seal.open(notice.slice(space + 1));
  if (text === undefined) return undefined;
  const parts: unknown = jsonIn(text);
  return Array.isArray(parts) ? readChange(Number(notice.slice(0, space)), parts[0], parts[1]) : undefined;
}
