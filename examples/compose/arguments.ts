import { parseArgs } from "node:util";

export const usage = `Usage: npx tsx examples/compose/start-with-features.ts [--dry-run [--json]] [--help]

  --dry-run  print what would be done, and do nothing
  --json     print it as one JSON object
  --help     print this

ENABLE_FSDP and ENABLE_TABBY decide, from the process or from the .env beside compose.yaml.`;

export interface ScriptArguments {
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

/** Reads the command line. Gives a sentence where there is something in it that the script does not know. */
export function readArguments(words: readonly string[]): ScriptArguments | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { "dry-run": { type: "boolean" }, json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    const { "dry-run": dryRun = false, json = false, help = false } = values;
    return json && !dryRun ? "--json needs --dry-run" : { dryRun, json, help };
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}
