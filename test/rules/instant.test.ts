import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantProblem, isBeforeOrAfter, readInstant, readTime } from "../../src/rules/instant.js";

const HOUR = 3_600_000;

describe("readInstant", () => {
  it.each([
    ["2026-03-01", Date.UTC(2026, 2, 1)],
    ["2024-02-29", Date.UTC(2024, 1, 29)],
    ["2000-02-29", Date.UTC(2000, 1, 29)],
    ["1970-01-01", 0],
    ["1969-12-31", -24 * HOUR],
    ["0000-01-01", Date.parse("0000-01-01")],
    ["9999-12-31T23:59:59.999Z", Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
    ["2026-03-01T09:30Z", Date.UTC(2026, 2, 1, 9, 30)],
    ["2026-03-01T09:30:15Z", Date.UTC(2026, 2, 1, 9, 30, 15)],
    ["2026-03-01T09:30:15.5Z", Date.UTC(2026, 2, 1, 9, 30, 15, 500)],
    ["2026-03-01T09:30:15.1234567Z", Date.UTC(2026, 2, 1, 9, 30, 15, 123)],
    ["2026-03-01T09:30:00+01:00", Date.UTC(2026, 2, 1, 8, 30)],
    ["2026-03-01T00:30:00+05:45", Date.UTC(2026, 1, 28, 18, 45)],
    ["2025-12-31T23:30:00-01:00", Date.UTC(2026, 0, 1, 0, 30)],
  ])("reads %s", (text, milliseconds) => {
    expect(readInstant(text)).toBe(milliseconds);
  });

  const zone = "needs a zone, or it would be another time on another machine";
  const day = "names a day that no calendar has";
  const form = 'must be a date or a date and time of ISO 8601, such as "2026-03-01" or "2026-03-01T09:30:00Z"';

  it.each([
    ["2026-03-01T09:30:00", zone],
    ["2026-03-01T09:30", zone],
    ["2026-03-01T09:30:00.25", zone],
    ["2026-02-30", day],
    ["2026-02-29", day],
    ["1900-02-29", day],
    ["2026-04-31", day],
    ["2026-13-01", day],
    ["2026-00-01", day],
    ["2026-01-00", day],
    ["2026-02-30T00:00:00Z", day],
    ["", form],
    ["2026", form],
    ["2026-03", form],
    ["2026-3-1", form],
    ["2026/03/01", form],
    ["01.03.2026", form],
    ["+02026-03-01", form],
    ["2026-03-01 09:30:00Z", form],
    ["2026-03-01t09:30:00z", form],
    ["2026-03-01T24:00:00Z", form],
    ["2026-03-01T09:60:00Z", form],
    ["2026-03-01T09:30:60Z", form],
    ["2026-03-01T09:30:00.Z", form],
    ["2026-03-01T9:30:00Z", form],
    ["2026-03-01T09Z", form],
    ["2026-03-01T09:3xZ", form],
    ["2026-03-01T09:30:00Z ", form],
    ["2026-03-01T09:30:00+0100", form],
    ["2026-03-01T09:30:00+01", form],
    ["2026-03-01T09:30:00+24:00", form],
    ["2026-03-01T09:30:00+01:60", form],
    ["2026-03-01T09:30:00*01:00", form],
    ["2026-03-01Z", form],
    ["20x6-03-01", form],
    ["yesterday", form],
  ])("refuses %j and says why", (text, why) => {
    expect(readInstant(text)).toBeNaN();
    expect(instantProblem(text).startsWith(why)).toBe(true);
  });

  it("reads what Date writes, to the millisecond", () => {
    const anyDate = fc.date({
      min: new Date("0000-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    });
    const property = fc.property(anyDate, (date) => {
      expect(readInstant(date.toISOString())).toBe(date.getTime());
      expect(readInstant(date.toISOString().slice(0, 10))).toBe(Math.floor(date.getTime() / (24 * HOUR)) * 24 * HOUR);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it("reads offsets as Date does", () => {
    const two = (most: number) => fc.integer({ min: 0, max: most }).map((number) => String(number).padStart(2, "0"));
    const property = fc.property(
      two(23),
      two(59),
      fc.constantFrom("+", "-"),
      two(23),
      two(59),
      (hour, minute, sign, hours, minutes) => {
        const text = `2026-03-01T${hour}:${minute}:00${sign}${hours}:${minutes}`;
        expect(readInstant(text)).toBe(Date.parse(text));
      },
    );
    fc.assert(property, { numRuns: 1_000 });
  });
});

describe("readTime", () => {
  const forms = 'a date or a date and time of ISO 8601, such as "2026-03-01" or "2026-03-01T09:30:00Z"';
  const first = Date.parse("0000-01-01T00:00:00.000Z");
  const last = Date.parse("9999-12-31T23:59:59.999Z");

  it.each([
    ["2026-03-01", Date.UTC(2026, 2, 1)],
    ["9999-12-31T23:59:59.999Z", last],
    [new Date(first), first],
    [new Date(last), last],
    [runInNewContext("new Date(5)"), 5],
  ])("reads %o", (given, at) => {
    expect(readTime(given)).toEqual({ at });
  });

  it.each([
    [new Date(Number.NaN), "must be a Date of the years 0 to 9999"],
    [new Date(first - 1), "must be a Date of the years 0 to 9999"],
    [new Date(last + 1), "must be a Date of the years 0 to 9999"],
    ["0000-01-01T00:00+00:01", "must lie within the years 0 to 9999 of UTC"],
    ["9999-12-31T23:59-00:01", "must lie within the years 0 to 9999 of UTC"],
    [5, `is a number; write ${forms}, or in code a Date`],
    ["tomorrow", `must be ${forms}`],
    ["2026-02-30", "names a day that no calendar has"],
    [null, "must be a text, or in code a Date"],
  ])("refuses %o and says why", (given, problem) => {
    expect(readTime(given)).toEqual({ problem });
  });
});

describe("isBeforeOrAfter", () => {
  it("compares as readInstant reads, and never holds for what is no instant", () => {
    const text = fc.constantFrom(
      "2026-03-01",
      "2026-03-01T00:00:00.001Z",
      "2026-02-28T23:59:59Z",
      "2026-03-01T00:00",
      "x",
      "2026-02-30",
    );
    const limit = fc.constantFrom(Date.UTC(2026, 2, 1), Date.UTC(2026, 2, 1) + 1, 0);
    const property = fc.property(text, limit, (given, at) => {
      expect(isBeforeOrAfter(given, at, false)).toBe(readInstant(given) < at);
      expect(isBeforeOrAfter(given, at, true)).toBe(readInstant(given) > at);
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});
