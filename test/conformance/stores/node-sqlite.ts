import { flagStoreSuite } from "../../../src/adapters/testing/flag-store-suite.js";
import { type OpenDatabase, sqliteFile } from "./sqlite-host.js";

/** What became of one test. */
export interface SuiteResult {
  readonly name: string;
  readonly problem?: string | undefined;
}

// A Node that has node:sqlite runs this, and prints a line of JSON for each test of the suite.
const { DatabaseSync } = process.getBuiltinModule("node:sqlite") as { DatabaseSync: new (path: string) => unknown };
const open = (path: string) => new DatabaseSync(path) as ReturnType<OpenDatabase>;
const groups: string[] = [];
const tests: { readonly name: string; readonly body: () => Promise<void> }[] = [];

flagStoreSuite(
  {
    describe: (name, body) => {
      groups.push(name);
      body();
      groups.pop();
    },
    it: (name, body) => tests.push({ name: [...groups, name].join(" > "), body }),
  },
  () => sqliteFile(open),
);

for (const { name, body } of tests) {
  const problem = await body().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.stack : String(error)),
  );
  const result: SuiteResult = { name, problem };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
