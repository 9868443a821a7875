import { sql } from "kysely";
import type { AuditEntry } from "../../changes/audit.js";
import { milliseconds } from "../../changes/audit-query.js";
import { auditPage, checkPrune } from "../../store/checked-query.js";
import type { StoredAuditQuery } from "../../store/flag-store.js";
import type { SqlEngine } from "./engine.js";
import { forgetUsage } from "./sql-usage.js";
import { hiddenColumns, type IndexedColumn } from "./sqlite-scan.js";
import { entryOf, indexed, wholeTime } from "./stored-rows.js";

/** @throws BurgeeError `INVALID_OPTIONS` for a time, limit or sequence that cannot be understood */
export async function readAudit(
  engine: SqlEngine,
  namespace: string,
  query: StoredAuditQuery,
): Promise<readonly AuditEntry[]> {
  const { flag, actor, source } = query;
  const { after, limit } = auditPage(query);
  const times = timesOf(query);
  const hidden = engine.name === "sqlite" ? await hiddenColumns(engine.db, namespace, { ...times, flag }) : [];
  const column = (name: IndexedColumn) => {
    const ref = sql.ref<number | string | null>(`log.${name}`);
    return hidden.includes(name) ? sql<number | string | null>`+${ref}` : ref;
  };
  const rows = await engine.db
    .selectFrom("burgee_audit as log")
    .select(["log.revision", "log.hash", "log.entry"])
    .$if(flag !== undefined, (select) =>
      select.innerJoin("burgee_audit_flags as about", (join) =>
        join
          .onRef("about.namespace", "=", "log.namespace")
          .onRef("about.revision", "=", "log.revision")
          .on("about.flag", "=", flag ?? ""),
      ),
    )
    .where((is) =>
      is.and([
        is("log.namespace", "=", namespace),
        ...(actor === undefined ? [] : [is(column("actor"), "=", indexed(actor))]),
        ...(source === undefined ? [] : [is(column("source"), "=", indexed(source))]),
        ...(times.since === undefined ? [] : [is(column("at"), ">=", times.since)]),
        ...(times.until === undefined ? [] : [is(column("at"), "<", times.until)]),
        ...(after === 0 ? [] : [is("log.revision", ">", after)]),
      ]),
    )
    // The same number in both tables; SQLite goes by the one that is named.
    .orderBy(sql.ref(flag === undefined ? "log.revision" : "about.revision"), query.order === "oldest" ? "asc" : "desc")
    .limit(limit)
    .execute();
  return rows.map(entryOf);
}

interface Times {
  readonly since: number | undefined;
  readonly until: number | undefined;
}

function timesOf(query: StoredAuditQuery): Times {
  const since = milliseconds(query.since, "since");
  const until = milliseconds(query.until, "until");
  return {
    since: since === undefined ? undefined : wholeTime(since),
    until: until === undefined ? undefined : wholeTime(until),
  };
}

export interface PruneOptions {
  readonly before: number;
  readonly usageBefore?: number | undefined;
  readonly limit: number;
}

/** Forgets what is oldest; see `FlagStore.prune`. */
export async function prune(engine: SqlEngine, namespace: string, options: PruneOptions): Promise<number> {
  checkPrune(options);
  const { before, usageBefore, limit } = options;
  const rows = usageBefore === undefined ? 0 : await forgetUsage(engine, namespace, { before: usageBefore, limit });
  return Math.max(rows, await forgetEntries(engine, namespace, { before, limit }));
}

async function forgetEntries(
  engine: SqlEngine,
  namespace: string,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<number> {
  // What is old stays as it is, so it is looked for without a lock.
  const oldest = await engine.db
    .selectFrom("burgee_audit")
    .select(["revision", "hash", "at"])
    .where("namespace", "=", namespace)
    .orderBy("revision")
    .limit(limit)
    .execute();
  const kept = oldest.findIndex(({ at }) => Number(at) >= before);
  const last = kept === -1 ? oldest.at(-1) : oldest[kept - 1];
  return last === undefined ? 0 : forgetUpTo(engine, namespace, { revision: Number(last.revision), hash: last.hash });
}

async function forgetUpTo(
  engine: SqlEngine,
  namespace: string,
  { revision, hash }: { readonly revision: number; readonly hash: string },
): Promise<number> {
  return engine.transaction(async (transaction) => {
    const moved = await transaction
      .updateTable("burgee_namespaces")
      .set({ checkpoint_revision: revision, checkpoint_hash: hash })
      .where("namespace", "=", namespace)
      .where("checkpoint_revision", "<", revision)
      .returning("revision")
      .executeTakeFirst();
    // Another instance was quicker.
    if (moved === undefined) return 0;
    await transaction
      .deleteFrom("burgee_audit_flags")
      .where("namespace", "=", namespace)
      .where("revision", "<=", revision)
      .execute();
    const forgotten = await transaction
      .deleteFrom("burgee_audit")
      .where("namespace", "=", namespace)
      .where("revision", "<=", revision)
      .executeTakeFirst();
    return Number(forgotten.numDeletedRows);
  });
}
