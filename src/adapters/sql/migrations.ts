import { BurgeeError } from "../../errors.js";
/** A database that the tables can be in. */
export type SqlDialect = "postgres" | "sqlite";

/** One step of the schema. Steps only ever add, so that an older version goes on working beside a newer one. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** Each may be run again without harm. */
  readonly statements: (dialect: SqlDialect) => readonly string[];
}

/** Any number that stays the same: instances that migrate wait for each other by it. */
export const migrationLock = 4_283_100_871;

/** The steps, oldest first. One that was released is never changed. */
export const migrations: readonly Migration[] = [
  { version: 1, name: "overrides, audit and usage", statements: first },
  { version: 2, name: "keys of notifications", statements: second },
];

/**
 * Names are compared by their bytes: that is the order of the one database as of the other, and an index outlives an update of
 * the operating system's collations.
 */
function columnTypes(dialect: SqlDialect): { readonly name: string; readonly integer: string } {
  return dialect === "postgres"
    ? { name: 'text COLLATE "C"', integer: "bigint" }
    : { name: "text", integer: "integer" };
}

function table(name: string, columns: readonly string[]): string {
  return `CREATE TABLE IF NOT EXISTS ${name} (\n  ${columns.join(",\n  ")}\n)`;
}

function first(dialect: SqlDialect): readonly string[] {
  const { name, integer } = columnTypes(dialect);
  const namespace = `namespace ${name} NOT NULL`;
  const flag = `flag ${name} NOT NULL`;
  const revision = `revision ${integer} NOT NULL`;
  return [
    table("burgee_namespaces", [
      `namespace ${name} NOT NULL PRIMARY KEY`,
      revision,
      "head_hash text NOT NULL",
      `checkpoint_revision ${integer} NOT NULL`,
      "checkpoint_hash text NOT NULL",
    ]),
    table("burgee_flags", [namespace, flag, revision, "override text", "killed text", "PRIMARY KEY (namespace, flag)"]),
    table("burgee_audit", [
      namespace,
      revision,
      "hash text NOT NULL",
      `at ${integer} NOT NULL`,
      `actor ${name}`,
      `source ${name} NOT NULL`,
      "entry text NOT NULL",
      "flags text NOT NULL",
      "PRIMARY KEY (namespace, revision)",
    ]),
    "CREATE INDEX IF NOT EXISTS burgee_audit_at ON burgee_audit (namespace, at)",
    "CREATE INDEX IF NOT EXISTS burgee_audit_actor ON burgee_audit (namespace, actor, revision)",
    "CREATE INDEX IF NOT EXISTS burgee_audit_source ON burgee_audit (namespace, source, revision)",
    table("burgee_audit_flags", [namespace, flag, revision, "PRIMARY KEY (namespace, flag, revision)"]),
    "CREATE INDEX IF NOT EXISTS burgee_audit_flags_revision ON burgee_audit_flags (namespace, revision)",
    table("burgee_usage", [
      namespace,
      `hour ${integer} NOT NULL`,
      flag,
      `variant ${name} NOT NULL`,
      `evaluations ${integer} NOT NULL`,
      `errors ${integer} NOT NULL`,
      "PRIMARY KEY (namespace, hour, flag, variant)",
    ]),
    "CREATE INDEX IF NOT EXISTS burgee_usage_flag ON burgee_usage (namespace, flag, hour)",
  ];
}

/** SQLite notifies nobody. The schema is the same all the same. */
function second(dialect: SqlDialect): readonly string[] {
  const { name } = columnTypes(dialect);
  return [table("burgee_keys", [`namespace ${name} NOT NULL PRIMARY KEY`, "key text NOT NULL"])];
}

/** The table that says which steps were taken. */
export function migrationsTable(dialect: SqlDialect): string {
  const { integer } = columnTypes(dialect);
  return table("burgee_migrations", [
    "version integer NOT NULL PRIMARY KEY",
    "name text NOT NULL",
    `applied_at ${integer} NOT NULL`,
  ]);
}

/** Notes that a step was taken, by the database's clock. */
export function migrationNote(dialect: SqlDialect, { version, name }: Migration): string {
  const now =
    dialect === "postgres"
      ? "CAST(extract(epoch FROM now()) * 1000 AS bigint)"
      : "CAST(strftime('%s', 'now') AS integer) * 1000";
  const columns = "burgee_migrations (version, name, applied_at)";
  return `INSERT INTO ${columns} VALUES (${version}, '${name}', ${now}) ON CONFLICT (version) DO NOTHING`;
}

/**
 * All migrations as a text for `psql` or `sqlite3`, for databases to which tables may be added by hand only; create the store
 * with `migrate: false` then. Running it again, or beside instances that migrate by themselves, does no harm.
 *
 * @throws BurgeeError `INVALID_OPTIONS` for another dialect
 *
 * @example
 * import { writeFileSync } from "node:fs";
 * import { migrationSql } from "burgee/sql";
 *
 * writeFileSync("burgee.sql", migrationSql("postgres")); // psql -v ON_ERROR_STOP=1 -f burgee.sql
 */
export function migrationSql(dialect: SqlDialect): string {
  if (dialect !== "postgres" && dialect !== "sqlite")
    throw new BurgeeError("INVALID_OPTIONS", 'migrationSql knows the dialects "postgres" and "sqlite"');
  const lines = [`-- burgee: tables of a flag store, versions 1 to ${migrations.length}. May be run again.`];
  if (dialect === "postgres") lines.push("BEGIN;", `SELECT pg_advisory_xact_lock(${migrationLock});`);
  else lines.push("BEGIN IMMEDIATE;");
  lines.push(`${migrationsTable(dialect)};`);
  for (const migration of migrations) {
    lines.push(`-- ${migration.version}: ${migration.name}`);
    for (const statement of migration.statements(dialect)) lines.push(`${statement};`);
    lines.push(`${migrationNote(dialect, migration)};`);
  }
  lines.push("COMMIT;");
  return `${lines.join("\n")}\n`;
}
