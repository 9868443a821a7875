import { createFlags, defineFlags, flag } from "burgee";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BurgeeError } from "../../src/errors.js";
import type { EvaluationCount } from "../../src/flags/count-tally.js";
import { UsageRecorder } from "../../src/flags/usage-recorder.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import { isolated } from "./fixtures/isolated.js";

const HOUR = 3_600_000;
const MINUTE = 60_000;
const NOON = Date.UTC(2027, 0, 1, 12);

const registry = defineFlags({
  lamp: flag.boolean({ default: true }),
  model: flag.experiment({ control: 50, treatment: 50 }, { default: "control" }),
  limit: flag.number({ default: 10 }),
});

beforeEach(() => void vi.useFakeTimers({ now: NOON + MINUTE / 2 }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A recorder of real flags over a store; `random` is always 0.5, so that a period is as long as it says. */
function recording(store = new MemoryStore(), flushMs = MINUTE) {
  const flags = createFlags(registry, isolated);
  const errors: BurgeeError[] = [];
  const options = { store, clock: Date.now, onError: (error: BurgeeError) => errors.push(error), random: () => 0.5 };
  const recorder = new UsageRecorder({ ...options, counter: flags.countEvaluations(), flushMs });
  const ask = (times: number) => {
    for (let asked = 0; asked < times; asked++) flags.isEnabled("lamp");
  };
  return { store, flags, recorder, errors, ask, codes: () => errors.map(({ code }) => code) };
}

/** A recorder of counts that the test makes up. */
function recordingOf(take: () => readonly EvaluationCount[], store = new MemoryStore(), flushMs = MINUTE) {
  const counter = { read: take, take, lost: 0, stop: () => {}, [Symbol.dispose]: () => {} };
  const errors: BurgeeError[] = [];
  const options = { store, clock: Date.now, onError: (error: BurgeeError) => errors.push(error), random: () => 0.5 };
  return { store, errors, recorder: new UsageRecorder({ ...options, counter, flushMs }) };
}

/** One evaluation of each of so many flags. */
const onceEach = (flags: number): EvaluationCount[] =>
  Array.from({ length: flags }, (_, index) => ({
    flag: `f${index}`,
    reason: "STATIC",
    source: "default",
    value: true,
    count: 1,
  }));

const lamp = (hour: number, evaluations: number) => ({ hour, flag: "lamp", variant: "true", evaluations, errors: 0 });

describe("UsageRecorder", () => {
  it("records by flag and variant, and how many were answered with an error", async () => {
    const { store, flags, recorder, ask } = recording();
    ask(3);
    flags.setFlag("lamp", false);
    ask(2);
    flags.resolveVariant("model", { userId: "u1" });
    flags.resolveVariant("model");
    flags.value("limit");
    const throwing = Object.defineProperty({}, "userId", {
      enumerable: true,
      get: () => {
        throw new Error("no");
      },
    });
    flags.resolveVariant("model", throwing);
    await recorder.flush();
    const { variant } = flags.evaluate("model", { userId: "u1" });
    const rows = await store.usage();
    expect(rows.filter((row) => row.flag !== "model")).toEqual([
      { ...lamp(NOON, 2), variant: "false" },
      lamp(NOON, 3),
      { ...lamp(NOON, 1), flag: "limit", variant: "" },
    ]);
    const models = rows.filter((row) => row.flag === "model");
    expect(models.map((row) => row.variant)).toContain(variant);
    expect(models.reduce((sum, row) => sum + row.evaluations, 0)).toBe(3);
    expect(models.reduce((sum, row) => sum + row.errors, 0)).toBe(1);
    await recorder.close();
  });

  it("leaves out names that no flag has", async () => {
    const { store, flags, recorder } = recording();
    (flags.isEnabled as (name: string) => boolean)("no_such_flag");
    await recorder.flush();
    expect(await store.usage()).toEqual([]);
    await recorder.close();
  });

  it("sends every period, and nothing where nothing was asked", async () => {
    const { store, recorder, ask } = recording();
    const record = vi.spyOn(store, "recordUsage");
    await vi.advanceTimersByTimeAsync(3 * MINUTE);
    expect(record).not.toHaveBeenCalled();
    ask(5);
    await vi.advanceTimersByTimeAsync(MINUTE);
    ask(1);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(await store.usage()).toEqual([lamp(NOON, 6)]);
    expect(record).toHaveBeenCalledTimes(2);
    await recorder.close();
  });

  it("sends at times of its own", async () => {
    const times: number[] = [];
    const begun = Date.now();
    for (const share of [0, 0.4, 0.999]) {
      const store = new MemoryStore();
      vi.spyOn(store, "recordUsage").mockImplementation(async () => void times.push(Date.now() - begun));
      const counter = createFlags(registry, isolated).countEvaluations();
      vi.spyOn(counter, "take").mockImplementation(() => onceEach(1));
      const options = { store, counter, clock: Date.now, onError: () => {}, flushMs: MINUTE };
      new UsageRecorder({ ...options, random: () => share });
    }
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    expect(times.slice(0, 3)).toEqual([30_000, 54_000, 60_000]);
    expect(times).toContain(89_940);
  });

  it("counts for the hour in which it was asked", async () => {
    const { store, recorder, ask } = recording(undefined, 40 * MINUTE);
    vi.setSystemTime(NOON + 59 * MINUTE);
    await vi.advanceTimersByTimeAsync(30_000);
    ask(1);
    await vi.advanceTimersByTimeAsync(30_000);
    ask(2);
    await recorder.flush();
    expect(await store.usage()).toEqual([lamp(NOON, 1), lamp(NOON + HOUR, 2)]);
    await recorder.close();
  });

  it("looks at the clock every minute, as it may be set", async () => {
    const { store, recorder, ask } = recording(undefined, 12 * HOUR);
    ask(1);
    vi.setSystemTime(NOON + 3 * HOUR);
    await vi.advanceTimersByTimeAsync(MINUTE);
    ask(2);
    vi.setSystemTime(NOON - 2 * HOUR);
    await vi.advanceTimersByTimeAsync(MINUTE);
    ask(4);
    await recorder.flush();
    expect(await store.usage()).toEqual([lamp(NOON - 2 * HOUR, 4), lamp(NOON, 1), lamp(NOON + 3 * HOUR, 2)]);
    await recorder.close();
  });

  it("sends 500 rows at a time at most, in one order for all", async () => {
    const taken = [onceEach(1_201).reverse()];
    const { store, recorder } = recordingOf(() => taken.pop() ?? []);
    const record = vi.spyOn(store, "recordUsage");
    await recorder.flush();
    expect(record.mock.calls.map(([rows]) => rows.length)).toEqual([500, 500, 201]);
    for (const [rows] of record.mock.calls) {
      const names = rows.map((row) => row.flag);
      expect(names).toEqual([...names].sort());
    }
    expect(await store.usage()).toHaveLength(1_201);
    await recorder.close();
  });

  it("sorts by hour and variant too", async () => {
    const count = { flag: "model", reason: "SPLIT", source: "rollout", count: 1 } as const;
    const taken = ["b", "a", "c"].map((variant) => ({ ...count, variant }));
    const { store, recorder } = recordingOf(() => taken, undefined, 12 * HOUR);
    const record = vi.spyOn(store, "recordUsage");
    vi.setSystemTime(NOON + HOUR);
    await vi.advanceTimersByTimeAsync(MINUTE);
    await recorder.flush();
    const [rows] = record.mock.calls[0] ?? [];
    expect(rows?.map(({ hour, variant }) => [(hour - NOON) / HOUR, variant])).toEqual([
      [0, "a"],
      [0, "b"],
      [0, "c"],
      [1, "a"],
      [1, "b"],
      [1, "c"],
    ]);
  });
});

describe("UsageRecorder, when the store fails", () => {
  it("keeps and merges counts while the store is away, and says nothing: the status does", async () => {
    const { store, recorder, errors, ask } = recording();
    const end = store.outage();
    for (let round = 0; round < 5; round++) {
      ask(10);
      await vi.advanceTimersByTimeAsync(MINUTE);
    }
    await expect(recorder.flush()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    end();
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(await store.usage()).toEqual([lamp(NOON, 50)]);
    expect(errors).toEqual([]);
    expect(recorder.dropped).toBe(0);
    await recorder.close();
  });

  it("tells that the store refuses, once until it works again", async () => {
    const { store, recorder, codes, ask } = recording();
    const record = vi.spyOn(store, "recordUsage");
    const refused = new BurgeeError("STORE_FAILED", "no");
    record.mockRejectedValueOnce(refused).mockRejectedValueOnce(refused);
    ask(1);
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    expect(codes()).toEqual(["STORE_FAILED"]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(await store.usage()).toEqual([lamp(NOON, 1)]);
    record.mockRejectedValueOnce(new TypeError("no function"));
    ask(1);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(codes()).toEqual(["STORE_FAILED", "STORE_FAILED"]);
    await recorder.close();
  });

  it("does not send again what may have been recorded", async () => {
    const { store, recorder, codes, ask } = recording();
    const record = vi.spyOn(store, "recordUsage");
    record.mockRejectedValueOnce(new BurgeeError("STORE_OUTCOME_UNKNOWN", "who knows"));
    ask(3);
    await vi.advanceTimersByTimeAsync(MINUTE);
    ask(2);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(await store.usage()).toEqual([lamp(NOON, 2)]);
    expect(codes()).toEqual(["USAGE_OVERFLOW"]);
    expect(recorder.dropped).toBe(3);
    record.mockRejectedValueOnce(new BurgeeError("STORE_OUTCOME_UNKNOWN", "who knows"));
    ask(1);
    await expect(recorder.flush()).rejects.toMatchObject({ code: "STORE_OUTCOME_UNKNOWN" });
    await recorder.close();
  });

  it("sends what was counted during a send to whoever asked for a flush meanwhile", async () => {
    const { store, recorder, ask } = recording();
    const record = vi.spyOn(store, "recordUsage");
    let refuse = (_error: Error) => {};
    record.mockImplementationOnce(() => new Promise((_, reject) => (refuse = reject)));
    ask(1);
    const first = recorder.flush();
    await vi.advanceTimersByTimeAsync(0);
    ask(1);
    const second = recorder.flush();
    refuse(new BurgeeError("STORE_FAILED", "no"));
    await expect(first).rejects.toMatchObject({ code: "STORE_FAILED" });
    await second;
    expect(await store.usage()).toEqual([lamp(NOON, 2)]);
    await recorder.close();
  });

  it("drops the oldest hours beyond 10,000 rows, and tells how many evaluations that were", async () => {
    const store = new MemoryStore();
    const end = store.outage();
    const { recorder, errors } = recordingOf(() => onceEach(4_000), store, 12 * HOUR);
    for (let hour = 1; hour <= 3; hour++) {
      vi.setSystemTime(NOON + hour * HOUR);
      await vi.advanceTimersByTimeAsync(MINUTE);
    }
    expect(recorder.dropped).toBe(4_000);
    expect(errors.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'USAGE_OVERFLOW: The store "memory" (namespace "default") was away or slow, and the counts of 4000 evaluations were dropped.',
    ]);
    end();
    await recorder.flush();
    const hours = new Set((await store.usage()).map(({ hour }) => (hour - NOON) / HOUR));
    expect([...hours]).toEqual([1, 2, 3]);
    await recorder.close();
  });

  it("tells of that once a minute at most, with all that was dropped since", async () => {
    const store = new MemoryStore();
    store.outage();
    const { recorder, errors } = recordingOf(() => onceEach(6_000), store, 12 * HOUR);
    for (let hour = 1; hour <= 5; hour++) {
      vi.setSystemTime(NOON + hour * HOUR);
      await recorder.flush().catch(() => {});
    }
    expect(recorder.dropped).toBe(24_000);
    expect(errors.map(({ message }) => /of (\d+) eval/.exec(message)?.[1])).toEqual(["6000"]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(errors.map(({ message }) => /of (\d+) eval/.exec(message)?.[1])).toEqual(["6000", "18000"]);
  });

  it("never drops the only hour: it has no more rows than there are flags and variants", async () => {
    const { store, recorder } = recordingOf(() => onceEach(12_000));
    await recorder.flush();
    expect(recorder.dropped).toBe(0);
    expect(await store.usage({ limit: 20_000 })).toHaveLength(12_000);
  });
});

describe("UsageRecorder.close", () => {
  it("sends what was counted, and leaves no timer", async () => {
    const { store, recorder, errors, flags, ask } = recording();
    ask(3);
    await recorder.close();
    expect(await store.usage()).toEqual([lamp(NOON, 3)]);
    expect(errors).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    ask(1);
    await recorder.close();
    await recorder.flush();
    expect(await store.usage()).toEqual([lamp(NOON, 3)]);
    await flags.close();
  });

  it("never rejects: what the store refuses is told as dropped", async () => {
    const { store, recorder, codes, ask } = recording();
    store.outage();
    ask(3);
    await recorder.close();
    expect(recorder.dropped).toBe(3);
    expect(codes()).toEqual(["USAGE_OVERFLOW"]);
  });

  it("waits for 5 s at most", async () => {
    const { store, recorder, errors, ask } = recording();
    vi.spyOn(store, "recordUsage").mockImplementation(() => new Promise(() => {}));
    ask(3);
    const sending = recorder.flush();
    ask(4);
    let closed = false;
    const closing = recorder.close().then(() => (closed = true));
    await vi.advanceTimersByTimeAsync(4_999);
    expect(closed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await closing;
    expect(recorder.dropped).toBe(7);
    expect(errors.map(({ message }) => message)).toEqual([
      'The store "memory" (namespace "default") was closed before the counts of 7 evaluations could be recorded.',
    ]);
    void sending;
  });
});
