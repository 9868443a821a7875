import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "dotenv";

/** A dotenv file for each environment, beside this file. */
const envFiles = { development: ".env", staging: "config/staging.env", production: "config/prod.env" } as const;
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

export type Environment = keyof typeof envFiles;
export type TourLogLevel = (typeof logLevels)[number];

export interface Settings {
  readonly environment: Environment;
  /** The variable that chose the environment, or why none did. */
  readonly chosenBy: string;
  readonly envFile: string;
  readonly profile: string;
  readonly logLevel: TourLogLevel;
}

/** A setting of the tour itself, not of a flag, that cannot be used. */
export class SettingsError extends Error {}

type Variables = Readonly<Record<string, string | undefined>>;

/** Works out where the tour runs and what it reads. Paths start from this file, so any working folder will do. */
export function readSettings(variables: Variables, profile: string | undefined): Settings {
  const chosen = chooseEnvironment(variables);
  const envFile = besideThisFile(envFiles[chosen.environment]);
  return {
    ...chosen,
    envFile,
    profile: profile === undefined ? besideThisFile("profiles.yaml") : resolve(profile),
    logLevel: readLogLevel(variables.LOG_LEVEL || fromFile(envFile, "LOG_LEVEL") || "info"),
  };
}

function chooseEnvironment(variables: Variables): Pick<Settings, "environment" | "chosenBy"> {
  const profile = variables.BURGEE_PROFILE;
  if (profile) {
    if (isEnvironment(profile)) return { environment: profile, chosenBy: "BURGEE_PROFILE" };
    throw new SettingsError(`BURGEE_PROFILE: there is no ${profile}; write ${Object.keys(envFiles).join(", ")}`);
  }
  const node = variables.NODE_ENV;
  if (!node) return { environment: "development", chosenBy: "nothing else was asked for" };
  // NODE_ENV serves many programs, and has values (test) that say nothing here.
  if (!isEnvironment(node)) return { environment: "development", chosenBy: `NODE_ENV is ${node}, which has no file` };
  return { environment: node, chosenBy: "NODE_ENV" };
}

function isEnvironment(name: string): name is Environment {
  return Object.hasOwn(envFiles, name);
}

function besideThisFile(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** The logger is needed before there are flags, so its level is looked up here; the file is read, never exported. */
function fromFile(path: string, name: string): string | undefined {
  try {
    return parse(readFileSync(path))[name];
  } catch {
    return undefined;
  }
}

/** Levels are often written in upper case (LOG_LEVEL=DEBUG); pino wants them in lower case. */
function readLogLevel(text: string): TourLogLevel {
  const wanted = text.trim().toLowerCase();
  const level = logLevels.find((known) => known === wanted);
  if (level === undefined)
    throw new SettingsError(`LOG_LEVEL: there is no level ${text}; write ${logLevels.join(", ")}`);
  return level;
}
