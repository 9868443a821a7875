import type { Kysely } from "kysely";
import type { Tables } from "./tables.js";

/** Columns of the audit log that have an index of their own. */
export type IndexedColumn = "at" | "actor" | "source";

/** What an audit query asks for that decides how SQLite had best look. */
export interface Wanted {
  readonly flag: string | undefined;
  readonly since: number | undefined;
  readonly until: number | undefined;
}

/** So many rows are sorted in a millisecond or two. */
const FEW = 1_000;

/**
 * The columns whose index SQLite must not use for a query. It knows nothing of how the rows are spread, takes the index on times
 * wherever a time is given, and sorts all that it finds, to give ten: with a driver that is synchronous nobody is answered
 * meanwhile. So it goes by the flag where one is asked for; else by time where few entries lie within; else in the order of the
 * answer, by actor, source or primary key, until there are enough. A `+` before a column hides its index:
 * https://sqlite.org/optoverview.html#disqualifying_where_clause_terms_using_unary_
 */
export async function hiddenColumns(
  db: Kysely<Tables>,
  namespace: string,
  { flag, since, until }: Wanted,
): Promise<readonly IndexedColumn[]> {
  if (flag !== undefined) return ["at", "actor", "source"];
  if (since === undefined && until === undefined) return [];
  const within = await db
    .selectFrom("burgee_audit")
    .select("at")
    .where("namespace", "=", namespace)
    .$if(since !== undefined, (select) => select.where("at", ">=", since ?? 0))
    .$if(until !== undefined, (select) => select.where("at", "<", until ?? 0))
    .limit(FEW)
    .execute();
  return within.length < FEW ? ["actor", "source"] : ["at"];
}
