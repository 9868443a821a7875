import { setImmediate as nextTurn } from "node:timers/promises";
import type { Kysely } from "kysely";
import { usageLimit } from "../../store/checked-query.js";
import type { FlagUsage, FlagUsageQuery } from "../../store/flag-store.js";
import type { SqlEngine } from "./engine.js";
import { indexed, wholeTime } from "./stored-rows.js";
import type { Tables } from "./tables.js";

/** Rows in one statement: a database takes a limited number of parameters. */
const BATCH = 500;

/**
 * Adds to the counts, all or none: where something fails, nothing is counted, and the same may be given again. In one order
 * everywhere, so that instances wait for each other's rows but never in a circle. The event loop has a turn between two
 * statements, because a driver of SQLite is synchronous; the store has not, until all is committed.
 */
export async function addUsage(engine: SqlEngine, namespace: string, usage: readonly FlagUsage[]): Promise<void> {
  const rows = summed(usage).sort(byKey);
  if (rows.length === 0) return;
  await engine.transaction(async (transaction) => {
    for (let start = 0; start < rows.length; start += BATCH) {
      if (start > 0) await nextTurn();
      await transaction
        .insertInto("burgee_usage")
        .values(rows.slice(start, start + BATCH).map((row) => ({ namespace, ...row })))
        .onConflict((conflict) =>
          conflict.columns(["namespace", "hour", "flag", "variant"]).doUpdateSet((column) => ({
            evaluations: column("burgee_usage.evaluations", "+", column.ref("excluded.evaluations")),
            errors: column("burgee_usage.errors", "+", column.ref("excluded.errors")),
          })),
        )
        .execute();
    }
  });
}

/** One row for each hour, flag and variant: a statement may not touch a row twice. */
function summed(usage: readonly FlagUsage[]): FlagUsage[] {
  const rows = new Map<string, FlagUsage>();
  for (const { hour, evaluations, errors, ...names } of usage) {
    const [flag, variant] = [indexed(names.flag), indexed(names.variant)];
    const key = JSON.stringify([hour, flag, variant]);
    const known = rows.get(key) ?? { evaluations: 0, errors: 0 };
    const sum = { evaluations: known.evaluations + evaluations, errors: known.errors + errors };
    rows.set(key, { hour, flag, variant, ...sum });
  }
  return [...rows.values()];
}

function byKey(one: FlagUsage, other: FlagUsage): number {
  return one.hour - other.hour || inOrder(one.flag, other.flag) || inOrder(one.variant, other.variant);
}

function inOrder(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

export async function readUsage(
  db: Kysely<Tables>,
  namespace: string,
  query: FlagUsageQuery,
): Promise<readonly FlagUsage[]> {
  const { flag, since, until } = query;
  const rows = await db
    .selectFrom("burgee_usage")
    .select(["hour", "flag", "variant", "evaluations", "errors"])
    .where((is) =>
      is.and([
        is("namespace", "=", namespace),
        ...(flag === undefined ? [] : [is("flag", "=", indexed(flag))]),
        ...(since === undefined ? [] : [is("hour", ">=", wholeTime(since))]),
        ...(until === undefined ? [] : [is("hour", "<", wholeTime(until))]),
      ]),
    )
    // The newest, where there are too many.
    .orderBy("hour", "desc")
    .orderBy("flag", "desc")
    .orderBy("variant", "desc")
    .limit(usageLimit(query))
    .execute();
  return rows.reverse().map(({ hour, flag: name, variant, evaluations, errors }) => ({
    hour: Number(hour),
    flag: name,
    variant,
    evaluations: Number(evaluations),
    errors: Number(errors),
  }));
}

/** Forgets the oldest rows of usage that are older than a time, `limit` at most: so that nobody waits for it. Gives how many. */
export async function forgetUsage(
  engine: SqlEngine,
  namespace: string,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<number> {
  return engine.transaction(async (transaction) => {
    const { numDeletedRows } = await transaction
      .deleteFrom("burgee_usage")
      .where("namespace", "=", namespace)
      .where(({ eb, refTuple, selectFrom }) =>
        eb(
          refTuple("hour", "flag", "variant"),
          "in",
          selectFrom("burgee_usage")
            .select(["hour", "flag", "variant"])
            .where("namespace", "=", namespace)
            .where("hour", "<", wholeTime(before))
            .orderBy("hour")
            .orderBy("flag")
            .orderBy("variant")
            .limit(limit)
            .$asTuple("hour", "flag", "variant"),
        ),
      )
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  });
}
