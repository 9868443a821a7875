import { types } from "node:util";

const DAY = 86_400_000;
const MINUTE = 60_000;

/** What {@link dayOf} and {@link timeOf} give for a text that is none; no day and no time is as far from zero. */
const NO_INSTANT = -1_000_000_000;

/**
 * The instant that a text names, in milliseconds since 1970 (UTC); NaN where it names none. ISO 8601: a date, which is
 * its midnight in UTC, or a date and a time with their zone. Seconds may be left out; fractions count to the
 * millisecond. A time without a zone is none: it would be another instant on another machine.
 *
 * @example
 * readInstant("2026-03-01")                // Date.UTC(2026, 2, 1)
 * readInstant("2026-03-01T09:30:00+01:00") // Date.UTC(2026, 2, 1, 8, 30)
 * readInstant("2026-03-01T09:30:00")       // NaN
 * readInstant("2026-02-30")                // NaN
 */
export function readInstant(text: string): number {
  const day = dayOf(text);
  const time = timeOf(text);
  return day === NO_INSTANT || time === NO_INSTANT ? Number.NaN : day * DAY + time;
}

/** The first and the last millisecond whose ISO text has a year of four digits. */
const FIRST = -62_167_219_200_000;
const LAST = 253_402_300_799_999;
/** What a time may look like. */
const FORMS = 'a date or a date and time of ISO 8601, such as "2026-03-01" or "2026-03-01T09:30:00Z"';

/**
 * Reads a time as rules and conditions take it: a text as {@link readInstant} reads it, or a Date. `at` is in
 * milliseconds since 1970, and within the years 0 to 9999 of UTC. `problem` stands after the place's name.
 */
export function readTime(given: unknown): { readonly at: number } | { readonly problem: string } {
  if (types.isDate(given)) {
    const at = given.getTime();
    return hasText(at) ? { at } : { problem: "must be a Date of the years 0 to 9999" };
  }
  if (typeof given === "number") return { problem: `is a number; write ${FORMS}, or in code a Date` };
  if (typeof given !== "string") return { problem: "must be a text, or in code a Date" };
  const at = readInstant(given);
  if (Number.isNaN(at)) return { problem: instantProblem(given) };
  return hasText(at) ? { at } : { problem: "must lie within the years 0 to 9999 of UTC" };
}

/** False for NaN. */
function hasText(at: number): boolean {
  return at >= FIRST && at <= LAST;
}

/** Whether a text's instant comes strictly before a limit, or after it; never where the text names none. Allocates nothing. */
export function isBeforeOrAfter(text: string, limit: number, after: boolean): boolean {
  const day = dayOf(text);
  if (day === NO_INSTANT) return false;
  const time = timeOf(text);
  if (time === NO_INSTANT) return false;
  return after ? day * DAY + time > limit : day * DAY + time < limit;
}

/** Why a text is no instant, to stand after its name: `must be …`. Only for a text that {@link readInstant} refuses. */
export function instantProblem(text: string): string {
  if (dayOf(text) !== NO_INSTANT) {
    if (timeOf(`${text}Z`) !== NO_INSTANT) {
      return "needs a zone, or it would be another time on another machine: end it with Z, or with an offset such as +01:00";
    }
  } else if (/^\d{4}-\d\d-\d\d(T|$)/.test(text)) return "names a day that no calendar has";
  return `must be ${FORMS}`;
}

/** The day of a text as days since 1970-01-01, a small integer, so that handing it back allocates nothing. */
function dayOf(text: string): number {
  if (text.length < 10 || text[4] !== "-" || text[7] !== "-") return NO_INSTANT;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(month, year)) return NO_INSTANT;
  // Days from the civil calendar, counted in years that begin in March; source: Howard Hinnant, "chrono-Compatible
  // Low-Level Date Algorithms", days_from_civil.
  const marchYear = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + dayOfYear - 719_468;
}

/** The time of a text as milliseconds from its day's midnight in UTC; 0 where it is a date alone. */
function timeOf(text: string): number {
  if (text.length === 10) return 0;
  if (text[10] !== "T" || text[13] !== ":") return NO_INSTANT;
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return NO_INSTANT;
  let at = 16;
  let milliseconds = 0;
  if (text[at] === ":") {
    const second = digits(text, 17, 2);
    if (second < 0 || second > 59) return NO_INSTANT;
    milliseconds = second * 1000;
    at = 19;
    if (text[at] === ".") {
      const end = endOfDigits(text, 20);
      if (end === 20) return NO_INSTANT;
      for (let place = 100, digit = 20; digit < end && digit < 23; digit++, place /= 10) {
        milliseconds += digits(text, digit, 1) * place;
      }
      at = end;
    }
  }
  const offset = offsetOf(text, at);
  return offset === NO_INSTANT ? NO_INSTANT : (hour * 60 + minute - offset) * MINUTE + milliseconds;
}

/** The zone that ends a text, in minutes ahead of UTC. */
function offsetOf(text: string, at: number): number {
  const sign = text[at];
  if (sign === "Z") return text.length === at + 1 ? 0 : NO_INSTANT;
  if ((sign !== "+" && sign !== "-") || text.length !== at + 6 || text[at + 3] !== ":") return NO_INSTANT;
  const hours = digits(text, at + 1, 2);
  const minutes = digits(text, at + 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return NO_INSTANT;
  return sign === "+" ? hours * 60 + minutes : -(hours * 60 + minutes);
}

/** A whole number of so many digits, -1 where one of them is none. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function endOfDigits(text: string, from: number): number {
  let end = from;
  while (digits(text, end, 1) >= 0) end++;
  return end;
}

function daysIn(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
