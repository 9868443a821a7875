import type { Transaction } from "kysely";
import { BurgeeError } from "../../errors.js";
import type { ComposedChange, StoredChange, StoreHead, StoreWrite, StoreWritten } from "../../store/flag-store.js";
import { CommitInDoubt, type SqlEngine } from "./engine.js";
import { saveChange } from "./save-change.js";
import { readChanges, START } from "./sql-read.js";
import type { Tables } from "./tables.js";

/** How long to wait before the database is asked again whether it committed, in milliseconds. */
const PAUSE_MS = 50;

export interface WriteOptions {
  readonly engine: SqlEngine;
  readonly namespace: string;
  /** How long to ask whether a change was committed after all, in milliseconds. */
  readonly timeoutMs: number;
}

/** What came of a write, if `compose` refused too. */
type Written = StoreWritten | { readonly outcome: "refused"; readonly thrown: unknown };

/** Thrown in a transaction to roll it back. */
class Undone extends Error {
  readonly written: Written;

  constructor(written: Written) {
    super(written.outcome);
    this.written = written;
  }
}

/** Commits one change; see `FlagStore.write`. What `compose` throws is given back, so that nobody takes it for the database's. */
export async function writeChange(options: WriteOptions, write: StoreWrite): Promise<Written> {
  let composed: ComposedChange | undefined;
  const work = async (transaction: Transaction<Tables>) => {
    composed = undefined;
    composed = await composeNext(transaction, options.namespace, write);
    const { entry, flags } = composed;
    const [other] = await saveChange(options.engine, transaction, options.namespace, composed);
    if (other !== undefined) throw otherRevision(other);
    return { outcome: "committed", change: { entry, flags } } as const;
  };
  try {
    return await options.engine.transaction(work);
  } catch (error) {
    if (error instanceof Undone) return error.written;
    if (!(error instanceof CommitInDoubt) || composed === undefined) throw error;
    return settle(options, composed);
  }
}

/** Takes the namespace's next revision, and with it the right to commit, and composes the change. */
async function composeNext(
  transaction: Transaction<Tables>,
  namespace: string,
  { since, compose }: StoreWrite,
): Promise<ComposedChange> {
  const head = await takeRevision(transaction, namespace);
  const missed = await missedBy(transaction, namespace, since, head);
  const change = composeOrUndo(() => compose(missed));
  const { sequence, previousHash } = change.entry;
  if (sequence === head.revision + 1 && previousHash === head.hash) return change;
  const message = `The change is not chained to revision ${head.revision}, which is the store's last; nothing was committed.`;
  throw new BurgeeError("STORE_FAILED", message);
}

/** What a writer has not applied yet: mostly nothing, and then nobody is asked. */
async function missedBy(
  transaction: Transaction<Tables>,
  namespace: string,
  since: StoreHead,
  head: StoreHead,
): Promise<readonly StoredChange[]> {
  if (head.revision === since.revision && head.hash === since.hash) return [];
  const limit = Math.max(0, head.revision - since.revision);
  const news = await readChanges(transaction, namespace, { since, head, limit });
  if (news.outcome === "diverged") throw new Undone(news);
  return news.changes;
}

function composeOrUndo(compose: () => ComposedChange | undefined): ComposedChange {
  let change: ComposedChange | undefined;
  try {
    change = compose();
  } catch (thrown) {
    throw new Undone({ outcome: "refused", thrown });
  }
  if (change === undefined) throw new Undone({ outcome: "unchanged" });
  return change;
}

/** Gives the head before. Whoever else wants to commit waits from now on. */
async function takeRevision(transaction: Transaction<Tables>, namespace: string): Promise<StoreHead> {
  const take = () =>
    transaction
      .updateTable("burgee_namespaces")
      .set((column) => ({ revision: column("revision", "+", 1) }))
      .where("namespace", "=", namespace)
      .returning(["revision", "head_hash"]);
  let row = await take().executeTakeFirst();
  if (row === undefined) {
    await insertNamespace(transaction, namespace);
    row = await take().executeTakeFirstOrThrow();
  }
  return { revision: Number(row.revision) - 1, hash: row.head_hash };
}

/** The first command of a namespace makes its row. Where two are the first at once, one waits for the other. */
async function insertNamespace(transaction: Transaction<Tables>, namespace: string): Promise<void> {
  const { revision, hash } = START;
  await transaction
    .insertInto("burgee_namespaces")
    .values({ namespace, revision, head_hash: hash, checkpoint_revision: revision, checkpoint_hash: hash })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

function otherRevision(flag: string): BurgeeError {
  const message = `The stored row of the flag "${flag}" has not the revision that the change expects; nothing was committed.`;
  return new BurgeeError("STORE_FAILED", message, { flag });
}

/** Finds out whether a change was committed whose connection was lost meanwhile. */
async function settle(options: WriteOptions, { entry, flags }: ComposedChange): Promise<Written> {
  const { engine, timeoutMs } = options;
  const head = { revision: entry.sequence, hash: entry.hash };
  const until = performance.now() + timeoutMs;
  for (;;) {
    const found = await isCommitted(options, head).catch(() => undefined);
    if (found === true) return { outcome: "committed", change: { entry, flags } };
    const lost = `The ${engine.name} store lost its connection while it committed`;
    if (found === false) throw new BurgeeError("STORE_UNAVAILABLE", `${lost}; nothing was committed.`);
    if (performance.now() >= until) {
      const ask = `Look for revision ${head.revision} with the hash ${head.hash} in the audit log.`;
      const message = `${lost}, and could not be asked afterwards whether it did. ${ask}`;
      throw new BurgeeError("STORE_OUTCOME_UNKNOWN", message);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Whether the store holds that revision. The transaction in doubt may live yet: it is waited for, by the row that it locks. */
async function isCommitted({ engine, namespace }: WriteOptions, head: StoreHead): Promise<boolean> {
  return engine.transaction(async (transaction) => {
    // The change may be the namespace's first, and its row not to be seen yet: then making the row waits.
    await insertNamespace(transaction, namespace);
    await transaction
      .updateTable("burgee_namespaces")
      .set((column) => ({ revision: column.ref("revision") }))
      .where("namespace", "=", namespace)
      .execute();
    const row = await transaction
      .selectFrom("burgee_audit")
      .select("revision")
      .where("namespace", "=", namespace)
      .where("revision", "=", head.revision)
      .where("hash", "=", head.hash)
      .executeTakeFirst();
    return row !== undefined;
  });
}
