import { defineFlags, flag } from "burgee";
import { z } from "zod";

export const registry = defineFlags({
  database_type: flag.oneOf(["sqlite", "postgresql"], {
    default: "sqlite",
    description: "The database behind the checkpointer",
    env: "FEATURE_DATABASE_TYPE",
    // One schema a value: without DATABASE_URL the flag cannot be set to postgresql, and sqlite does not ask for it.
    requires: {
      sqlite: z.object({ SQLITE_FILE: z.string().default("checkpoints.db") }),
      postgresql: z.object({ DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }) }),
    },
  }),
});
