import { type Logger, pino } from "pino";
import { openScreen, type Screen } from "./screen.js";
import { describeSetting } from "./setting.js";
import type { TourLogLevel } from "./settings.js";

/** Logs go to stderr, so that stdout holds the tour alone: a readable line each on a terminal, JSON anywhere else. */
export function openLogger(level: TourLogLevel, noColor: string | undefined): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!process.stderr.isTTY) return pino(options, pino.destination({ dest: 2, sync: true }));
  const screen = openScreen(process.stderr, noColor);
  return pino(options, { write: (line) => screen.say(readable(line, screen)) });
}

interface Logged {
  readonly level: number;
  readonly time?: string;
  readonly msg?: string;
  readonly code?: string;
  readonly [detail: string]: unknown;
}

/** `[info] flag "x" changed (false → true, source ops)`: the level, the message and its details in words. */
export function readable(line: string, { paint }: Pick<Screen, "paint">): string {
  const { level, time: _time, msg = "", code, flag, ...details } = JSON.parse(line) as Logged;
  const label = pino.levels.labels[level] ?? String(level);
  const told = typeof flag === "string" && !msg.includes(flag) ? { flag, ...details } : details;
  const { from, to, rule, ...others } = told;
  const changed = to === undefined && rule === undefined ? [] : [`${describe(from)} → ${describe(rule ?? to)}`];
  const parts = [...changed, ...Object.entries(others).map(([name, value]) => describeDetail(name, value))];
  const [first = "", ...rest] = msg.split("\n");
  const head = `${code === undefined ? "" : `${code}: `}${first}${parts.length === 0 ? "" : ` (${parts.join(", ")})`}`;
  const text = [head, ...rest].map((part, index) => (index === 0 ? part : `  ${part}`)).join("\n");
  if (level >= 50) return `  ${paint.red(`[${label}]`)} ${text}`;
  return level >= 40 ? `  ${paint.yellow(`[${label}]`)} ${text}` : paint.dim(`  [${label}] ${text}`);
}

/** Of a large thing its size is enough: what the flags are is in the table. */
function describeDetail(name: string, value: unknown): string {
  if (typeof value !== "object" || value === null) return `${name} ${value}`;
  if ("kind" in value) return `${name} ${value.kind}${"flag" in value ? ` of ${value.flag}` : ""}`;
  return `${Object.keys(value).length} ${name}`;
}

function describe(setting: unknown): string {
  return typeof setting === "object" && setting !== null
    ? describeSetting(undefined, setting)
    : describeSetting(setting, undefined);
}
