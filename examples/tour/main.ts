import { BurgeeError } from "burgee";
import { readArguments, type TourArguments, usage } from "./arguments.js";
import { openFlags, type TourFlags } from "./flags.js";
import { type Kept, openKept } from "./kept.js";
import { openLogger } from "./logger.js";
import { openScreen, type Screen } from "./screen.js";
import { readSettings, type Settings, SettingsError } from "./settings.js";
import { showFlags, showKept, showStory } from "./show.js";
import { toggle } from "./toggles.js";
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

async function takeTour(given: TourArguments, screen: Screen): Promise<void> {
  const settings = readSettings(process.env, given.profile);
  const stays = process.stdout.isTTY && !given.once;
  const kept = await openKept(settings.folder, settings.environment);
  try {
    await tourWith(kept, { given, settings, stays }, screen);
  } finally {
    await kept.close();
  }
  // A line of its own, after the ^C that terminals print.
  if (stays) screen.say("\nstopped; the flags are closed");
}

interface Plan {
  readonly given: TourArguments;
  readonly settings: Settings;
  readonly stays: boolean;
}

async function tourWith(kept: Kept, { given, settings, stays }: Plan, screen: Screen): Promise<void> {
  const logger = openLogger(settings.logLevel, process.env.NO_COLOR);
  const flags = openFlags(settings, kept.store, logger, stays);
  try {
    const notice = kept.notice ?? (await noticeWhenReady(flags));
    const toggled: string[] = [];
    for (const wanted of given.toggles) toggled.push(await toggle(flags, wanted));
    const notices = [settings.notice, notice].filter((text) => text !== undefined);
    showFlags(flags, { settings, notices, place: kept.place, toggled }, screen);
    await showKept(flags, screen);
    await showStory(settings, logger, screen);
    if (stays) await watchUntilInterrupted(flags, settings.profile, screen);
  } finally {
    await flags.close();
  }
}

/** A database that cannot be used stops no tour: the flags go on without what is in it, and burgee tries again. */
async function noticeWhenReady(flags: TourFlags): Promise<string | undefined> {
  try {
    await flags.ready({ timeoutMs: 5_000 });
    return undefined;
  } catch (error) {
    if (error instanceof BurgeeError && error.code.startsWith("STORE_")) return error.message;
    throw error;
  }
}

/** For people, so broken into lines on a terminal; whole for programs that read it. */
function sayOnStderr(text: string): void {
  if (process.stderr.isTTY) openScreen(process.stderr, process.env.NO_COLOR).say(text);
  else process.stderr.write(`${text}\n`);
}

/** `npm start | head` closes stdout early; that is no error of the tour's. */
function endQuietlyWhenNobodyReads(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
}
