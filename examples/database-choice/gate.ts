import { createFlags, gateBy } from "burgee";
import { registry } from "./flags.js";

/** The flags, and the checkpointer of the database that its flag names. */
export function openCheckpoints(variables: Readonly<Record<string, string | undefined>>) {
  const flags = createFlags(registry, { env: { files: [], variables }, profile: false, logger: false });
  const checkpoints = gateBy(
    flags,
    "database_type",
    {
      sqlite: async ({ SQLITE_FILE }) => {
        const { SqliteCheckpointer } = await import("./sqlite-checkpointer.js");
        return SqliteCheckpointer.open(SQLITE_FILE);
      },
      postgresql: async ({ DATABASE_URL }) => {
        const { PostgresCheckpointer } = await import("./postgres-checkpointer.js");
        return PostgresCheckpointer.open(DATABASE_URL);
      },
    },
    // There is no null object: a checkpoint that nobody keeps would be lost. So calls wait while a database is opened.
    { methods: ["save", "load"] },
  );
  return { flags, checkpoints };
}
