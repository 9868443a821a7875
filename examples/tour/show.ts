import { formatExplanation } from "burgee";
import type { Logger } from "pino";
import { auditLines } from "./audit.js";
import { openStoryFlags, type TourFlags } from "./flags.js";
import type { Screen } from "./screen.js";
import type { Settings } from "./settings.js";
import { shareLines } from "./shares.js";
import { tellStory } from "./story.js";
import { tableLines } from "./table.js";

/** What is said above the table. */
export interface Header {
  readonly settings: Settings;
  /** What somebody might not expect. */
  readonly notices: readonly string[];
  /** Where toggles are kept. */
  readonly place: string;
  /** What was toggled at the start of this tour. */
  readonly toggled: readonly string[];
}

/** Every flag, one answer explained, and the shares that rollouts give. */
export function showFlags(flags: TourFlags, header: Header, { say, paint, width }: Screen): void {
  const { settings, notices, place, toggled } = header;
  const section = (lines: readonly string[]) => say(`${lines.join("\n")}\n`);
  section([
    `${paint.bold(`${flags.registry.names.length} flags in ${settings.environment}`)} (${settings.chosenBy})`,
    ...notices.map((text) => paint.yellow(text)),
    `  variables  ${settings.envFile}`,
    `  profile    ${settings.profile}`,
    `  toggles    ${place}`,
    ...toggled.map((text) => paint.green(`  ${text}`)),
  ]);
  section(tableLines(flags, { paint, width }));
  section([
    paint.bold("Does user-7 get the new checkout, and why?"),
    formatExplanation(flags.explain("new_checkout", { userId: "user-7" })),
  ]);
  section(shareLines(flags, paint));
}

/** What was toggled, in this tour and in those before it. */
export async function showKept(flags: TourFlags, { say, paint }: Screen): Promise<void> {
  if (flags.status().state !== "ready") return;
  const entries = await flags.getAuditLog({ limit: 10 });
  const verdict = await flags.verify({ head: await flags.auditHead() });
  const lines =
    entries.length === 0
      ? [
          paint.bold("Toggled so far: nothing"),
          "  npm start -- --on dynamic_personas_enabled does it, for this tour and the next",
        ]
      : auditLines("Toggled so far, newest first", entries, verdict, paint);
  say(`${lines.join("\n")}\n`);
}

/** What changes look like: refused ones, accepted ones, and their audit log. */
export async function showStory(settings: Settings, logger: Logger, screen: Screen): Promise<void> {
  const { say, paint } = screen;
  const flags = openStoryFlags(settings, logger);
  try {
    say(`${paint.bold("Changes")} (on flags in memory: what you toggled stays as it is)`);
    tellStory(flags, screen);
    say("");
    const verdict = flags.verify({ head: flags.auditHead() });
    say(`${auditLines("Audit log of these changes, newest first", flags.getAuditLog(), verdict, paint).join("\n")}\n`);
  } finally {
    await flags.close();
  }
}
