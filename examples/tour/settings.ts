import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "dotenv";
import { nearest } from "./nearest.js";

/** A dotenv file for each environment, beside this file. */
const envFiles = { development: ".env", staging: "config/staging.env", production: "config/prod.env" } as const;
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

export type Environment = keyof typeof envFiles;
export type TourLogLevel = (typeof logLevels)[number];

export interface Settings {
  readonly environment: Environment;
  /** The variable that chose the environment, or why none did. */
  readonly chosenBy: string;
  /** What whoever set the variable might not expect. */
  readonly notice: string | undefined;
  readonly envFile: string;
  readonly profile: string;
  readonly logLevel: TourLogLevel;
  /** Where what one toggles is kept. */
  readonly folder: string;
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
    folder: variables.BURGEE_TOUR_FOLDER ? resolve(variables.BURGEE_TOUR_FOLDER) : besideThisFile("../../.burgee"),
  };
}

const environments = Object.keys(envFiles).filter(isEnvironment);

type Chosen = Pick<Settings, "environment" | "chosenBy" | "notice">;

function chooseEnvironment({ BURGEE_PROFILE: profile, NODE_ENV: node }: Variables): Chosen {
  if (profile) return chosenBy("BURGEE_PROFILE", profile) ?? refuse("BURGEE_PROFILE", profile);
  if (!node) return developmentBecause("neither BURGEE_PROFILE nor NODE_ENV is set");
  const chosen = chosenBy("NODE_ENV", node);
  if (chosen !== undefined) return chosen;
  if (nearest(node, environments) !== undefined) refuse("NODE_ENV", node);
  // NODE_ENV serves many programs, and has values (test) that say nothing here.
  const known = environments.join(", ");
  return developmentBecause(
    "by default",
    `NODE_ENV=${node} is no environment of the tour (${known}), so these are the flags of development.`,
  );
}

function chosenBy(variable: string, environment: string): Chosen | undefined {
  return isEnvironment(environment) ? { environment, chosenBy: variable, notice: undefined } : undefined;
}

function developmentBecause(reason: string, notice?: string): Chosen {
  return { environment: "development", chosenBy: reason, notice };
}

function refuse(variable: string, given: string): never {
  const meant = nearest(given, environments);
  const advice = meant === undefined ? `write ${environments.join(", ")}` : `did you mean ${meant}?`;
  throw new SettingsError(`${variable}: there is no ${given}; ${advice}`);
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
