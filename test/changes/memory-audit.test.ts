import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { AuditQuery, AuditRecord } from "../../src/changes/audit.js";
import { GENESIS } from "../../src/changes/hash-chain.js";
import { MemoryAuditLog, type MemoryAuditOptions } from "../../src/changes/memory-audit.js";
import { chain, record } from "./fixtures/records.js";

function filled(count: number, options?: MemoryAuditOptions): MemoryAuditLog {
  const log = new MemoryAuditLog(options);
  for (let index = 0; index < count; index++) log.append(record());
  return log;
}

const sequences = (log: MemoryAuditLog, query?: AuditQuery) => log.entries(query).map((entry) => entry.sequence);

describe("MemoryAuditLog", () => {
  it("chains what it is given, and gives the newest first", () => {
    const log = filled(3);
    expect(sequences(log)).toEqual([3, 2, 1]);
    expect(log.head()).toEqual({ sequence: 3, hash: log.entries()[0]?.hash });
    expect(log.verify()).toEqual({ ok: true, entries: 3, head: log.head() });
  });

  it("is empty at first", () => {
    const log = new MemoryAuditLog();
    expect(log.entries()).toEqual([]);
    expect(log.head()).toEqual(GENESIS);
    expect(log.verify()).toEqual({ ok: true, entries: 0, head: GENESIS });
  });

  it.each([1, 2, 3, 7])("keeps the newest %i, in order, however often the ring goes round", (limit) => {
    const log = new MemoryAuditLog({ limit });
    for (let count = 1; count <= 3 * limit + 1; count++) {
      log.append(record());
      const kept = Math.min(count, limit);
      expect(sequences(log)).toEqual(Array.from({ length: kept }, (_, index) => count - index));
      expect(log.verify()).toMatchObject({ ok: true, entries: kept });
    }
  });

  it("keeps 10,000 unless told otherwise", () => {
    expect(filled(10_001).entries()).toHaveLength(10_000);
  });

  it("goes on with a chain begun elsewhere", () => {
    const earlier = chain(40);
    const start = { sequence: 40, hash: earlier[39]?.hash ?? "" };
    const log = filled(5, { start, limit: 3 });
    expect(sequences(log)).toEqual([45, 44, 43]);
    expect(log.verify()).toMatchObject({ ok: true, entries: 3 });
    const whole = filled(2, { start });
    expect(whole.entries()[1]).toMatchObject({ sequence: 41, previousHash: start.hash });
    expect(whole.verify({ head: start })).toMatchObject({ ok: true });
  });

  it("compares itself with a head noted earlier", () => {
    const log = filled(2, { limit: 3 });
    const noted = log.head();
    log.append(record());
    expect(log.verify({ head: noted }).ok).toBe(true);
    expect(log.verify({ head: { ...noted, hash: "0".repeat(64) } })).toMatchObject({ ok: false, sequence: 2 });
    for (let index = 0; index < 3; index++) log.append(record());
    expect(log.verify({ head: noted })).toMatchObject({ ok: false, problem: expect.stringContaining("older") });
  });

  it("forgets on clear, while the chain goes on", () => {
    const log = filled(5, { limit: 3 });
    const noted = log.head();
    expect(log.clear()).toBe(3);
    expect(log.entries()).toEqual([]);
    expect(log.verify({ head: noted })).toEqual({ ok: true, entries: 0, head: noted });
    log.append(record({ action: "clear", cleared: 3 }));
    expect(log.entries()[0]).toMatchObject({ sequence: 6, previousHash: noted.hash, cleared: 3 });
    for (let index = 0; index < 4; index++) log.append(record());
    expect(sequences(log)).toEqual([10, 9, 8]);
    expect(log.verify().ok).toBe(true);
    expect(log.clear()).toBe(3);
    expect(log.clear()).toBe(0);
    log.append(record());
    expect(log.clear()).toBe(1);
  });

  it("holds no more after very many appends than after few", () => {
    const log = new MemoryAuditLog({ limit: 100 });
    const collect = gc();
    const measure = () => {
      for (let index = 0; index < 20_000; index++) log.append(record());
      collect();
      return process.memoryUsage().heapUsed;
    };
    const first = measure();
    expect(measure() - first).toBeLessThan(2 * 1024 * 1024);
    expect(log.entries()).toHaveLength(100);
  });

  describe("asked for some of its entries", () => {
    const at = (day: number) => `2026-01-0${day}T00:00:00.000Z`;
    const to = { value: true };
    const from = { value: false };
    const records: AuditRecord[] = [
      record({ flag: "a", affected: [{ flag: "a", from, to }], actor: "ana", source: "ops", at: at(1) }),
      record({
        flag: "b",
        affected: [
          { flag: "b", from, to },
          { flag: "a", from, to },
        ],
        actor: "ben",
        at: at(2),
      }),
      record({ flag: "a", affected: [], actor: undefined, source: "dashboard", at: at(3) }),
      record({ action: "reload", flag: undefined, affected: [{ flag: "c", from, to }], actor: "ana", at: at(4) }),
    ];
    const log = new MemoryAuditLog();
    for (const one of records) log.append(one);

    it.each<[string, AuditQuery, number[]]>([
      ["a flag: about it or affecting it", { flag: "a" }, [3, 2, 1]],
      ["a flag that only a reload affected", { flag: "c" }, [4]],
      ["a flag that nothing is known of", { flag: "constructor" }, []],
      ["an actor", { actor: "ana" }, [4, 1]],
      ["a source", { source: "dashboard" }, [3]],
      ["since, inclusive", { since: at(3) }, [4, 3]],
      ["until, exclusive", { until: new Date(at(3)) }, [2, 1]],
      ["a span", { since: Date.parse(at(2)), until: Date.parse(at(4)) }, [3, 2]],
      ["a day", { since: "2026-01-04" }, [4]],
      ["the newest", { limit: 2 }, [4, 3]],
      ["the newest of a flag", { flag: "a", limit: 2 }, [3, 2]],
      ["none", { limit: 0 }, []],
      ["everything at once", { flag: "a", actor: "ben", source: "ops", since: at(1), until: at(3), limit: 9 }, [2]],
    ])("by %s", (_, query, expected) => {
      expect(sequences(log, query)).toEqual(expected);
    });

    it.each<[AuditQuery, string]>([
      [{ since: "yesterday" }, "since must be a Date"],
      [{ since: "5" }, "not 5"],
      [{ until: "2026-99-99" }, "until must be a Date"],
      [{ until: new Date(Number.NaN) }, "Invalid Date"],
      [{ since: Number.NaN }, "not NaN"],
      [{ limit: -1 }, "limit must be a whole number of 0 or more, not -1"],
      [{ limit: 1.5 }, "not 1.5"],
    ])("refuses %j", (query, message) => {
      expect(() => log.entries(query)).toThrow(
        expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining(message) }),
      );
    });
  });

  it.each([0, -1, 2.5, Number.POSITIVE_INFINITY])("refuses to keep %d", (limit) => {
    expect(() => new MemoryAuditLog({ limit })).toThrow(
      expect.objectContaining({
        code: "INVALID_OPTIONS",
        message: `The audit limit must be a whole number of 1 or more, not ${limit}.`,
      }),
    );
  });
});

/** The garbage collector, which Node hides unless asked. */
function gc(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
