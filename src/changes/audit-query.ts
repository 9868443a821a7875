import { BurgeeError } from "../errors.js";
import type { AuditEntry, AuditQuery } from "./audit.js";

/**
 * A query as a test of one entry. Its limit is not looked at.
 *
 * @throws BurgeeError `INVALID_OPTIONS` for a time that cannot be understood
 */
export function auditMatcher(query: AuditQuery): (entry: AuditEntry) => boolean {
  const { flag, actor, source } = query;
  const since = milliseconds(query.since, "since");
  const until = milliseconds(query.until, "until");
  return (entry) =>
    (flag === undefined || entry.flag === flag || entry.affected.some((affected) => affected.flag === flag)) &&
    (actor === undefined || entry.actor === actor) &&
    (source === undefined || entry.source === source) &&
    (since === undefined || Date.parse(entry.at) >= since) &&
    (until === undefined || Date.parse(entry.at) < until);
}

/**
 * The time of an option in milliseconds since 1970.
 *
 * @throws BurgeeError `INVALID_OPTIONS` for a time that cannot be understood
 */
export function milliseconds(time: Date | number | string | undefined, option: string): number | undefined {
  if (time === undefined) return undefined;
  // Date.parse understands "5" as a month; only ISO 8601 begins with a whole date.
  if (typeof time === "string" && !/^\d{4}-\d\d-\d\d/.test(time)) throw invalidTime(time, option);
  const value = typeof time === "string" ? Date.parse(time) : Number(time);
  if (Number.isNaN(value)) throw invalidTime(time, option);
  return value;
}

function invalidTime(time: unknown, option: string): BurgeeError {
  const expected = "must be a Date, milliseconds since 1970 or an ISO 8601 time such as 2027-01-31T12:00:00Z";
  return new BurgeeError("INVALID_OPTIONS", `The audit query's ${option} ${expected}, not ${String(time)}.`);
}

/** @throws BurgeeError `INVALID_OPTIONS` for what is no whole number of `least` or more */
export function wholeNumber(value: number, option: string, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  const message = `The ${option} must be a whole number of ${least} or more, not ${String(value)}.`;
  throw new BurgeeError("INVALID_OPTIONS", message);
}
