import { createFlags } from "burgee";
import type { Logger } from "pino";
import { registry } from "./registry/index.js";
import type { Settings } from "./settings.js";

/** The one flags object of the program. Everything else is handed it. */
export function openFlags(settings: Settings, logger: Logger, watch: boolean) {
  return createFlags(registry, {
    env: { prefix: "VICTOR_FEATURE_", files: [settings.envFile] },
    profile: { path: settings.profile, name: settings.environment, watch },
    logger,
  });
}

export type TourFlags = ReturnType<typeof openFlags>;
export type TourFlagName = TourFlags["registry"]["names"][number];
