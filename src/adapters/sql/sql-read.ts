import type { Kysely } from "kysely";
import { GENESIS } from "../../changes/hash-chain.js";
import type { StoredChange, StoredState, StoreHead, StoreNews } from "../../store/flag-store.js";
import { changeOf, flagOf } from "./stored-rows.js";
import type { NamespaceRow, Tables } from "./tables.js";

/** The head of a namespace in which nothing was ever committed. */
export const START: StoreHead = Object.freeze({ revision: GENESIS.sequence, hash: GENESIS.hash });

export async function readHead(db: Kysely<Tables>, namespace: string): Promise<StoreHead> {
  return headOf(await selectHead(db, namespace).executeTakeFirst());
}

export type HeadRow = Pick<NamespaceRow, "revision" | "head_hash">;

export function selectHead(db: Kysely<Tables>, namespace: string) {
  return db.selectFrom("burgee_namespaces").select(["revision", "head_hash"]).where("namespace", "=", namespace);
}

/** The head as a row of `selectHead` gives it; without one nothing was ever committed. */
export function headOf(row: HeadRow | undefined): StoreHead {
  return row === undefined ? START : { revision: Number(row.revision), hash: row.head_hash };
}

export async function readCheckpoint(db: Kysely<Tables>, namespace: string): Promise<StoreHead> {
  const row = await db
    .selectFrom("burgee_namespaces")
    .select(["checkpoint_revision", "checkpoint_hash"])
    .where("namespace", "=", namespace)
    .executeTakeFirst();
  return row === undefined ? START : { revision: Number(row.checkpoint_revision), hash: row.checkpoint_hash };
}

/** Head and flags in one statement, and so of one moment. */
export async function readState(db: Kysely<Tables>, namespace: string): Promise<StoredState> {
  const rows = await db
    .selectFrom("burgee_namespaces as space")
    .leftJoin("burgee_flags as held", "held.namespace", "space.namespace")
    .select(["space.revision as head_revision", "space.head_hash"])
    .select(["held.flag", "held.revision", "held.override", "held.killed"])
    .where("space.namespace", "=", namespace)
    .orderBy("held.flag")
    .execute();
  const [first] = rows;
  if (first === undefined) return { head: START, flags: [] };
  const head = { revision: Number(first.head_revision), hash: first.head_hash };
  const flags = rows.flatMap(({ flag, revision, override, killed }) =>
    flag === null || revision === null ? [] : [flagOf({ flag, revision, override, killed })],
  );
  return { head, flags };
}

export interface ReadChangesOptions {
  readonly since: StoreHead;
  readonly limit: number;
  /** Where the transaction that reads has taken the next revision already. */
  readonly head?: StoreHead | undefined;
}

/**
 * What was committed after a head that the reader knows. One statement gives the namespace's head and checkpoint with the
 * changes from the known head on, which is read too so that its hash can be compared.
 */
export async function readChanges(
  db: Kysely<Tables>,
  namespace: string,
  options: ReadChangesOptions,
): Promise<StoreNews> {
  const { since, limit } = options;
  const rows = await db
    .selectFrom("burgee_namespaces as space")
    .leftJoin("burgee_audit as log", (join) =>
      join
        .onRef("log.namespace", "=", "space.namespace")
        .on("log.revision", ">=", since.revision)
        // There are no gaps. Left to a LIMIT, all that came after would be read and sorted before.
        .on("log.revision", "<=", since.revision + limit),
    )
    .select(["space.revision as head_revision", "space.head_hash"])
    .select(["space.checkpoint_revision", "space.checkpoint_hash"])
    .select(["log.revision", "log.hash", "log.entry", "log.flags"])
    .where("space.namespace", "=", namespace)
    .orderBy("log.revision")
    .execute();
  const [first] = rows;
  if (first === undefined)
    return sameHead(since, START) ? { outcome: "changes", changes: [] } : { outcome: "diverged" };
  const head = options.head ?? { revision: Number(first.head_revision), hash: first.head_hash };
  const checkpoint = { revision: Number(first.checkpoint_revision), hash: first.checkpoint_hash };
  const logged = rows.flatMap(({ revision, hash, entry, flags }) =>
    revision === null || hash === null || entry === null || flags === null
      ? []
      : [{ revision: Number(revision), hash, entry, flags }],
  );
  const known = logged[0]?.revision === since.revision ? logged.shift() : undefined;
  if (!sameHead(since, known ?? (since.revision === head.revision ? head : checkpoint))) return { outcome: "diverged" };
  const wanted = Math.min(head.revision - since.revision, limit);
  const changes = logged.slice(0, wanted).flatMap((row) => changeOf(row) ?? []);
  return followsOn(changes, since, wanted) ? { outcome: "changes", changes } : { outcome: "diverged" };
}

function sameHead(one: StoreHead, other: StoreHead): boolean {
  return one.revision === other.revision && one.hash === other.hash;
}

/** Whether nothing is missing among the changes: rows may have been taken away, or damaged, by hand. */
function followsOn(changes: readonly StoredChange[], since: StoreHead, wanted: number): boolean {
  if (changes.length !== wanted) return false;
  return changes.every(({ entry }, index) => {
    const before = changes[index - 1]?.entry ?? { sequence: since.revision, hash: since.hash };
    return entry.sequence === before.sequence + 1 && entry.previousHash === before.hash;
  });
}
