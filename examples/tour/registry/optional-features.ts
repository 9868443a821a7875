import { defineFlags, flag } from "burgee";
import { z } from "zod";

/** Two services that an installation may do without. Where one is off, a null object or a simpler one stands in. */
export const optionalFeatureFlags = defineFlags({
  enable_fsdp: flag.boolean({
    default: false,
    description: "Trains with FSDP on several devices; without it, in one process",
    env: "ENABLE_FSDP",
    metadata: { composeProfiles: ["fsdp", "optional"], insteadWhenOff: "training in one process" },
  }),
  enable_tabby: flag.boolean({
    default: false,
    description: "Completes code with TabbyML; without it, completion says that it is off",
    env: "ENABLE_TABBY",
    requires: z.object({
      TABBY_URL: z.url().default("http://tabbyml:8080"),
      // May be left out, though a production server should ask for one.
      TABBY_API_KEY: z.string().optional(),
    }),
    metadata: { composeProfiles: ["tabby", "optional"], insteadWhenOff: "a client that says completion is off" },
  }),
});
