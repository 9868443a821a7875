export { migrationSql, type SqlDialect } from "./migrations.js";
export type { PostgresAnswer, PostgresClient, PostgresPool } from "./postgres-pool.js";
export { type PostgresStoreOptions, postgresStore } from "./postgres-store.js";
export type { SqliteDatabase, SqliteStatement } from "./sqlite-database.js";
export { type SqliteStoreOptions, sqliteStore } from "./sqlite-store.js";
