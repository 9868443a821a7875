import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Command } from "./plan.js";

/** What shells give where a program is not there. */
const NOT_THERE = 127;

/**
 * Runs one command after the other, and ends at the first that fails. Gives its exit code: 127 where docker or its
 * Compose plugin is not there, 128 and the signal's number where a signal ended it, as shells do.
 */
export async function runCommands(commands: readonly Command[], announce: (command: Command) => void): Promise<number> {
  // Without the plugin docker would say of the plan's own commands only that it does not know `--file`.
  const version = await run(["docker", "compose", "version"], "ignore");
  if (version !== 0) {
    if (version !== NOT_THERE)
      process.stderr.write(
        "`docker compose version` failed: docker is there, and its Compose plugin is not. " +
          "To install it: https://docs.docker.com/compose/install/\n",
      );
    return NOT_THERE;
  }
  for (const command of commands) {
    announce(command);
    const code = await run(command, "inherit");
    if (code !== 0) return code;
  }
  return 0;
}

function run([program, ...args]: Command, stdio: "inherit" | "ignore"): Promise<number> {
  // The flags alone say which profiles run: without this, a COMPOSE_PROFILES of the shell or of .env would add some.
  const child = spawn(program, args, { stdio, env: { ...process.env, COMPOSE_PROFILES: "" } });
  return new Promise((resolve) => {
    child.on("error", (error) => {
      process.stderr.write(`${program} could not be started: ${error.message}\n`);
      resolve(NOT_THERE);
    });
    child.on("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
