import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { BurgeeError } from "burgee";
import { readArguments, usage } from "./arguments.js";
import { openFeatures } from "./features.js";
import { planFor, shellLine } from "./plan.js";
import { runCommands } from "./run-commands.js";

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const given = readArguments(words);
  if (typeof given === "string") {
    console.error(`${given}\n\n${usage}`);
    return 2;
  }
  if (given.help) {
    console.log(usage);
    return 0;
  }
  try {
    const on = await flagsThatAreOn();
    const commands = planFor(on, composeFile());
    if (!given.dryRun) return await runCommands(commands, (command) => console.error(shellLine(command)));
    if (given.json) console.log(JSON.stringify({ on: [...on], commands }, null, 2));
    else for (const command of commands) console.log(shellLine(command));
    return 0;
  } catch (error) {
    if (!(error instanceof BurgeeError)) throw error;
    console.error(error.message);
    return 1;
  }
}

/** A container is needed as soon as anybody may get its service: under `ENABLE_TABBY=25%` too. */
async function flagsThatAreOn(): Promise<ReadonlySet<string>> {
  const { flags } = openFeatures();
  const on = flags.services().filter(({ state }) => state !== "disabled");
  await flags.close();
  return new Set(on.map(({ flag }) => flag));
}

/** From the working folder, so that a printed line can be run as it stands. */
function composeFile(): string {
  return relative("", fileURLToPath(new URL("compose.yaml", import.meta.url)));
}
