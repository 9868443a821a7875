import { type RawBuilder, sql, type Transaction } from "kysely";
import type { ComposedChange } from "../../store/flag-store.js";
import type { SqlEngine } from "./engine.js";
import { channelOf } from "./postgres-channel.js";
import { indexed } from "./stored-rows.js";
import type { AuditRow, Tables } from "./tables.js";

/** What a command writes, beside the revision that it has taken already. */
interface Saving {
  readonly namespace: string;
  readonly row: AuditRow;
  /** The flags that the entry was about or affected. */
  readonly named: readonly string[];
  readonly flags: readonly SavedFlag[];
}

interface SavedFlag {
  readonly flag: string;
  readonly revision: number;
  readonly expected: number;
  readonly override: string | null;
  readonly killed: string | null;
}

/** Writes a command's rows. Gives those of its flags whose rows had not the revision that was expected; nothing is written of them. */
export async function saveChange(
  engine: SqlEngine,
  transaction: Transaction<Tables>,
  namespace: string,
  change: ComposedChange,
): Promise<readonly string[]> {
  const saving = savingOf(namespace, change);
  const notice = engine.notice?.(saving.row);
  const saved = await (notice === undefined
    ? saveInSteps(transaction, saving)
    : saveAtOnce(transaction, saving, notice));
  return saving.flags.map(({ flag }) => flag).filter((flag) => !saved.includes(flag));
}

function savingOf(namespace: string, { entry, flags, expected }: ComposedChange): Saving {
  const row: AuditRow = {
    namespace,
    revision: entry.sequence,
    hash: entry.hash,
    at: Date.parse(entry.at),
    actor: entry.actor === undefined ? null : indexed(entry.actor),
    source: indexed(entry.source),
    entry: JSON.stringify(entry),
    flags: JSON.stringify(flags),
  };
  const named = new Set(entry.affected.map(({ flag }) => flag));
  if (entry.flag !== undefined) named.add(entry.flag);
  return {
    namespace,
    row,
    named: [...named],
    flags: flags.map(({ flag, revision, override, kill }) => ({
      flag,
      revision,
      expected: Object.hasOwn(expected, flag) ? (expected[flag] ?? 0) : 0,
      override: override === undefined ? null : JSON.stringify(override),
      killed: kill === undefined ? null : JSON.stringify(kill),
    })),
  };
}

/**
 * PostgreSQL changes all tables in one statement, so that a command holds its namespace for one way to the database and back,
 * and tells the listeners in it: they hear of it when it has been committed.
 */
async function saveAtOnce(
  transaction: Transaction<Tables>,
  saving: Saving,
  notice: string,
): Promise<readonly string[]> {
  const { namespace, row, named, flags } = saving;
  const { rows } = await sql<{ saved: readonly string[] }>`
    WITH given AS (
      SELECT * FROM unnest(
        ${flags.map(({ flag }) => flag)}::text[], ${flags.map(({ revision }) => revision)}::bigint[],
        ${flags.map(({ expected }) => expected)}::bigint[],
        ${flags.map(({ override }) => override)}::text[], ${flags.map(({ killed }) => killed)}::text[]
      ) AS given (flag, revision, expected, override, killed)
    ), inserted AS (
      INSERT INTO burgee_flags (namespace, flag, revision, override, killed)
      SELECT ${namespace}, flag, revision, override, killed FROM given WHERE expected = 0
      ON CONFLICT DO NOTHING RETURNING flag
    ), updated AS (
      UPDATE burgee_flags AS held
      SET revision = given.revision, override = given.override, killed = given.killed FROM given
      WHERE held.namespace = ${namespace} AND held.flag = given.flag
        AND given.expected > 0 AND held.revision = given.expected
      RETURNING held.flag
    ), logged AS (${insertAuditRow(row)}
    ), linked AS (
      INSERT INTO burgee_audit_flags (namespace, flag, revision)
      SELECT ${namespace}, flag, ${row.revision}::bigint FROM unnest(${named}::text[]) AS named (flag)
    ), headed AS (${updateHead(row)}
    )
    SELECT pg_notify(${channelOf(namespace)}, ${notice}),
      ARRAY(SELECT flag FROM inserted UNION ALL SELECT flag FROM updated) AS saved`.execute(transaction);
  return rows[0]?.saved ?? [];
}

/** SQLite changes one table in a statement; they are all in this process. */
async function saveInSteps(transaction: Transaction<Tables>, saving: Saving): Promise<readonly string[]> {
  const { namespace, row, named } = saving;
  const given = JSON.stringify(saving.flags);
  const part = (name: keyof SavedFlag) => sql`json_extract(given.value, ${sql.lit(`$.${name}`)})`;
  const inserted = await sql<{ flag: string }>`
    INSERT INTO burgee_flags (namespace, flag, revision, override, killed)
    SELECT ${namespace}, ${part("flag")}, ${part("revision")}, ${part("override")}, ${part("killed")}
    FROM json_each(${given}) AS given WHERE ${part("expected")} = 0
    ON CONFLICT DO NOTHING RETURNING flag`.execute(transaction);
  const updated = await sql<{ flag: string }>`
    UPDATE burgee_flags
    SET revision = ${part("revision")}, override = ${part("override")}, killed = ${part("killed")}
    FROM json_each(${given}) AS given
    WHERE burgee_flags.namespace = ${namespace} AND burgee_flags.flag = ${part("flag")}
      AND ${part("expected")} > 0 AND burgee_flags.revision = ${part("expected")}
    RETURNING flag`.execute(transaction);
  await insertAuditRow(row).execute(transaction);
  await sql`
    INSERT INTO burgee_audit_flags (namespace, flag, revision)
    SELECT ${namespace}, value, ${row.revision} FROM json_each(${JSON.stringify(named)})`.execute(transaction);
  await updateHead(row).execute(transaction);
  return [...inserted.rows, ...updated.rows].map(({ flag }) => flag);
}

function insertAuditRow({ namespace, revision, hash, at, actor, source, entry, flags }: AuditRow): RawBuilder<unknown> {
  return sql`
    INSERT INTO burgee_audit (namespace, revision, hash, at, actor, source, entry, flags)
    VALUES (${namespace}, ${revision}, ${hash}, ${at}, ${actor}, ${source}, ${entry}, ${flags})`;
}

function updateHead({ namespace, hash }: AuditRow): RawBuilder<unknown> {
  return sql`
    UPDATE burgee_namespaces SET head_hash = ${hash} WHERE namespace = ${namespace}`;
}
