import { parseArgs } from "node:util";
import { readToggle, type Toggle } from "./toggles.js";

export const usage = `Usage: npm start -- [--once] [--on FLAG] [--off FLAG] [--reset FLAG] [--profile PATH] [--help]

  --once          end after the tour, on a terminal too
  --on FLAG       turn a flag on, and keep it so: the next tour finds it on
  --off FLAG      turn it off, and keep it so
  --reset FLAG    forget what was kept of it
  --profile PATH  read and watch this YAML file in place of the tour's own profiles.yaml
  --help          print this

BURGEE_PROFILE, or else NODE_ENV, chooses development (the default), staging or production.
BURGEE_TOUR_FOLDER is where what you toggle is kept (.burgee in the repository unless it is set).
LOG_LEVEL sets how much is logged. Any variable of .env.example sets its flag:

  VICTOR_FEATURE_DYNAMIC_SKILLS_ENABLED=true npm start`;

export interface TourArguments {
  readonly once: boolean;
  readonly help: boolean;
  readonly profile: string | undefined;
  /** In the order in which they were given. */
  readonly toggles: readonly Toggle[];
}

/** Reads the command line. Gives a sentence where there is something in it that the tour does not know. */
export function readArguments(words: readonly string[]): TourArguments | string {
  try {
    const { values, tokens } = parseArgs({
      args: [...words],
      options: {
        once: { type: "boolean" },
        on: { type: "string", multiple: true },
        off: { type: "string", multiple: true },
        reset: { type: "string", multiple: true },
        profile: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
      tokens: true,
    });
    if (values.profile === "") return "--profile needs a path";
    const toggles: Toggle[] = [];
    for (const token of tokens) {
      if (token.kind !== "option" || !["on", "off", "reset"].includes(token.name)) continue;
      const wanted = readToggle(`${token.name} ${token.value ?? ""}`);
      if (wanted === undefined) return `--${token.name} needs the name of a flag`;
      toggles.push(wanted);
    }
    return { once: values.once ?? false, help: values.help ?? false, profile: values.profile, toggles };
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}
