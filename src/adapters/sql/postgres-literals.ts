/**
 * A query with its parameters written into it. Only so can a statement and the limit for it go to the server in one message:
 * PostgreSQL takes several statements together only where none has parameters, and to ask twice would double the time that each
 * poll takes. https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT
 *
 * @param sql as Kysely compiles it: `$1` stands for a parameter, and for nothing else
 */
export function withLiterals(sql: string, parameters: readonly unknown[]): string {
  return sql.replace(/\$(\d+)/g, (_, position: string) => literal(parameters[Number(position) - 1]));
}

/**
 * With an `E`, a backslash means the same whatever the server's `standard_conforming_strings` is. No text of PostgreSQL's holds a
 * NUL, and a message ends there; see `indexed` for what is stored in its place.
 */
function literal(value: unknown): string {
  if (Number.isSafeInteger(value)) return `(${String(value)})`;
  if (typeof value !== "string") throw new TypeError("a query of a store is asked with texts and whole numbers");
  return ` E'${value.replaceAll("\0", "\uFFFD").replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
