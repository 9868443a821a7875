import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineFlags, flag } from "burgee";
import { z } from "zod";

export const registry = defineFlags({
  tts_cache_enabled: flag.boolean({
    default: true,
    description: "Keeps spoken answers, so that each is made once",
    env: "FEATURE_TTS_CACHE_ENABLED",
    // Both may be left out. What the schema makes of them is what the cache is opened with.
    requires: z.object({
      TTS_CACHE_DIR: z.string().default(join(tmpdir(), "burgee-tts-cache")),
      TTS_CACHE_MAX_BYTES: z.coerce.number().int().min(0).default(50_000_000),
    }),
  }),
});
