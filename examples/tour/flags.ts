import { createFlags, type FlagStore, type FlagsBase } from "burgee";
import type { Logger } from "pino";
import { registry } from "./registry/index.js";
import type { Settings } from "./settings.js";

type Definitions = typeof registry.definitions;
export type TourFlagName = keyof Definitions & string;

/** What the parts of the tour need that only ask: any flags will do, with a store or without. */
export type TourReader = FlagsBase<Definitions>;

/** The one flags object of the program: what is toggled on it is kept in the store. */
export function openFlags(settings: Settings, store: FlagStore, logger: Logger, watch: boolean) {
  return createFlags(registry, {
    ...sources(settings),
    profile: { ...sources(settings).profile, watch },
    store,
    logger,
  });
}

export type TourFlags = ReturnType<typeof openFlags>;

/**
 * Flags for the story alone, in memory. So it goes the same way each time, and takes back nothing that somebody has toggled.
 * They log what is changed; what was found at the start is in the log already.
 */
export function openStoryFlags(settings: Settings, logger: Logger) {
  const storyLogger = logger.child({}, { level: "silent" });
  const flags = createFlags(registry, { ...sources(settings), logger: storyLogger });
  storyLogger.level = logger.level;
  return flags;
}

export type StoryFlags = ReturnType<typeof openStoryFlags>;

function sources({ envFile, profile, environment }: Settings) {
  return { env: { prefix: "VICTOR_FEATURE_", files: [envFile] }, profile: { path: profile, name: environment } };
}
