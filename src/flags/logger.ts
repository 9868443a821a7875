/** The levels of pino. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

type LogMethod = (details: object, message: string) => void;

/** The part of pino's logger that burgee uses; pino itself, its children, and whatever looks alike. */
export interface Logger {
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}
