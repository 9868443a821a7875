import { BurgeeError, formatExplanation } from "burgee";
import { readArguments, type TourArguments, usage } from "./arguments.js";
import { auditLines } from "./audit.js";
import { openFlags, type TourFlags } from "./flags.js";
import { openLogger } from "./logger.js";
import { choosePaint, type Paint } from "./paint.js";
import { readSettings, type Settings, SettingsError } from "./settings.js";
import { shareLines } from "./shares.js";
import { tellStory } from "./story.js";
import { tableLines, WIDTH } from "./table.js";
import { watchUntilInterrupted } from "./watch.js";
import { wrap } from "./wrap.js";

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  endQuietlyWhenNobodyReads();
  const given = readArguments(words);
  if (typeof given === "string") {
    process.stderr.write(`${given}\n\n${usage}`);
    return 2;
  }
  if (given.help) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    await takeTour(given);
    return 0;
  } catch (error) {
    if (!(error instanceof BurgeeError || error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

async function takeTour({ once, profile }: TourArguments): Promise<void> {
  const settings = readSettings(process.env, profile);
  const stays = process.stdout.isTTY && !once;
  const paint = choosePaint(process.stdout.isTTY, process.env.NO_COLOR);
  const flags = openFlags(settings, openLogger(settings.logLevel), stays);
  try {
    show(flags, settings, paint);
    if (stays) await watchUntilInterrupted(flags, settings.profile, say, paint);
  } finally {
    await flags.close();
  }
}

function show(flags: TourFlags, settings: Settings, paint: Paint): void {
  const section = (lines: readonly string[]) => say(`${lines.join("\n")}\n`);
  section([
    `${paint.bold(`${flags.registry.names.length} flags in ${settings.environment}`)} (${settings.chosenBy})`,
    `  variables  ${settings.envFile}`,
    `  profile    ${settings.profile}`,
  ]);
  section(tableLines(flags, paint));
  section([
    paint.bold("Does user-7 get the new checkout, and why?"),
    wrap(formatExplanation(flags.explain("new_checkout", { userId: "user-7" })), WIDTH),
  ]);
  section(shareLines(flags, paint));
  say(paint.bold("Changes"));
  tellStory(flags, say, paint);
  say("");
  section(auditLines(flags, paint));
}

/** `npm start | head` closes stdout early; that is no error of the tour's. */
function endQuietlyWhenNobodyReads(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
}
