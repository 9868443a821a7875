import { type Clock, createFlags, defineFlags, flag } from "burgee";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Alarm } from "../../src/flags/alarm.js";
import { clockOf } from "../../src/flags/clock.js";
import { errorsOf, isolated } from "./fixtures/isolated.js";
import { ManualClock } from "./fixtures/manual-clock.js";

const DAY = 86_400_000;
const START = Date.UTC(2027, 0, 1);
const at = (time: number) => new Date(time).toISOString();
const registry = defineFlags({
  f: flag.boolean({ default: false, rule: { schedule: { from: at(START + 30 * DAY), until: at(START + 60 * DAY) } } }),
});
const create = (more: object = {}) => createFlags(registry, { ...isolated, ...more });

describe("the default clock", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: START });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("steps to the millisecond, however far away that is", async () => {
    const flags = create();
    const times: number[] = [];
    flags.onFlagChanged("f", (change) => void times.push(change.at));
    await vi.advanceTimersByTimeAsync(30 * DAY - 1);
    expect(flags.isEnabled("f")).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(flags.isEnabled("f")).toBe(true);
    await vi.advanceTimersByTimeAsync(30 * DAY);
    expect(flags.isEnabled("f")).toBe(false);
    expect(times).toEqual([START + 30 * DAY, START + 60 * DAY]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is looked at every minute, so that one set forward, or a sleep, is noticed", async () => {
    const flags = create();
    vi.setSystemTime(START + 31 * DAY);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(flags.isEnabled("f")).toBe(true);
  });

  it("may be set back", async () => {
    let now = START + 30 * DAY - 1_000;
    const flags = create({ clock: () => now });
    now = START;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(flags.isEnabled("f")).toBe(false);
    now = START + 30 * DAY;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(flags.isEnabled("f")).toBe(true);
  });

  it("wakes once, when its time has come, however often it is looked at before", async () => {
    let now = START;
    let rings = 0;
    clockOf(() => now).wake(START + DAY, () => rings++);
    await vi.advanceTimersByTimeAsync(2 * DAY);
    expect(rings).toBe(0);
    now = START + DAY;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rings).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
    const cancel = clockOf(() => now).wake(START + DAY, () => rings++);
    cancel();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rings).toBe(1);
  });

  it("waits for nothing after close()", async () => {
    const flags = create();
    expect(vi.getTimerCount()).toBe(1);
    await flags.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.setSystemTime(START + 31 * DAY);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(flags.isEnabled("f")).toBe(false);
  });

  it("does not keep a process alive", async () => {
    vi.useRealTimers();
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
    const before = timers();
    const flags = create({ clock: () => START });
    expect(timers()).toBe(before);
    await flags.close();
  });
});

describe("a clock of one's own", () => {
  it("rings outside the context of whoever set the flag, or moved the time", () => {
    const seen: unknown[] = [];
    const clock = new ManualClock(START);
    let listening = false;
    const note = () => {
      if (listening) seen.push(flags.snapshot().context);
    };
    // A listener is called out of any context, a logger in that of the clock.
    const flags = create({ clock, logger: { info: note, warn: note, error: note } });
    flags.onFlagChanged("f", note);
    flags.runWithContext({ userId: "ana" }, () => {
      flags.setRule("f", { schedule: { from: at(START + 1_000) } });
    });
    listening = true;
    flags.runWithContext({ userId: "ben" }, () => clock.set(START + 1_000));
    expect(seen).toEqual([{}, {}]);
  });

  it("may ring at once, early, twice, and after it was told not to", () => {
    const rings: (() => void)[] = [];
    let now = START;
    const clock: Clock = {
      now: () => now,
      wake(time, ring) {
        rings.push(ring);
        if (time <= now) ring();
        return () => {};
      },
    };
    const flags = create({ clock });
    const errors = errorsOf(flags);
    const values: unknown[] = [];
    flags.onFlagChanged("f", ({ value }) => void values.push(value));
    const [first] = rings;
    first?.();
    expect(rings).toHaveLength(2);
    now = START + 30 * DAY;
    first?.();
    expect(values).toEqual([]);
    for (const ring of [...rings]) ring();
    expect(values).toEqual([true]);
    now = START + 60 * DAY;
    for (const ring of [...rings, ...rings]) ring();
    expect(values).toEqual([true, false]);
    expect(errors).toEqual([]);
  });

  it("is asked as the object that it is", () => {
    class Standing {
      readonly #time = START + 31 * DAY;
      now() {
        return this.#time;
      }
      wake() {
        return () => void this.#time;
      }
    }
    expect(create({ clock: new Standing() }).isEnabled("f")).toBe(true);
  });
});

describe("an alarm", () => {
  it("keeps the last time it was set to, even where the clock rings while it is being set", () => {
    const cancelled: number[] = [];
    const set: number[] = [];
    let soon = true;
    const alarm: Alarm = new Alarm(
      (time, ring) => {
        set.push(time);
        if (soon) {
          soon = false;
          ring();
        }
        return () => void cancelled.push(time);
      },
      () => alarm.set(2),
    );
    alarm.set(1);
    expect(set).toEqual([1, 2]);
    alarm.set(3);
    expect(cancelled).toEqual([2]);
    alarm.set(undefined);
    expect(cancelled).toEqual([2, 3]);
  });
});
