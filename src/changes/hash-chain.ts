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
  return text === undefined ? "null" : frozenWithText(text)[1];
}

/**
 * What an entry says of one flag, worked out ahead: its own JSON, frozen throughout, and the canonical text of it.
 *
 * @throws TypeError for what is no JSON, as `JSON.stringify` does
 */
export function writtenAhead(affected: AffectedFlag): readonly [AffectedFlag, text: string] {
  return frozenWithText(JSON.stringify(affected));
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
  const [affected, affectedText] = writtenList(record.affected, written);
  // The sequence is put first because that is how a line of an audit file is known.
  const body = JSON.parse(JSON.stringify(Object.assign({ sequence: place.sequence }, record, place, { affected: [] })));
  const unsorted = new Set<object>([body]);
  freezeJson(body, unsorted);
  const hash = sha256(sortedText(body, unsorted, new Map([[body.affected, affectedText]])));
  return Object.freeze({ ...body, affected, hash });
}

/** What an entry says of all flags, with its canonical text. Very many at once are quicker than one at a time. */
function writtenList(
  affected: readonly AffectedFlag[],
  written?: ReadonlyMap<AffectedFlag, string>,
): readonly [readonly AffectedFlag[], text: string] {
  if (written === undefined) return frozenWithText(JSON.stringify(affected));
  const texts: string[] = [];
  const list = affected.map((one) => {
    const known = written.get(one);
    const [json, text] = known === undefined ? writtenAhead(one) : [one, known];
    texts.push(text);
    return json;
  });
  return [Object.freeze(list), `[${texts.join(",")}]`];
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

/** What a text of JSON says, frozen throughout, with its canonical text. */
function frozenWithText<T>(text: string): readonly [T, text: string] {
  const json: T = JSON.parse(text);
  const unsorted = new Set<object>();
  if (isInner(json)) freezeJson(json, unsorted);
  return [json, unsorted.size === 0 ? text : sortedText(json, unsorted)];
}

/**
 * Freezes an object that JSON.parse made, throughout. `unsorted` is given all in it whose keys, or those of something in
 * it, are not sorted: of the others `JSON.stringify` gives the canonical text.
 */
function freezeJson(value: object, unsorted: Set<object>): void {
  const isList = Array.isArray(value);
  let isSorted = isList || areSorted(Object.keys(value));
  for (const item of isList ? value : Object.values(value)) {
    if (!isInner(item)) continue;
    freezeJson(item, unsorted);
    if (unsorted.has(item)) isSorted = false;
  }
  if (!isSorted) unsorted.add(value);
  Object.freeze(value);
}

/** Whether keys are sorted by UTF-16 code unit. */
function areSorted(keys: readonly string[]): boolean {
  let before = "";
  for (const key of keys) {
    if (key < before) return false;
    before = key;
  }
  return true;
}

/** The canonical text of a value that JSON.parse made. `known` has those of parts that were worked out before. */
function sortedText(value: unknown, unsorted: ReadonlySet<object>, known?: ReadonlyMap<object, string>): string {
  if (!isInner(value)) return JSON.stringify(value);
  const text = known?.get(value);
  if (text !== undefined) return text;
  if (!unsorted.has(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => sortedText(item, unsorted, known)).join(",")}]`;
  let members = "";
  for (const key of Object.keys(value).sort()) {
    const item = (value as Readonly<Record<string, unknown>>)[key];
    members += `${members === "" ? "" : ","}${JSON.stringify(key)}:${sortedText(item, unsorted, known)}`;
  }
  return `{${members}}`;
}

/** Whether a value of JSON holds others. */
function isInner(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
