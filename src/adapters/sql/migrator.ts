import { sql } from "kysely";
import { BurgeeError } from "../../errors.js";
import { CommitInDoubt, type SqlEngine } from "./engine.js";
import { type Migration, migrationNote, migrations, migrationsTable } from "./migrations.js";
import { isMissingTable, isRefusedRight } from "./store-error.js";

/**
 * Brings the tables up to date at the first call that needs them. Instances that start together wait for each other; one that
 * failed tries again at the next call. A schema that is newer than this version is fine, because migrations only ever add.
 */
export class Migrator {
  readonly #engine: SqlEngine;
  readonly #migrate: boolean;
  #ready: Promise<void> | undefined;

  constructor(engine: SqlEngine, migrate: boolean) {
    this.#engine = engine;
    this.#migrate = migrate;
  }

  /**
   * Resolves when the tables are there.
   *
   * @throws BurgeeError `STORE_SCHEMA` where they are not and may not be made
   */
  ready(): Promise<void> {
    this.#ready ??= this.#check().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  /** Looks again at the next call: somebody took tables away. */
  forget(): void {
    this.#ready = undefined;
  }

  async #check(): Promise<void> {
    // Asked outside of a transaction first: mostly there is nothing to do, and a role that may not make tables can still ask.
    const missing = missingOf(await this.#applied());
    if (missing.length === 0) return;
    if (!this.#migrate) throw this.#schemaError(missing, "The store was created with migrate: false.");
    try {
      await this.#apply();
    } catch (error) {
      if (isRefusedRight(error)) throw this.#schemaError(missing, "The store's database role may not create tables.");
      if (!(error instanceof CommitInDoubt)) throw error;
      // The next call finds out, and nothing was done yet of what this one was asked for.
      const message = `The ${this.#engine.name} store lost its connection while it made its tables.`;
      throw new BurgeeError("STORE_UNAVAILABLE", message);
    }
  }

  async #applied(): Promise<readonly number[]> {
    try {
      const rows = await this.#engine.db.selectFrom("burgee_migrations").select("version").execute();
      return rows.map(({ version }) => Number(version));
    } catch (error) {
      if (isMissingTable(error)) return [];
      throw error;
    }
  }

  async #apply(): Promise<void> {
    const dialect = this.#engine.name;
    await this.#engine.alone(async (transaction) => {
      await sql.raw(migrationsTable(dialect)).execute(transaction);
      const rows = await transaction.selectFrom("burgee_migrations").select("version").execute();
      // Somebody else may have taken steps while this instance waited.
      for (const migration of missingOf(rows.map(({ version }) => Number(version)))) {
        for (const statement of migration.statements(dialect)) await sql.raw(statement).execute(transaction);
        await sql.raw(migrationNote(dialect, migration)).execute(transaction);
      }
    });
  }

  #schemaError(missing: readonly Migration[], why: string): BurgeeError {
    const steps = missing.map(({ version, name }) => `${version} (${name})`).join(", ");
    const how = `Apply migrationSql("${this.#engine.name}") of burgee/sql to the database.`;
    return new BurgeeError("STORE_SCHEMA", `The database lacks burgee's migration ${steps}. ${why} ${how}`);
  }
}

function missingOf(applied: readonly number[]): readonly Migration[] {
  return migrations.filter(({ version }) => !applied.includes(version));
}
