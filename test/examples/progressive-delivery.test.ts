import { describe, expect, it } from "vitest";
import { MovableClock } from "../../examples/progressive-delivery/clock.js";
import { Guard } from "../../examples/progressive-delivery/guard.js";
import { runExample } from "./child.js";

const STORY = `\
2027-02-26T12:00    20 users had the new checkout; 0 were back at the old one
2027-03-01T09:00  schedule: 1 %
2027-03-01T12:00    148 users had the new checkout; 0 were back at the old one
2027-03-02T09:00  schedule: 5 %
2027-03-02T12:00    559 users had the new checkout; 0 were back at the old one
2027-03-03T09:00  schedule: 25 %
2027-03-03T12:00  kill: false
2027-03-03T12:00    2005 users had the new checkout; 115 were back at the old one
2027-03-04T12:00    0 users had the new checkout; 2120 were back at the old one
2027-03-04T12:00  revive: 25 %
2027-03-04T12:00    2538 users had the new checkout; 0 were back at the old one
2027-03-05T11:00  reset: 50 %
2027-03-05T12:00    5034 users had the new checkout; 0 were back at the old one
2027-03-08T09:00  schedule: from 50 % evenly to 100 %
2027-03-08T12:00    5322 users had the new checkout; 0 were back at the old one
2027-03-09T12:00    7790 users had the new checkout; 0 were back at the old one
2027-03-10T09:00  schedule: 100 %
2027-03-10T12:00    10000 users had the new checkout; 0 were back at the old one
2027-03-11T12:00  reload: true

The audit log
2027-03-01T09:00  schedule  by schedule
2027-03-02T09:00  schedule  by schedule
2027-03-03T09:00  schedule  by schedule
2027-03-03T12:00  kill      by guard: 5 of the last 200 checkouts failed
2027-03-04T12:00  set       by ana: first see that 25 % works
2027-03-04T12:00  revive    by ana: machines for 20,000 a day
2027-03-05T11:00  reset     by ana: it does; on with the steps
2027-03-08T09:00  schedule  by schedule
2027-03-10T09:00  schedule  by schedule
2027-03-11T12:00  reload    by ana: everybody has it
`;

describe("progressive delivery", () => {
  it("tells two weeks of a rollout, whatever the variables say", async () => {
    const ended = await runExample("progressive-delivery/main.ts", [], { FLAG_NEW_CHECKOUT: "on" });
    expect(ended).toEqual({ code: 0, stdout: STORY, stderr: "" });
  });
});

describe("its clock", () => {
  it("wakes sleepers when their time has come, those too that lie down on the way", () => {
    const clock = new MovableClock("2027-01-01T00:00Z");
    const rung: string[] = [];
    const ring = (name: string) => () => rung.push(`${name} ${new Date(clock.now()).toISOString().slice(11, 19)}`);
    const at = (time: string) => Date.parse(`2027-01-01T${time}Z`);
    clock.wake(at("03:30"), ring("late"));
    clock.wake(at("01:00"), () => {
      ring("early")();
      clock.wake(at("02:00"), ring("on the way"));
    });
    clock.wake(at("03:31"), ring("beyond"));
    clock.wake(at("01:30"), ring("cancelled"))();
    clock.moveTo("2027-01-01T03:30:30Z");
    expect(rung).toEqual(["early 01:00:00", "on the way 02:00:00", "late 03:30:00"]);
    expect(clock.now()).toBe(at("03:30:30"));
    clock.moveTo("2027-01-01T03:31Z");
    expect(rung.at(-1)).toBe("beyond 03:31:00");
  });
});

describe("its guard", () => {
  it("tells of one failure too many among the last, and counts anew", () => {
    const told: string[] = [];
    const guard = new Guard(4, 1, (failed, of) => told.push(`${failed} of ${of}`));
    for (const failed of [true, false, false, false, true, false, false, true]) guard.count(failed);
    expect(told).toEqual(["2 of 4"]);
    guard.count(true);
    expect(told).toEqual(["2 of 4"]);
    guard.count(true);
    expect(told).toEqual(["2 of 4", "2 of 2"]);
  });
});
