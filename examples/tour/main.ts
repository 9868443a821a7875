import { BurgeeError, formatExplanation } from "burgee";
import { readArguments, type TourArguments, usage } from "./arguments.js";
import { auditLines } from "./audit.js";
import { openFlags, type TourFlags } from "./flags.js";
import { openLogger } from "./logger.js";
import { openScreen, type Screen } from "./screen.js";
import { readSettings, type Settings, SettingsError } from "./settings.js";
import { shareLines } from "./shares.js";
import { tellStory } from "./story.js";
import { tableLines } from "./table.js";
import { watchUntilInterrupted } from "./watch.js";

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  endQuietlyWhenNobodyReads();
  const screen = openScreen(process.stdout, process.env.NO_COLOR);
  const given = readArguments(words);
  if (typeof given === "string") {
    sayOnStderr(`${given}\n\n${usage}`);
    return 2;
  }
  if (given.help) {
    screen.say(usage);
    return 0;
  }
  try {
    await takeTour(given, screen);
    return 0;
  } catch (error) {
    if (!(error instanceof BurgeeError || error instanceof SettingsError)) throw error;
    sayOnStderr(error.message);
    return 1;
  }
}

async function takeTour({ once, profile }: TourArguments, screen: Screen): Promise<void> {
  const settings = readSettings(process.env, profile);
  const stays = process.stdout.isTTY && !once;
  const flags = openFlags(settings, openLogger(settings.logLevel, process.env.NO_COLOR), stays);
  try {
    show(flags, settings, screen);
    if (stays) await watchUntilInterrupted(flags, settings.profile, screen);
  } finally {
    await flags.close();
  }
  // A line of its own, after the ^C that terminals print.
  if (stays) screen.say("\nstopped; the flags are closed");
}

/** For people, so broken into lines on a terminal; whole for programs that read it. */
function sayOnStderr(text: string): void {
  if (process.stderr.isTTY) openScreen(process.stderr, process.env.NO_COLOR).say(text);
  else process.stderr.write(`${text}\n`);
}

function show(flags: TourFlags, settings: Settings, screen: Screen): void {
  const { say, paint } = screen;
  const section = (lines: readonly string[]) => say(`${lines.join("\n")}\n`);
  section([
    `${paint.bold(`${flags.registry.names.length} flags in ${settings.environment}`)} (${settings.chosenBy})`,
    ...(settings.notice === undefined ? [] : [paint.yellow(settings.notice)]),
    `  variables  ${settings.envFile}`,
    `  profile    ${settings.profile}`,
  ]);
  section(tableLines(flags, screen));
  section([
    paint.bold("Does user-7 get the new checkout, and why?"),
    formatExplanation(flags.explain("new_checkout", { userId: "user-7" })),
  ]);
  section(shareLines(flags, paint));
  say(paint.bold("Changes"));
  tellStory(flags, screen);
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
