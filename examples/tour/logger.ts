import { type Logger, pino } from "pino";
import type { TourLogLevel } from "./settings.js";

/** Logs go to stderr, so that stdout holds the tour alone: a readable line each on a terminal, JSON anywhere else. */
export function openLogger(level: TourLogLevel): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!process.stderr.isTTY) return pino(options, pino.destination({ dest: 2, sync: true }));
  return pino(options, { write: (line) => process.stderr.write(readable(line)) });
}

function readable(line: string): string {
  const { level, msg } = JSON.parse(line) as { level: number; msg?: string };
  return `  [${pino.levels.labels[level] ?? level}] ${msg ?? ""}\n`;
}
