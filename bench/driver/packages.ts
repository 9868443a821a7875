import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Footprint } from "../report/results.js";
import { installedFootprint, projectFootprint } from "./footprint.js";

const bench = fileURLToPath(new URL("..", import.meta.url));
const project = fileURLToPath(new URL("../..", import.meta.url));

/** Installs the other SDKs with `npm ci`, where they are not there or the lock file is newer. */
export function installRivals(): void {
  const installed = join(bench, "node_modules/.package-lock.json");
  const lock = join(bench, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: bench, stdio: ["ignore", "ignore", "inherit"] });
}

/** The version and the footprint of an SDK; nothing for a floor. */
export function packageFacts(name: string | undefined): { version?: string; footprint?: Footprint | undefined } {
  if (name === undefined) return {};
  if (name === "burgee") return { version: versionIn(project), footprint: projectFootprint(project) };
  return { version: versionIn(join(bench, "node_modules", name)), footprint: installedFootprint(bench, name) };
}

function versionIn(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
}
