import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AuditEntry, AuditSink } from "../../src/changes/audit.js";
import { AUDIT_WORDS } from "../../src/changes/sink.js";
import { SinkQueue, type SinkQueueOptions } from "../../src/changes/sink-queue.js";
import type { BurgeeError } from "../../src/errors.js";
import { chain } from "./fixtures/records.js";

/** A write that has begun and that the test ends. */
interface PendingWrite {
  readonly entries: readonly number[];
  readonly accept: () => Promise<void>;
  readonly refuse: (cause: Error) => Promise<void>;
}

/** A sink that holds what was written to it; `refuses` makes it throw. */
class SyncSink implements AuditSink {
  readonly name = "held";
  readonly held: number[] = [];
  readonly batches: number[] = [];
  attempts = 0;
  closed = 0;
  refuses: Error | undefined;

  write(entries: readonly AuditEntry[]): void {
    this.attempts += 1;
    if (this.refuses !== undefined) throw this.refuses;
    this.batches.push(entries.length);
    this.held.push(...entries.map((entry) => entry.sequence));
  }

  close(): void {
    this.closed += 1;
  }
}

/** A sink whose writes the test ends one by one. */
class AsyncSink implements AuditSink {
  readonly name = "slow";
  readonly writes: PendingWrite[] = [];

  write(entries: readonly AuditEntry[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.writes.push({
        entries: entries.map((entry) => entry.sequence),
        accept: async () => {
          resolve();
          await settled();
        },
        refuse: async (cause) => {
          reject(cause);
          await settled();
        },
      });
    });
  }
}

/** Lets every promise that can settle do so. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

function queueTo(sink: AuditSink, options: Partial<SinkQueueOptions> = {}) {
  const errors: BurgeeError[] = [];
  const queue = new SinkQueue(sink, { words: AUDIT_WORDS, onError: (error) => errors.push(error), ...options });
  const append = (...entries: readonly AuditEntry[]) => {
    for (const entry of entries) queue.append(entry);
  };
  return { queue, errors, append, codes: () => errors.map((error) => error.code) };
}

const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const down = new Error("the disk is full");

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a sink that writes at once", () => {
  it("has each entry when append returns", () => {
    const sink = new SyncSink();
    const { append } = queueTo(sink);
    const [first, second] = chain(2) as [AuditEntry, AuditEntry];
    append(first);
    expect(sink.held).toEqual([1]);
    append(second);
    expect(sink.held).toEqual([1, 2]);
  });

  it("gets an entry that comes about while it writes after that one", () => {
    const [first, second] = chain(2) as [AuditEntry, AuditEntry];
    const sink = new SyncSink();
    const { queue, append } = queueTo({
      name: "nested",
      write: (entries) => {
        if (sink.held.length === 0) queue.append(second);
        expect(sink.held).toEqual(entries[0] === first ? [] : [1]);
        sink.write(entries);
      },
    });
    append(first);
    expect(sink.held).toEqual([1, 2]);
  });

  it("gets nothing twice and in batches after an outage", async () => {
    const sink = new SyncSink();
    const { queue, append } = queueTo(sink);
    sink.refuses = down;
    append(...chain(2_500));
    expect(sink.attempts).toBe(1);
    sink.refuses = undefined;
    await queue.flush();
    expect(sink.held).toEqual(count(1, 2_500));
    expect(sink.batches).toEqual([1_000, 1_000, 500]);
  });
});

describe("a sink that takes its time", () => {
  it("has one write at a time, and everything that came meanwhile in the next", async () => {
    const sink = new AsyncSink();
    const { append } = queueTo(sink);
    append(...chain(4));
    expect(sink.writes.map((write) => write.entries)).toEqual([[1]]);
    await sink.writes[0]?.accept();
    expect(sink.writes.map((write) => write.entries)).toEqual([[1], [2, 3, 4]]);
  });

  it("gets the same entries again, first, after it rejected", async () => {
    const sink = new AsyncSink();
    const { append, codes } = queueTo(sink);
    append(...chain(3));
    await sink.writes[0]?.refuse(down);
    expect(sink.writes).toHaveLength(1);
    vi.advanceTimersToNextTimer();
    expect(sink.writes[1]?.entries).toEqual([1, 2, 3]);
    expect(codes()).toEqual(["AUDIT_SINK_FAILED"]);
  });
});

describe("an outage", () => {
  it("is reported once, with its cause, however often the sink is tried", () => {
    const sink = new SyncSink();
    const { append, errors } = queueTo(sink);
    sink.refuses = down;
    append(...chain(3));
    for (let turn = 0; turn < 20; turn++) vi.advanceTimersToNextTimer();
    expect(sink.attempts).toBe(21);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      code: "AUDIT_SINK_FAILED",
      message: 'The audit sink "held" refused entries from 1 on, which are kept: the disk is full',
      cause: down,
    });
  });

  it("is reported again when it happens again", () => {
    const sink = new SyncSink();
    const { append, codes } = queueTo(sink);
    const [first, second] = chain(2) as [AuditEntry, AuditEntry];
    sink.refuses = down;
    append(first);
    sink.refuses = undefined;
    vi.advanceTimersToNextTimer();
    expect(sink.held).toEqual([1]);
    sink.refuses = down;
    append(second);
    expect(codes()).toEqual(["AUDIT_SINK_FAILED", "AUDIT_SINK_FAILED"]);
  });

  it("makes the queue wait twice as long each time, to 30 s, and begin at 100 ms after it", () => {
    const sink = new SyncSink();
    const { append } = queueTo(sink);
    const delays = vi.spyOn(globalThis, "setTimeout");
    sink.refuses = down;
    append(...chain(1));
    for (let turn = 0; turn < 10; turn++) vi.advanceTimersToNextTimer();
    const doubled = [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000];
    expect(delays.mock.calls.map(([, delay]) => delay)).toEqual(doubled);
    sink.refuses = undefined;
    vi.advanceTimersToNextTimer();
    expect(vi.getTimerCount()).toBe(0);
    sink.refuses = down;
    append(...chain(1));
    expect(delays.mock.calls.at(-1)?.[1]).toBe(100);
  });

  it("does not keep the process alive", () => {
    vi.useRealTimers();
    const timers = vi.spyOn(globalThis, "setTimeout");
    const sink = new SyncSink();
    const { append } = queueTo(sink);
    sink.refuses = down;
    append(...chain(1));
    const timer = timers.mock.results[0]?.value as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(false);
    clearTimeout(timer);
  });

  it("drops the oldest beyond the capacity, says so at once, and how many when it is over", () => {
    const sink = new SyncSink();
    const { append, errors, codes } = queueTo(sink, { capacity: 5 });
    sink.refuses = down;
    append(...chain(8));
    expect(codes()).toEqual(["AUDIT_SINK_FAILED", "AUDIT_OVERFLOW"]);
    expect(errors[1]?.message).toBe(
      'The audit sink "held" has kept 5 entries waiting; the oldest are dropped from now on, entry 1 first',
    );
    sink.refuses = undefined;
    vi.advanceTimersToNextTimer();
    expect(sink.held).toEqual([4, 5, 6, 7, 8]);
    expect(errors.slice(2)).toMatchObject([
      { code: "AUDIT_OVERFLOW", message: 'The audit sink "held" is back, and lacks 3 entries for good' },
    ]);
    append(...chain(1));
    expect(errors).toHaveLength(3);
  });

  it("says nothing more when it cost one entry only, which was named", () => {
    const sink = new SyncSink();
    const { append, codes } = queueTo(sink, { capacity: 2 });
    sink.refuses = down;
    append(...chain(3));
    sink.refuses = undefined;
    vi.advanceTimersToNextTimer();
    expect(sink.held).toEqual([2, 3]);
    expect(codes()).toEqual(["AUDIT_SINK_FAILED", "AUDIT_OVERFLOW"]);
  });

  it("never drops what is being written", async () => {
    const sink = new AsyncSink();
    const { append, errors } = queueTo(sink, { capacity: 3 });
    append(...chain(5));
    expect(errors[0]?.message).toContain("entry 2 first");
    await sink.writes[0]?.accept();
    expect(sink.writes.map((write) => write.entries)).toEqual([[1], [4, 5]]);
  });

  it("still has what was being written when that was refused", async () => {
    const sink = new AsyncSink();
    const { append } = queueTo(sink, { capacity: 3 });
    append(...chain(5));
    await sink.writes[0]?.refuse(down);
    vi.advanceTimersToNextTimer();
    expect(sink.writes[1]?.entries).toEqual([1, 4, 5]);
  });

  it("keeps 100,000 entries unless told otherwise", async () => {
    const sink = new SyncSink();
    const { queue, append, codes } = queueTo(sink);
    const [entry] = chain(1) as [AuditEntry];
    sink.refuses = down;
    for (let sequence = 1; sequence <= 100_000; sequence++) append({ ...entry, sequence });
    expect(codes()).toEqual(["AUDIT_SINK_FAILED"]);
    for (let sequence = 100_001; sequence <= 100_010; sequence++) append({ ...entry, sequence });
    expect(codes()).toEqual(["AUDIT_SINK_FAILED", "AUDIT_OVERFLOW"]);
    sink.refuses = undefined;
    await queue.flush();
    expect(sink.held).toEqual(count(11, 100_010));
  });
});

describe("flush", () => {
  it("resolves at once where nothing waits", async () => {
    const { queue, append } = queueTo(new SyncSink());
    await queue.flush();
    append(...chain(1));
    await queue.flush();
  });

  it("resolves when what had been queued is written, and no sooner", async () => {
    const sink = new AsyncSink();
    const { queue, append } = queueTo(sink);
    const entries = chain(3);
    append(...entries.slice(0, 2));
    let done = false;
    const flush = queue.flush().then(() => {
      done = true;
    });
    append(...entries.slice(2));
    await sink.writes[0]?.accept();
    expect(done).toBe(false);
    await sink.writes[1]?.accept();
    expect(done).toBe(true);
    await flush;
  });

  it("does not wait for what came later", async () => {
    const sink = new AsyncSink();
    const { queue, append } = queueTo(sink);
    const entries = chain(2);
    append(...entries.slice(0, 1));
    const flush = queue.flush();
    append(...entries.slice(1));
    await sink.writes[0]?.accept();
    await flush;
    expect(sink.writes[1]?.entries).toEqual([2]);
  });

  it("tries at once during the backoff", async () => {
    const sink = new SyncSink();
    const { queue, append } = queueTo(sink);
    sink.refuses = down;
    append(...chain(2));
    sink.refuses = undefined;
    await queue.flush();
    expect(sink.held).toEqual([1, 2]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("rejects where the sink refuses, keeps the entries, and reports no new outage", async () => {
    const sink = new SyncSink();
    const { queue, append, errors } = queueTo(sink);
    sink.refuses = down;
    append(...chain(2));
    await expect(queue.flush()).rejects.toMatchObject({ code: "AUDIT_SINK_FAILED", cause: down });
    await expect(Promise.allSettled([queue.flush(), queue.flush()])).resolves.toMatchObject([
      { status: "rejected" },
      { status: "rejected" },
    ]);
    expect(errors).toHaveLength(1);
    sink.refuses = undefined;
    vi.advanceTimersToNextTimer();
    expect(sink.held).toEqual([1, 2]);
  });

  it("gets an attempt of its own where one under way fails", async () => {
    const sink = new AsyncSink();
    const { queue, append } = queueTo(sink);
    append(...chain(1));
    const flush = queue.flush();
    await sink.writes[0]?.refuse(down);
    expect(sink.writes).toHaveLength(2);
    await sink.writes[1]?.accept();
    await flush;

    append(...chain(1));
    const refused = expect(queue.flush()).rejects.toMatchObject({ cause: down });
    await sink.writes[2]?.refuse(new Error("an earlier attempt"));
    await sink.writes[3]?.refuse(down);
    await refused;
    expect(sink.writes).toHaveLength(4);
  });
});

describe("close", () => {
  it("writes what waits, then closes the sink, once", async () => {
    const sink = new SyncSink();
    const { queue, append, errors } = queueTo(sink);
    sink.refuses = down;
    append(...chain(2));
    sink.refuses = undefined;
    await Promise.all([queue.close(), queue.close()]);
    expect(sink.held).toEqual([1, 2]);
    expect(sink.closed).toBe(1);
    expect(errors).toHaveLength(1);
  });

  it("reports what could not be written, and leaves no timer", async () => {
    const sink = new SyncSink();
    const { queue, append, errors } = queueTo(sink);
    sink.refuses = down;
    append(...chain(3));
    await queue.close();
    expect(sink.closed).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
    expect(errors.slice(1)).toMatchObject([
      {
        code: "AUDIT_SINK_FAILED",
        message: 'The audit sink "held" was closed without 3 entries that it refused: the disk is full',
        cause: down,
      },
    ]);
  });

  it("reports where the sink cannot be closed", async () => {
    const cause = new Error("it hangs");
    const { queue, errors } = queueTo({ name: "stuck", write: () => {}, close: () => Promise.reject(cause) });
    await queue.close();
    expect(errors).toMatchObject([{ code: "AUDIT_SINK_FAILED", cause }]);
  });

  it("asks nothing of a sink that has no close, and reports an entry that comes too late", async () => {
    const written: number[] = [];
    const sink = { name: "plain", write: (entries: readonly AuditEntry[]) => void written.push(entries.length) };
    const { queue, append, errors } = queueTo(sink);
    await queue.close();
    append(...chain(1));
    expect(written).toEqual([]);
    expect(errors).toMatchObject([{ code: "AUDIT_SINK_FAILED", message: expect.stringContaining("entry 1") }]);
  });
});

describe("flush after close", () => {
  it("resolves where nothing waits", async () => {
    const sink = new SyncSink();
    const { queue, append } = queueTo(sink);
    append(...chain(1));
    await queue.close();
    await queue.flush();
    expect(sink.attempts).toBe(1);
  });

  it("rejects where entries were refused; it writes nothing, and starts no timer", async () => {
    const sink = new SyncSink();
    const { queue, append } = queueTo(sink);
    sink.refuses = down;
    append(...chain(3));
    await queue.close();
    const { attempts } = sink;
    const refused = {
      code: "AUDIT_SINK_FAILED",
      message: 'The audit sink "held" was closed without 3 entries',
    };
    await expect(queue.flush()).rejects.toMatchObject(refused);
    sink.refuses = undefined;
    await expect(queue.flush()).rejects.toMatchObject(refused);
    expect(vi.getTimerCount()).toBe(0);
    expect(sink.attempts).toBe(attempts);
    expect(sink.held).toEqual([]);
  });

  it("waits while the queue is still closing, and adds no attempt of its own", async () => {
    const sink = new AsyncSink();
    const { queue, append } = queueTo(sink);
    append(...chain(1));
    const closing = queue.close();
    let done = false;
    const flush = queue.flush().then(() => {
      done = true;
    });
    await settled();
    expect(done).toBe(false);
    await sink.writes[0]?.accept();
    await Promise.all([closing, flush]);
    expect(sink.writes).toHaveLength(1);
  });
});

describe("a sink that does not answer", () => {
  const silent = (message: string) => ({ code: "AUDIT_SINK_FAILED", message: expect.stringContaining(message) });

  it("is given up by close after 5 s, where a write never ends", async () => {
    const sink = new AsyncSink();
    const { queue, append, errors } = queueTo(sink);
    append(...chain(3));
    const flush = expect(queue.flush()).rejects.toMatchObject(silent("did not answer"));
    let closed = false;
    const closing = queue.close().then(() => {
      closed = true;
    });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(closed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all([closing, flush]);
    expect(errors).toMatchObject([
      silent('The audit sink "slow" did not answer within 5000 ms of close(); 3 entries may be lost'),
    ]);
    await expect(queue.flush()).rejects.toMatchObject(silent("was closed without 3 entries"));
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is given up where its close never ends, after the time that was given", async () => {
    const { queue, errors } = queueTo(
      { name: "stuck", write: () => {}, close: () => new Promise(() => {}) },
      { closeTimeoutMs: 20 },
    );
    const closing = queue.close();
    await vi.advanceTimersByTimeAsync(20);
    await closing;
    expect(errors).toMatchObject([
      { code: "AUDIT_SINK_FAILED", message: 'The audit sink "stuck" did not answer within 20 ms of close()' },
    ]);
  });

  it.each<[string, (write: PendingWrite | undefined) => Promise<void> | undefined]>([
    ["accepted", (write) => write?.accept()],
    ["refused", (write) => write?.refuse(down)],
  ])("is closed when its last write is %s after all, and gets nothing more", async (_, end) => {
    const slow = new AsyncSink();
    const close = vi.fn();
    const { queue, append, codes } = queueTo({ name: "late", write: (entries) => slow.write(entries), close });
    append(...chain(3));
    const closing = queue.close();
    await vi.advanceTimersByTimeAsync(5_000);
    await closing;
    expect(close).not.toHaveBeenCalled();
    await end(slow.writes[0]);
    expect(close).toHaveBeenCalledTimes(1);
    expect(slow.writes).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
    expect(codes()).toEqual(["AUDIT_SINK_FAILED"]);
  });

  it("keeps no process alive, and leaves no timer where it answers in time", async () => {
    vi.useRealTimers();
    const timers = vi.spyOn(globalThis, "setTimeout");
    const cleared = vi.spyOn(globalThis, "clearTimeout");
    const { queue } = queueTo(new SyncSink());
    await queue.close();
    expect(timers.mock.calls.map(([, delay]) => delay)).toEqual([5_000]);
    const timer = timers.mock.results[0]?.value as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(false);
    expect(cleared).toHaveBeenCalledWith(timer);
  });
});

it("calls the sink outside the ambient context of whoever appends, flushes or was waited for", async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  let refuses = true;
  const sink: AuditSink = {
    name: "ambient",
    write: () => {
      seen.push(storage.getStore());
      if (refuses) throw down;
    },
  };
  const { queue, append } = queueTo(sink, { outside: (run) => storage.exit(run) });
  await storage.run("caller", async () => {
    append(...chain(1));
    vi.advanceTimersToNextTimer();
    refuses = false;
    await queue.flush();
  });
  expect(seen).toEqual([undefined, undefined, undefined]);
});
