import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MemoryStore } from "burgee";
import { postgresStore } from "burgee/sql";
import { flagStoreSuite } from "burgee/testing";
import Database from "libsql";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { describePostgres } from "../fixtures/postgres.js";
import type { SuiteResult } from "./stores/node-sqlite.js";
import { type OpenDatabase, sqliteFile, sqliteMemory } from "./stores/sqlite-host.js";

const words = { describe, it };
const libsql: OpenDatabase = (path) => new Database(path);

/** Says why a driver's tests are not run; fails where none may be left out. */
function skip(driver: string, variable: string): void {
  const why = `${variable} does not name one; see .ci/store-drivers`;
  if (process.env.BURGEE_SKIPS === "fail") it("is here", () => expect.fail(why));
  else {
    process.stderr.write(`skipped: the store on ${driver}, because ${why}\n`);
    it.skip(`is here (${why})`, () => {});
  }
}

/** Runs the suite by a Node that has node:sqlite. */
async function resultsOf(program: string): Promise<readonly SuiteResult[]> {
  const suite = fileURLToPath(new URL("stores/node-sqlite.ts", import.meta.url));
  const environment = { ...process.env, NODE_OPTIONS: "--disable-warning=ExperimentalWarning" };
  const run = promisify(execFile)(program, ["--import", "tsx", suite], { env: environment });
  const { stdout } = await run;
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line): SuiteResult => JSON.parse(line));
}

describe("the store in memory", () => {
  flagStoreSuite(words, () => {
    const stores = new Map<string, MemoryStore>();
    const store = (namespace = "default") => {
      const known = stores.get(namespace) ?? new MemoryStore({ namespace });
      stores.set(namespace, known);
      return known;
    };
    return { store };
  });
});

describe("the store on SQLite, by libsql", () => flagStoreSuite(words, () => sqliteFile(libsql)));

describe("the store on SQLite in memory, by libsql", () => flagStoreSuite(words, () => sqliteMemory(libsql)));

describe("the store on SQLite, by better-sqlite3", () => {
  const folder = process.env.BURGEE_BETTER_SQLITE3 || undefined;
  if (folder === undefined) return skip("better-sqlite3", "BURGEE_BETTER_SQLITE3");
  const Other: new (path: string) => ReturnType<OpenDatabase> = createRequire(import.meta.url)(folder);
  flagStoreSuite(words, () => sqliteFile((path) => new Other(path)));
});

const program = process.env.BURGEE_NODE22 || undefined;
const results = program === undefined ? [] : await resultsOf(program);

describe("the store on SQLite, by node:sqlite", () => {
  if (program === undefined) return skip("node:sqlite", "BURGEE_NODE22");
  it("is asked everything that is asked of the others", () => {
    const names: string[] = [];
    flagStoreSuite({ describe: (_, body) => body(), it: (name) => names.push(name) }, () => sqliteFile(libsql));
    expect(results.map(({ name }) => name.slice(name.indexOf(" > ") + 3))).toEqual(names);
  });
  for (const { name, problem } of results) it(name, () => expect(problem).toBeUndefined());
});

await describePostgres("the store on PostgreSQL", (server) => {
  const database = server.database();
  flagStoreSuite(words, async () => {
    const id = randomUUID();
    const connectionString = server.url(await database);
    const opened: pg.Pool[] = [];
    const store = (namespace = "default") => {
      const pool = new pg.Pool({ connectionString, max: 4 });
      opened.push(pool);
      return postgresStore({ pool, namespace: `${namespace} of ${id}` });
    };
    return { store, close: async () => void (await Promise.all(opened.map((pool) => pool.end()))) };
  });
});
