import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BurgeeError } from "../../src/errors.js";
import { Housekeeping, type Retention } from "../../src/store/housekeeping.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import { commit, timeOf } from "./fixtures/committed.js";

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const FULL: Retention = { auditMs: YEAR, usageMs: YEAR, everyMs: HOUR, batch: 500 };

beforeEach(() => void vi.useFakeTimers({ now: timeOf(0) + YEAR }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** `random` is 0.5 unless given: the first look comes after half a period, and a period is as long as it says. */
function keep(store: MemoryStore, retention: Partial<Retention> = {}, random = () => 0.5) {
  const errors: BurgeeError[] = [];
  const prune = vi.spyOn(store, "prune");
  const options = {
    clock: Date.now,
    retention: { ...FULL, ...retention },
    onError: (error: BurgeeError) => errors.push(error),
  };
  const housekeeping = new Housekeeping(store, { ...options, random });
  return { housekeeping, prune, errors, codes: () => errors.map(({ code }) => code) };
}

describe("Housekeeping", () => {
  it("forgets entries and usage that are too old, every period", async () => {
    const store = new MemoryStore();
    await commit(store, 10);
    const now = Date.now();
    const hour = Math.floor((now - YEAR) / HOUR) * HOUR - HOUR;
    const row = { flag: "lamp", variant: "true", evaluations: 1, errors: 0 };
    await store.recordUsage([
      { ...row, hour },
      { ...row, hour: now },
    ]);
    // Half an hour later entries 1 to 10 are too old; without the retention's rest nothing else is.
    const { housekeeping, prune } = keep(store);
    housekeeping.start();
    await vi.advanceTimersByTimeAsync(HOUR / 2);
    expect(prune.mock.calls).toEqual([
      [{ before: now + HOUR / 2 - YEAR, usageBefore: now + HOUR / 2 - YEAR, limit: 500 }],
    ]);
    expect(await store.audit()).toEqual([]);
    expect(await store.usage()).toEqual([{ ...row, hour: now }]);
    await vi.advanceTimersByTimeAsync(HOUR - 1);
    expect(prune).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(prune).toHaveBeenCalledTimes(2);
    await housekeeping.close();
  });

  it("keeps entries and usage that are young enough", async () => {
    const store = new MemoryStore();
    await commit(store, 10);
    // A period of two seconds: the first look is a second after the start.
    const { housekeeping } = keep(store, { everyMs: 2_000, auditMs: YEAR - 4_000 });
    housekeeping.start();
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await store.audit({ order: "oldest" })).map(({ sequence }) => sequence)).toEqual([5, 6, 7, 8, 9, 10]);
    await housekeeping.close();
  });

  it("works in small batches with a pause in between", async () => {
    const store = new MemoryStore();
    await commit(store, 25);
    const { housekeeping, prune } = keep(store, { batch: 10 });
    housekeeping.start();
    await vi.advanceTimersByTimeAsync(HOUR / 2);
    expect(prune).toHaveBeenCalledTimes(1);
    expect(await store.audit()).toHaveLength(15);
    await vi.advanceTimersByTimeAsync(19);
    expect(prune).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await store.audit()).toHaveLength(5);
    await vi.advanceTimersByTimeAsync(20);
    expect(await store.audit()).toHaveLength(0);
    expect(prune).toHaveBeenCalledTimes(3);
    await vi.advanceTimersByTimeAsync(HOUR - 1);
    expect(prune).toHaveBeenCalledTimes(3);
    await housekeeping.close();
  });

  it("leaves a part alone that is switched off", async () => {
    const audit = keep(new MemoryStore(), { usageMs: false });
    audit.housekeeping.start();
    const usage = keep(new MemoryStore(), { auditMs: false });
    usage.housekeeping.start();
    await vi.advanceTimersByTimeAsync(HOUR / 2);
    const old = Date.now() - YEAR;
    expect(audit.prune.mock.calls).toEqual([[{ before: old, usageBefore: undefined, limit: 500 }]]);
    expect(usage.prune.mock.calls).toEqual([[{ before: 0, usageBefore: old, limit: 500 }]]);
    await Promise.all([audit.housekeeping.close(), usage.housekeeping.close()]);
  });

  it("does nothing at all where both are", async () => {
    const { housekeeping } = keep(new MemoryStore(), { auditMs: false, usageMs: false });
    housekeeping.start();
    expect(vi.getTimerCount()).toBe(0);
    await housekeeping.close();
  });

  it("starts once, and not before it is told to", async () => {
    const { housekeeping } = keep(new MemoryStore());
    expect(vi.getTimerCount()).toBe(0);
    housekeeping.start();
    housekeeping.start();
    expect(vi.getTimerCount()).toBe(1);
    await housekeeping.close();
    expect(vi.getTimerCount()).toBe(0);
    housekeeping.start();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("spreads a fleet over the whole period", async () => {
    const times: number[] = [];
    const begun = Date.now();
    for (const share of [0, 0.25, 0.5, 0.75, 0.999]) {
      const { housekeeping, prune } = keep(new MemoryStore(), {}, () => share);
      prune.mockImplementation(async () => {
        times.push((Date.now() - begun) / HOUR);
        return 0;
      });
      housekeeping.start();
    }
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(times).toEqual([0, 0.25, 0.5, 0.5, 0.75, 0.999, 1, 1]);
  });

  it("takes a period that is longer than a timer can be", async () => {
    const { housekeeping, prune } = keep(new MemoryStore(), { everyMs: 400 * 24 * HOUR }, () => 0.999);
    housekeeping.start();
    await vi.advanceTimersByTimeAsync(24 * HOUR);
    expect(prune).not.toHaveBeenCalled();
    await housekeeping.close();
  });
});

describe("Housekeeping, when the store fails", () => {
  it("says nothing while the store is away, and goes on when it is back", async () => {
    const store = new MemoryStore();
    await commit(store, 3);
    const end = store.outage();
    const { housekeeping, prune, errors } = keep(store);
    housekeeping.start();
    await vi.advanceTimersByTimeAsync(3 * HOUR);
    expect(prune).toHaveBeenCalledTimes(3);
    expect(errors).toEqual([]);
    end();
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(await store.audit()).toEqual([]);
    await housekeeping.close();
  });

  it("tells an error once until it has worked again", async () => {
    const { housekeeping, prune, codes } = keep(new MemoryStore());
    const refused = new BurgeeError("STORE_FAILED", "no");
    prune.mockRejectedValueOnce(refused).mockRejectedValueOnce(refused);
    housekeeping.start();
    await vi.advanceTimersByTimeAsync(2 * HOUR);
    expect(codes()).toEqual(["STORE_FAILED"]);
    await vi.advanceTimersByTimeAsync(HOUR);
    prune.mockRejectedValueOnce(refused);
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(codes()).toEqual(["STORE_FAILED", "STORE_FAILED"]);
    await housekeeping.close();
  });

  it("tells what is not burgee's as STORE_FAILED, with the cause", async () => {
    const { housekeeping, prune, errors } = keep(new MemoryStore());
    const cause = new TypeError("undefined is not a function");
    prune.mockRejectedValueOnce(cause);
    housekeeping.start();
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(errors).toEqual([expect.objectContaining({ code: "STORE_FAILED", cause })]);
    expect(errors[0]?.message).toMatch(/^The store "memory" \(namespace "default"\) failed: undefined is not/);
    await housekeeping.close();
  });

  it("waits with close for the batch under way, and begins no other", async () => {
    const { housekeeping, prune } = keep(new MemoryStore());
    let finish = (_forgotten: number) => {};
    prune.mockImplementation(() => new Promise((resolve) => (finish = resolve)));
    housekeeping.start();
    await vi.advanceTimersByTimeAsync(HOUR / 2);
    let closed = false;
    const closing = housekeeping.close().then(() => (closed = true));
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(closed).toBe(false);
    finish(500);
    await closing;
    await vi.advanceTimersByTimeAsync(10 * HOUR);
    expect(prune).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
