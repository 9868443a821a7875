import { createFlags, defineFlags, flag } from "burgee";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isolated, thrownBy } from "./fixtures/isolated.js";

const registry = defineFlags({
  parent: flag.boolean({ default: true }),
  child: flag.boolean({ default: false, dependsOn: ["parent"] }),
  limit: flag.number({ default: 10 }),
});
const START = Date.UTC(2027, 0, 1);
const DAY = 86_400_000;
const create = (more: object = {}) => createFlags(registry, { ...isolated, ...more });

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("an override that expires", () => {
  it.each([
    { option: { ttlMs: 30 * DAY } },
    { option: { expiresAt: START + 30 * DAY } },
    { option: { expiresAt: new Date(START + 30 * DAY) } },
    { option: { expiresAt: "2027-01-31T00:00:00Z" } },
  ])("lifts itself after 30 days, not sooner, with $option", async ({ option }) => {
    const flags = create();
    const changes: unknown[] = [];
    flags.onFlagChanged("limit", ({ value, source, cause, at }) => changes.push({ value, source, cause, at }));
    expect(flags.setFlag("limit", 20, option)).toBe(true);
    expect(flags.explain("limit").steps.find(({ step }) => step === "overrides")?.origin).toMatchObject({
      at: START,
      expiresAt: START + 30 * DAY,
    });
    await vi.advanceTimersByTimeAsync(30 * DAY - 1);
    expect(flags.value("limit")).toBe(20);
    await vi.advanceTimersByTimeAsync(1);
    expect(flags.value("limit")).toBe(10);
    expect(changes.at(-1)).toEqual({
      value: 10,
      source: "expiry",
      cause: { kind: "expiry" },
      at: START + 30 * DAY,
    });
    expect(flags.getAuditLog("limit")).toMatchObject([
      {
        action: "expiry",
        flag: "limit",
        source: "expiry",
        affected: [{ flag: "limit", from: { value: 20 }, to: { value: 10 } }],
      },
      { action: "set", expiresAt: "2027-01-31T00:00:00.000Z" },
    ]);
  });

  it("looks at the clock it was given, and waits where that is set back", async () => {
    let now = START;
    const flags = create({ clock: () => now });
    flags.setFlag("limit", 20, { ttlMs: 1_000 });
    now = START - 7_200_000;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(flags.value("limit")).toBe(20);
    now = START + 999;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(flags.value("limit")).toBe(20);
    now = START + 1_000;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(flags.value("limit")).toBe(10);
  });

  it("never sleeps longer than a minute, so that a clock set forward is noticed", async () => {
    let now = START;
    const flags = create({ clock: () => now });
    flags.setFlag("limit", 20, { ttlMs: DAY });
    now = START + DAY;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(flags.value("limit")).toBe(10);
  });

  it("does not keep a process alive", async () => {
    vi.useRealTimers();
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
    const before = timers();
    const flags = create();
    flags.setFlag("limit", 20, { ttlMs: DAY });
    expect(timers()).toBe(before);
    await flags.close();
  });

  it("does not outlive a reset or close()", async () => {
    const flags = create();
    flags.setFlag("limit", 20, { ttlMs: 1_000 });
    expect(vi.getTimerCount()).toBe(1);
    flags.resetFlag("limit");
    expect(vi.getTimerCount()).toBe(0);
    flags.setFlag("limit", 20, { ttlMs: 1_000 });
    await flags.close();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(flags.value("limit")).toBe(20);
  });

  it("is another override where only the time differs, and the later time counts", async () => {
    const flags = create();
    flags.setFlag("limit", 20, { expiresAt: START + 1_000 });
    expect(flags.setFlag("limit", 20, { expiresAt: START + 1_000 })).toBe(false);
    expect(flags.setFlag("limit", 20, { expiresAt: START + 5_000 })).toBe(true);
    expect(flags.getAuditLog("limit")[0]).toMatchObject({ action: "set", affected: [] });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(flags.value("limit")).toBe(20);
    expect(flags.setFlag("limit", 20)).toBe(true);
    await vi.advanceTimersByTimeAsync(DAY);
    expect(flags.value("limit")).toBe(20);
  });

  it("expires beside others, each with its own entry and effects", async () => {
    const flags = create();
    flags.setFlag("limit", 20, { ttlMs: 3_000 });
    flags.setFlag("child", true, { ttlMs: 2_000 });
    flags.setFlag("parent", false, { ttlMs: 1_000 });
    // The process slept through all three.
    vi.setSystemTime(START + 10_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(flags.getAllFlags()).toEqual({ parent: true, child: false, limit: 10 });
    const entries = flags.getAuditLog(undefined, { source: "expiry" }).toReversed();
    expect(entries.map((entry) => [entry.flag, entry.affected])).toEqual([
      [
        "parent",
        [
          { flag: "parent", from: { value: false }, to: { value: true } },
          { flag: "child", from: { value: false }, to: { value: true } },
        ],
      ],
      ["child", [{ flag: "child", from: { value: true }, to: { value: false } }]],
      ["limit", [{ flag: "limit", from: { value: 20 }, to: { value: 10 } }]],
    ]);
  });

  it("may be set anew by a listener of another's expiry, or be left alone by one that closes", async () => {
    const flags = create();
    flags.setFlag("parent", false, { ttlMs: 1_000 });
    flags.setFlag("limit", 20, { ttlMs: 1_000 });
    flags.onFlagChanged("parent", () => flags.setFlag("limit", 30, { ttlMs: 5_000 }), { once: true });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(flags.value("limit")).toBe(30);
    flags.setFlag("parent", false, { ttlMs: 4_000 });
    flags.onFlagChanged("parent", () => void flags.close());
    vi.setSystemTime(Date.now() + DAY);
    await vi.advanceTimersByTimeAsync(DAY);
    expect(flags.isEnabled("parent")).toBe(true);
    expect(flags.value("limit")).toBe(30);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    [{ ttlMs: 0 }, "`ttlMs` is not in the future; use resetFlag to remove an override"],
    [{ ttlMs: -1 }, "`ttlMs` is not in the future"],
    [{ ttlMs: Number.NaN }, "`ttlMs` is no time that can be understood"],
    [{ ttlMs: Number.POSITIVE_INFINITY }, "`ttlMs` is no time that can be understood"],
    [{ ttlMs: "1000" as never }, "`ttlMs` must be a number of milliseconds"],
    [{ expiresAt: "soon" }, "`expiresAt` is no time that can be understood"],
    [{ expiresAt: START }, "`expiresAt` is not in the future"],
    [{ expiresAt: START + 1, ttlMs: 1 }, "give `expiresAt` or `ttlMs`, not both"],
  ])("refuses %j", (option, message) => {
    const flags = create();
    const error = thrownBy(() => flags.setFlag("limit", 20, option));
    expect(error.code).toBe("INVALID_OPTIONS");
    expect(error.message).toContain(message);
    expect(flags.value("limit")).toBe(10);
    expect(flags.getAuditLog()).toEqual([]);
  });
});
