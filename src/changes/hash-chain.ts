import { frozenCopy } from "../registry/frozen-copy.js";
import type { AffectedFlag, AuditEntry, AuditHead, AuditRecord, AuditVerdict } from "./audit.js";

/** The head of a chain that has no entry yet. */
export const GENESIS: AuditHead = Object.freeze({ sequence: 0, hash: "0".repeat(64) });

/**
 * The one text of a JSON value: keys sorted by UTF-16 code unit, no spaces, everything else as `JSON.stringify` has
 * it (undefined members are left out, -0 is `0`, NaN and the infinities are `null`, a Date is its ISO text). Values
 * that JSON tells apart have different texts. A value that is no JSON at all is `null`.
 *
 * @throws TypeError for a bigint or a value that holds itself, as `JSON.stringify` does
 *
 * @example
 * canonicalText({ b: 1, a: [true, undefined] }) // {"a":[true,null],"b":1}
 */
export function canonicalText(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? "null" : sortedText(JSON.parse(text));
}

/**
 * What an entry says of one flag, worked out ahead: its own JSON, frozen throughout, and the canonical text of it.
 *
 * @throws TypeError for what is no JSON, as `JSON.stringify` does
 */
export function writtenAhead(affected: AffectedFlag): readonly [AffectedFlag, text: string] {
  const json: AffectedFlag = JSON.parse(JSON.stringify(affected));
  return [frozenJson(json), sortedText(json)];
}

/**
 * The record as the next entry of the chain that ends in `head`: its own JSON, frozen throughout. `written` has
 * what was worked out ahead of it.
 */
export function chainEntry(
  record: AuditRecord,
  head: AuditHead,
  written?: ReadonlyMap<AffectedFlag, string>,
): AuditEntry {
  const place = { sequence: head.sequence + 1, previousHash: head.hash, hash: undefined };
  // The sequence is put first because that is how a line of an audit file is known.
  const body = JSON.parse(JSON.stringify(Object.assign({ sequence: place.sequence }, record, place, { affected: [] })));
  const affected: AffectedFlag[] = [];
  const texts: string[] = [];
  for (const one of record.affected) {
    const known = written?.get(one);
    const [json, text] = known === undefined ? writtenAhead(one) : [one, known];
    affected.push(json);
    texts.push(text);
  }
  const hash = sha256(sortedText(body, new Map([[body.affected, `[${texts.join(",")}]`]])));
  return Object.freeze({ ...frozenCopy(body), affected: Object.freeze(affected), hash });
}

/** The hash that the entry should have, by its content. */
export function hashOf(entry: AuditEntry): string {
  const { hash: _hash, ...body } = entry;
  return sha256(canonicalText(body));
}

/** The place of an entry in its chain. */
export function headOf(entry: AuditEntry): AuditHead {
  return Object.freeze({ sequence: entry.sequence, hash: entry.hash });
}

/** Whether a value has what the chain needs of an entry. */
export function isAuditEntry(value: unknown): value is AuditEntry {
  if (typeof value !== "object" || value === null) return false;
  const { sequence, previousHash, hash } = value as Partial<AuditEntry>;
  return Number.isSafeInteger(sequence) && Number(sequence) > 0 && isHash(previousHash) && isHash(hash);
}

/** What is known from elsewhere of a chain that is verified. */
export interface VerifyOptions {
  /** A head noted earlier (`flags.auditHead()`): finds an end that was cut off, and a chain written anew. */
  readonly head?: AuditHead | undefined;
  /** The head just before the first entry, where it is known: finds that the beginning was cut off. */
  readonly after?: AuditHead | undefined;
}

/**
 * Recomputes the chain, oldest entry first, and finds any edit, gap or swap. The first entry may be a later one
 * than number 1, because logs are bounded; with a `head` noted earlier, that entry must be there with that hash (or
 * be the one just before the first), so that a log that was cut off or written anew is found too. Never throws.
 *
 * @example
 * const verdict = verifyAuditEntries(readAuditFile("audit.jsonl"), { head: notedYesterday });
 * if (!verdict.ok) console.error(`entry ${verdict.sequence}: ${verdict.problem}`);
 */
export function verifyAuditEntries(entries: readonly AuditEntry[], options: VerifyOptions = {}): AuditVerdict {
  let before = options.after ?? (entries[0]?.sequence === 1 ? GENESIS : undefined);
  for (const entry of entries) {
    const problem = problemOf(entry, before);
    if (problem !== undefined) return wrong(expectedSequence(entry, before), problem);
    before = headOf(entry);
  }
  const wrongHead = options.head === undefined ? undefined : checkHead(entries, options.head, options.after);
  return wrongHead ?? Object.freeze({ ok: true, entries: entries.length, head: before ?? GENESIS });
}

function wrong(sequence: number, problem: string): AuditVerdict {
  return Object.freeze({ ok: false, sequence, problem });
}

function expectedSequence(entry: unknown, before: AuditHead | undefined): number {
  if (before !== undefined) return before.sequence + 1;
  return isAuditEntry(entry) ? entry.sequence : 1;
}

/** What is wrong with an entry by itself, or as the one after `before`. */
function problemOf(entry: AuditEntry, before: AuditHead | undefined): string | undefined {
  if (!isAuditEntry(entry)) return "it is not an audit entry";
  if (!hashFits(entry)) return `entry ${entry.sequence} was edited: its hash does not fit its content`;
  if (before === undefined) return undefined;
  const expected = before.sequence + 1;
  if (entry.sequence !== expected)
    return `entry ${expected} is missing here: entry ${entry.sequence} stands in its place`;
  if (entry.previousHash === before.hash) return undefined;
  return `entry ${expected} does not continue from entry ${before.sequence}: one of the two was rewritten`;
}

/** Content that cannot be written as JSON at all was never an entry's. */
function hashFits(entry: AuditEntry): boolean {
  try {
    return hashOf(entry) === entry.hash;
  } catch {
    return false;
  }
}

/** Looks for a head that was noted earlier in a chain that is sound in itself. */
function checkHead(entries: readonly AuditEntry[], head: AuditHead, after?: AuditHead): AuditVerdict | undefined {
  const first = entries[0];
  const start = after ?? (first === undefined ? GENESIS : { sequence: first.sequence - 1, hash: first.previousHash });
  const last = start.sequence + entries.length;
  const noted = `entry ${head.sequence}, noted earlier,`;
  if (head.sequence > last) return wrong(last + 1, `${noted} is gone: the chain was cut off after entry ${last}`);
  if (head.sequence < start.sequence) {
    return wrong(head.sequence, `${noted} is older than the entries given, which begin at ${start.sequence + 1}`);
  }
  const hash = head.sequence === start.sequence ? start.hash : entries[head.sequence - start.sequence - 1]?.hash;
  if (hash === head.hash) return undefined;
  return wrong(head.sequence, `${noted} had another hash: it, or one before it, was rewritten`);
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

/** node:crypto is loaded with the first entry: it takes as long to load as all of burgee. */
function sha256(text: string): string {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("hex");
}

/** The canonical text of a value that JSON.parse made; `known` has those of parts that were worked out before. */
function sortedText(value: unknown, known?: ReadonlyMap<unknown, string>): string {
  const text = known?.get(value);
  if (text !== undefined) return text;
  if (!isInner(value)) return JSON.stringify(value);
  // Long lists are lists of ids.
  if (Array.isArray(value) && !value.some(isInner)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => sortedText(item, known)).join(",")}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${sortedText(item, known)}`).join(",")}}`;
}

/** Freezes an object that JSON.parse made, throughout. */
function frozenJson<T extends object>(value: T): T {
  for (const item of Object.values(value)) if (isInner(item)) frozenJson(item);
  return Object.freeze(value);
}

/** Whether a value of JSON holds others. */
function isInner(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
