import { defineFlags, flag } from "burgee";
import { z } from "zod";

export const registry = defineFlags({
  image_generation_enabled: flag.boolean({
    default: false,
    description: "Draws images with Together AI",
    env: "FEATURE_IMAGE_GENERATION_ENABLED",
    exposed: true,
    requires: z.object({ TOGETHER_API_KEY: z.string().min(1), TOGETHER_BASE_URL: z.url().optional() }),
  }),
});
