import fs from "node:fs";
import { BurgeeError, messageOf } from "../errors.js";
import { frozenCopy } from "../registry/frozen-copy.js";
import type { AuditEntry, AuditHead } from "./audit.js";
import { headOf, isAuditEntry } from "./hash-chain.js";

const NEWLINE = 10;
const CHUNK = 64 * 1024;
/** Every line begins so: it tells a line that was cut short from a file that is no audit file at all. */
const LINE_START = '{"sequence":';

/** The line of an entry in an audit file, with its newline. */
export function auditLine(entry: AuditEntry): string {
  return `${JSON.stringify(Object.assign({ sequence: entry.sequence }, entry))}\n`;
}

/**
 * Reads an audit file, oldest entry first. A last line that was cut short by a crash is left out; hashes are not
 * looked at: `verifyAuditEntries` does that.
 *
 * @throws BurgeeError `AUDIT_FILE_DAMAGED` for any other line that is no entry, with its place; `INVALID_OPTIONS` for
 * a file that cannot be read
 *
 * @example
 * const verdict = verifyAuditEntries(readAuditFile("/var/lib/app/audit.jsonl"));
 */
export function readAuditFile(path: string): AuditEntry[] {
  const bytes = readWhole(path);
  const entries: AuditEntry[] = [];
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    const text = bytes.subarray(start, end);
    const entry = parseEntry(text);
    if (entry !== undefined) entries.push(frozenCopy(entry));
    else if (newline !== -1 || !isTorn(text)) throw damagedLine(path, line);
    start = end + 1;
  }
  return entries;
}

/** The end of an audit file, as it is when `mendTail` is through. */
export interface Tail {
  /** The last entry's head; undefined where there is no entry. */
  readonly head: AuditHead | undefined;
  /** What was cut off. */
  readonly problem: string | undefined;
}

/**
 * Finds the last entry of an audit file that is open for appending, and leaves the file ending in a whole line. Reads
 * no more than the end. What a crash left of a line is cut off; where only the newline is missing, it is added.
 *
 * @throws BurgeeError `AUDIT_FILE_DAMAGED` where the file ends in anything else; it is left as it was
 */
export function mendTail(descriptor: number, path: string): Tail {
  const { size } = fs.fstatSync(descriptor);
  const { line, rest } = readTail(descriptor, size);
  const last = line === undefined ? undefined : parseEntry(line);
  if (line !== undefined && last === undefined) throw damagedEnd(path, size - rest.length - line.length - 1);
  const head = last === undefined ? undefined : headOf(last);
  if (rest.length === 0) return { head, problem: undefined };
  const finished = parseEntry(rest);
  if (finished !== undefined) {
    fs.writeSync(descriptor, "\n");
    return { head: headOf(finished), problem: undefined };
  }
  if (!isTorn(rest)) throw damagedEnd(path, size - rest.length);
  truncate(path, size - rest.length);
  const lost = rest.length === 1 ? "1 byte" : `${rest.length} bytes`;
  const problem = `The audit file ${path} ended in ${lost} of an entry that was never finished (a crash); they were cut off.`;
  return { head, problem };
}

/** Cuts a file off. Windows does that by no handle that appends. */
function truncate(path: string, length: number): void {
  const descriptor = fs.openSync(path, "r+");
  try {
    fs.ftruncateSync(descriptor, length);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The last line that has its newline, and whatever comes after it. */
function readTail(descriptor: number, size: number): { readonly line: Buffer | undefined; readonly rest: Buffer } {
  let tail: Buffer = Buffer.alloc(0);
  let start = size;
  for (let chunk = CHUNK; ; chunk *= 2) {
    const end = tail.lastIndexOf(NEWLINE);
    const before = end > 0 ? tail.lastIndexOf(NEWLINE, end - 1) : -1;
    if (before !== -1 || start === 0) {
      return { line: end === -1 ? undefined : tail.subarray(before + 1, end), rest: tail.subarray(end + 1) };
    }
    const more = Buffer.alloc(Math.min(chunk, start));
    start -= more.length;
    fs.readSync(descriptor, more, 0, more.length, start);
    tail = Buffer.concat([more, tail]);
  }
}

function readWhole(path: string): Buffer {
  try {
    return fs.readFileSync(path);
  } catch (cause) {
    const message = `The audit file ${path} cannot be read: ${messageOf(cause)}`;
    throw new BurgeeError("INVALID_OPTIONS", message, { cause });
  }
}

function parseEntry(bytes: Buffer): AuditEntry | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return isAuditEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether bytes without a newline may be the beginning of a line. Some file systems leave zeros after a power cut. */
function isTorn(bytes: Buffer): boolean {
  const start = bytes.subarray(0, LINE_START.length).toString("latin1");
  return LINE_START.startsWith(start) || bytes.every((byte) => byte === 0);
}

function damagedLine(path: string, line: number): BurgeeError {
  const place = `${path}:${line}`;
  const message = "this line is not an audit entry";
  const problems = [{ code: "AUDIT_FILE_DAMAGED", message, place }] as const;
  return new BurgeeError("AUDIT_FILE_DAMAGED", `${place}: ${message}`, { problems });
}

function damagedEnd(path: string, offset: number): BurgeeError {
  const what = `The audit file ${path} ends in something that is not an audit entry (from byte ${offset} on)`;
  const mend = "Move the file away, and a new one is begun; or remove what does not belong there.";
  return new BurgeeError("AUDIT_FILE_DAMAGED", `${what}; it was left as it is. ${mend}`);
}
