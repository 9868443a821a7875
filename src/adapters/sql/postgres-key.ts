import type { Kysely } from "kysely";
import { ConnectionLost } from "./connection-lost.js";
import { CommitInDoubt } from "./engine.js";
import { Seal } from "./seal.js";
import { codeOf, isMissingTable, isRefusedRight } from "./store-error.js";
import type { Tables } from "./tables.js";

/** SQLSTATE of a connection, or a server, on which nobody may write. */
const READ_ONLY = "25006";

/**
 * The seal of a namespace's notifications, whose key lies in a table of its own: whoever may read it is told what changes, and could
 * tell others. The first instance makes it. Undefined for a role that may not read it, or may not make it where there is none yet,
 * and where somebody took the table away: then changes are asked for.
 */
export async function sealOf(db: Kysely<Tables>, namespace: string): Promise<Seal | undefined> {
  const read = (from: Kysely<Tables>) =>
    from.selectFrom("burgee_keys").select("key").where("namespace", "=", namespace).executeTakeFirst();
  // In a transaction, where a statement has parameters: written into its text the key would be shown as what the server does.
  const make = (transaction: Kysely<Tables>) =>
    transaction
      .insertInto("burgee_keys")
      .values({ namespace, key: Seal.newKey() })
      .onConflict((conflict) => conflict.doNothing())
      .returning("key")
      .executeTakeFirst();
  const readOrMake = async (transaction: Kysely<Tables>) => (await read(transaction)) ?? make(transaction);
  try {
    // Where another instance was first, its key is there to be read when the transaction is over.
    const row = (await read(db)) ?? (await db.transaction().execute(readOrMake)) ?? (await read(db));
    return row && Seal.of(row.key);
  } catch (error) {
    if (isRefusedRight(error) || isMissingTable(error) || codeOf(error) === READ_ONLY) return undefined;
    // Nothing depends on whether it was made: the next subscription finds out.
    if (error instanceof CommitInDoubt) throw new ConnectionLost("the connection was lost while a key was made");
    throw error;
  }
}
