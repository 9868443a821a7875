import type { TourFlags } from "./flags.js";
import type { Screen } from "./screen.js";
import { describeSetting } from "./setting.js";

/**
 * Prints every change while the profile is edited, until Ctrl-C (or a polite kill). What is wrong with an edit is in the
 * log, and so on the terminal already; the last good values stay in force.
 */
export async function watchUntilInterrupted(flags: TourFlags, profile: string, { say, paint }: Screen): Promise<void> {
  await flags.ready();
  flags.onFlagChanged("*", (change) => {
    const from = describeSetting(change.previous, change.previousRule);
    const to = describeSetting(change.value, change.rule);
    say(
      `${paint.dim(new Date(change.at).toISOString())}  ${change.flag}  ${from} → ${paint.bold(to)}  (${change.source})`,
    );
  });
  flags.on("reload", ({ changed }) => {
    if (changed.length === 0) say(paint.dim("read again: nothing that matters has changed"));
  });
  say(`Watching ${profile}`);
  say("Edit it, save it, and see what changes. Ctrl-C ends.");
  await interrupted();
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    // Neither signal handlers nor burgee's own timers keep a process alive; waiting for a person is this program's wish.
    const awake = setInterval(() => undefined, 60_000);
    const end = () => {
      clearInterval(awake);
      resolve();
    };
    process.once("SIGINT", end).once("SIGTERM", end);
  });
}
