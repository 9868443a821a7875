import { canonicalText } from "../changes/hash-chain.js";
import { messageOf } from "../errors.js";
import { frozenCopy } from "../registry/frozen-copy.js";
import type { Origin } from "../resolvers/resolver.js";
import type { Steps } from "../resolvers/steps.js";
import { isPlainObject } from "../rules/plain-object.js";
import type { StoredFlag, StoredState } from "./flag-store.js";

/** What an instance knows when it loses the store, and needs to start without it. */
export interface LastKnownGood {
  readonly state: StoredState;
  /** Who killed which flag on this instance while the store was away. */
  readonly localKills: Readonly<Record<string, Origin>>;
}

/** Whose content it is. */
export interface Owner {
  /** The store's name, for people who read the file. */
  readonly store: string;
  readonly namespace: string;
}

const FORMAT = "burgee-last-known-good";
const VERSION = 1;

/** The canonical texts of rows that were written before. Rows are never changed, only replaced. */
export type RowTexts = WeakMap<StoredFlag, string>;

/**
 * Makes, in steps, the text of a last-known-good file, version 1: two lines, each with a newline. The first is JSON:
 * `{"format":"burgee-last-known-good","version":1,"sha256":"…"}`, and `sha256` is that of the second line without its
 * newline, in UTF-8. The second is the canonical text (`canonicalText`) of `{ store, namespace, state, localKills }`.
 */
export function* writeLastKnownGood(
  { state: { head, flags }, localKills }: LastKnownGood,
  { store, namespace }: Owner,
  known: RowTexts,
): Steps<string> {
  const rows: string[] = [];
  for (const row of flags) {
    const text = known.get(row) ?? canonicalText(row);
    known.set(row, text);
    rows.push(text);
    yield;
  }
  const state = `{"flags":[${rows.join(",")}],"head":${canonicalText(head)}}`;
  const [kills, space, name] = [localKills, namespace, store].map(canonicalText);
  const body = `{"localKills":${kills},"namespace":${space},"state":${state},"store":${name}}`;
  return `${JSON.stringify({ format: FORMAT, version: VERSION, sha256: sha256(body) })}\n${body}\n`;
}

/** What a file holds, or what is wrong with it. */
export function readLastKnownGood(text: string, namespace: string): LastKnownGood | { readonly problem: string } {
  const [first = "", body, rest, ...more] = text.split("\n");
  const header = parsed(first);
  if (!isPlainObject(header) || header.format !== FORMAT) return problem("it is not a last-known-good file");
  if (header.version !== VERSION) {
    return problem(`it is of version ${messageOf(header.version)}, and this burgee reads version ${VERSION}`);
  }
  if (body === undefined || rest !== "" || more.length > 0) return problem("it was cut off, or something was added");
  if (header.sha256 !== sha256(body)) return problem("its checksum does not fit its content");
  const content = parsed(body);
  if (!isContent(content)) return problem("it lacks a part");
  if (content.namespace !== namespace) return problem(`it belongs to the namespace "${content.namespace}"`);
  return frozenCopy({ state: content.state, localKills: content.localKills });
}

function problem(what: string): { readonly problem: string } {
  return { problem: what };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The checksum vouches for the rest. */
function isContent(value: unknown): value is LastKnownGood & Owner {
  if (!isPlainObject(value) || typeof value.namespace !== "string") return false;
  const { state, localKills } = value;
  if (!isPlainObject(localKills) || !isPlainObject(state) || !isPlainObject(state.head)) return false;
  const { revision, hash } = state.head;
  return Number.isSafeInteger(revision) && typeof hash === "string" && Array.isArray(state.flags);
}

/** node:crypto is loaded with the first file: it takes as long to load as all of burgee. */
function sha256(text: string): string {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("hex");
}
