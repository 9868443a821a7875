import type { Kysely } from "kysely";
import { Seal } from "./seal.js";
import { isRefusedRight } from "./store-error.js";
import type { Tables } from "./tables.js";

/**
 * The seal of a namespace's notifications, whose key lies in a table of its own: whoever may read it is told what changes, and could
 * tell others. The first instance makes it. Undefined for a role that may not read it, or may not make it where there is none yet:
 * then changes are asked for.
 */
export async function sealOf(db: Kysely<Tables>, namespace: string): Promise<Seal | undefined> {
  const read = () => db.selectFrom("burgee_keys").select("key").where("namespace", "=", namespace).executeTakeFirst();
  try {
    const row = (await read()) ?? (await make(db, namespace)) ?? (await read());
    return row && Seal.of(row.key);
  } catch (error) {
    if (isRefusedRight(error)) return undefined;
    throw error;
  }
}

/** Gives the key that was made; none where another instance was first. */
function make(db: Kysely<Tables>, namespace: string): Promise<{ readonly key: string } | undefined> {
  return db
    .insertInto("burgee_keys")
    .values({ namespace, key: Seal.newKey() })
    .onConflict((conflict) => conflict.doNothing())
    .returning("key")
    .executeTakeFirst();
}
