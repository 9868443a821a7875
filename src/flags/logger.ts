import { loadPackage } from "../rules/load.js";

/** The levels of pino. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

export const LOG_LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

type LogMethod = (details: object, message: string) => void;

/** The part of pino's logger that burgee uses; pino itself, its children, and whatever looks alike. */
export interface Logger {
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}

const SILENT: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * The logger that was asked for. burgee's own is pino on stderr, loaded when the first line is written: a process
 * that logs nothing never loads it.
 */
export function chooseLogger(
  wanted: Logger | LogLevel | boolean | undefined,
  levelVariable: string | undefined,
): Logger {
  if (wanted === false || wanted === "silent") return SILENT;
  if (typeof wanted === "object") return guarded(wanted);
  if (typeof wanted === "string") return guarded(ownLogger(wanted));
  const level = LOG_LEVELS.find((known) => levelVariable !== undefined && known === normal(levelVariable));
  return guarded(ownLogger(level ?? (wanted === true ? "info" : "warn")));
}

/** Whether a text names a level, in any case. */
export function isLogLevel(text: string): boolean {
  return (LOG_LEVELS as readonly string[]).includes(normal(text));
}

function normal(level: string): string {
  return level.trim().toLowerCase();
}

/** A logger that fails must not fail whoever asks for a flag. */
function guarded(logger: Logger): Logger {
  const method =
    (name: "info" | "warn" | "error"): LogMethod =>
    (details, message) => {
      try {
        const result: unknown = logger[name](details, message);
        if (result instanceof Promise) result.catch(() => undefined);
      } catch {
        // There is nobody left to tell.
      }
    };
  return { info: method("info"), warn: method("warn"), error: method("error") };
}

function ownLogger(level: LogLevel): Logger {
  let made: Logger | undefined;
  const rank = LOG_LEVELS.indexOf(level);
  const logger = (): Logger => {
    const { pino } = loadPackage(
      "pino",
      "for the log; give a `logger` of your own, or `false`",
    ) as typeof import("pino");
    made ??= pino({ name: "burgee", level }, pino.destination({ dest: 2, sync: true }));
    return made;
  };
  const method =
    (name: "info" | "warn" | "error"): LogMethod =>
    (details, message) => {
      if (LOG_LEVELS.indexOf(name) >= rank) (made ?? logger())[name](details, message);
    };
  return { info: method("info"), warn: method("warn"), error: method("error") };
}
