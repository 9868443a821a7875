import { createInterface } from "node:readline";
import { BurgeeError } from "burgee";
import type { TourFlags } from "./flags.js";
import type { Screen } from "./screen.js";
import { describeSetting } from "./setting.js";
import { SettingsError } from "./settings.js";
import { readToggle, toggle } from "./toggles.js";

/**
 * Prints every change while the profile is edited and flags are toggled, here or by another tour, until Ctrl-C (or a polite
 * kill). What is wrong with an edit is in the log, and so on the terminal already; the last good values stay in force.
 */
export async function watchUntilInterrupted(flags: TourFlags, profile: string, screen: Screen): Promise<void> {
  const { say, paint } = screen;
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
  const end = interrupted();
  const stop = toggleByLine(flags, screen);
  say(`Watching ${profile}`);
  say("Edit it, save it, and see what changes. Or type: on new_checkout, off new_checkout, reset new_checkout.");
  say("What you toggle is there again at the next start, and in a second tour at once. Ctrl-C ends.");
  await end;
  stop();
}

/** Carries out what is typed, a line each. Without `terminal: false` it would take Ctrl-C for itself. */
function toggleByLine(flags: TourFlags, { say, paint }: Screen): () => void {
  const lines = createInterface({ input: process.stdin, terminal: false });
  lines.on("line", (line) => {
    if (line.trim() === "") return;
    const wanted = readToggle(line);
    if (wanted === undefined) return say(paint.dim("type on, off or reset, and the name of a flag"));
    toggle(flags, wanted).then(say, (error: unknown) => {
      if (!(error instanceof BurgeeError || error instanceof SettingsError)) throw error;
      say(paint.yellow(error.message));
    });
  });
  return () => lines.close();
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    // Neither signal handlers nor burgee's own timers keep a process alive; waiting for a person is this program's wish.
    const awake = setInterval(() => undefined, 60_000);
    const end = () => {
      clearInterval(awake);
      resolve();
    };
    // Not `once`: npm may pass on the same Ctrl-C that the terminal has sent already, while the flags are being closed.
    process.on("SIGINT", end).on("SIGTERM", end);
  });
}
