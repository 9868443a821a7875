import { parseArgs } from "node:util";

export const usage = `Usage: npm start -- [--once] [--profile PATH] [--help]

  --once          end after the tour, on a terminal too
  --profile PATH  read and watch this YAML file in place of the tour's own profiles.yaml
  --help          print this

BURGEE_PROFILE, or else NODE_ENV, chooses development (the default), staging or production.
LOG_LEVEL sets how much is logged. Any variable of .env.example sets its flag:

  VICTOR_FEATURE_DYNAMIC_SKILLS_ENABLED=true npm start`;

export interface TourArguments {
  readonly once: boolean;
  readonly help: boolean;
  readonly profile: string | undefined;
}

/** Reads the command line. Gives a sentence where there is something in it that the tour does not know. */
export function readArguments(words: readonly string[]): TourArguments | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { once: { type: "boolean" }, help: { type: "boolean", short: "h" }, profile: { type: "string" } },
    });
    if (values.profile === "") return "--profile needs a path";
    return { once: values.once ?? false, help: values.help ?? false, profile: values.profile };
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}
