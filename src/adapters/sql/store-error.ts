import { BurgeeError, messageOf } from "../../errors.js";
import { CommitInDoubt, type SqlEngine } from "./engine.js";
import { sqliteCodeOf } from "./sqlite-error.js";

/** SQLSTATE classes whose messages may quote values: data exceptions, broken constraints, and what a trigger says in its own words. */
const quotingClasses = ["22", "23", "P0"];

/** There is no schema in which a table could be made. */
const NO_SCHEMA = "3F000";

/**
 * What went wrong in a store, as an error of burgee's. It tells what the database said, but holds nothing that may be a secret:
 * no values, no connection string, and not the database client's own error, which may hold both.
 */
export function storeError(engine: SqlEngine, error: unknown): BurgeeError {
  if (error instanceof BurgeeError) return error;
  const store = `The ${engine.name} store`;
  if (error instanceof CommitInDoubt) {
    const message = `${store} lost its connection while it committed; the work may have been done, or not.`;
    return new BurgeeError("STORE_OUTCOME_UNKNOWN", message);
  }
  const said = saidOf(error);
  if (engine.isUnavailable(error)) {
    return new BurgeeError("STORE_UNAVAILABLE", `${store} cannot be reached: ${said}`);
  }
  if (isMissingTable(error)) {
    const how = howToMend(engine, error);
    return new BurgeeError("STORE_SCHEMA", `${store} lacks a schema, table or column: ${said}. ${how}`);
  }
  // An error without a code is not the database's, and only its stack tells where it comes from.
  const cause = codeOf(error) === undefined ? error : undefined;
  return new BurgeeError("STORE_FAILED", `${store} refused: ${said}`, { cause });
}

function howToMend(engine: SqlEngine, error: unknown): string {
  if (codeOf(error) === NO_SCHEMA) return "See that the search_path of the connection leads to a schema that is there.";
  return `Apply migrationSql("${engine.name}") of burgee/sql, or create the store without migrate: false.`;
}

/** What the database, or the way to it, said. */
function saidOf(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined) return withoutSecrets(messageOf(error));
  const quotes = quotingClasses.some((start) => code.startsWith(start));
  // An AggregateError, which is what tries at several addresses give, has no message.
  const message = quotes ? "" : messageOf(error);
  return message === "" ? `it gave the error ${code}` : withoutSecrets(`${message} (${code})`);
}

function withoutSecrets(text: string): string {
  return text.replace(/\w+:\/\/\S+/g, "(address left out)");
}

/** The SQLSTATE, SQLITE_… or system code of an error. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Whether a table or column is not there. SQLite has no code of its own for it. */
export function isMissingTable(error: unknown): boolean {
  const code = codeOf(error);
  if (code === "42P01" || code === "42703" || code === NO_SCHEMA) return true;
  return /\bno such (table|column)\b|\bhas no column named\b/.test(messageOf(error));
}

/** Whether the database's role may not do what it tried. */
export function isRefusedRight(error: unknown): boolean {
  return codeOf(error) === "42501" || sqliteCodeOf(error).startsWith("SQLITE_READONLY");
}
