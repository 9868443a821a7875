import { describe, expect, it } from "vitest";
import { chainEntry, verifyAuditEntries } from "../../src/changes/hash-chain.js";
import type { ComposedChange, StoredChange, StoreHead, StoreNews } from "../../src/store/flag-store.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import { setting, writeOther } from "./fixtures/followed.js";

const GENESIS: StoreHead = { revision: 0, hash: "0".repeat(64) };
const HOUR = 3_600_000;

async function filled(...ids: string[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const id of ids) await writeOther(store, id);
  return store;
}

function changesOf(news: StoreNews): readonly StoredChange[] {
  return news.outcome === "changes" ? news.changes : [];
}

/** Commits one entry with what a test cares about. */
async function commit(store: MemoryStore, parts: Partial<Parameters<typeof chainEntry>[0]>): Promise<void> {
  const head = await store.head();
  const record = { action: "set", affected: [], source: "ops", at: "2027-01-01T00:00:00.000Z", ...parts } as const;
  const entry = chainEntry(record, { sequence: head.revision, hash: head.hash });
  await store.write({ since: head, compose: () => ({ entry, flags: [], expected: {} }) });
}

describe("state and history", () => {
  it("is empty at first", async () => {
    const store = new MemoryStore();
    expect([store.name, store.namespace]).toEqual(["memory", "default"]);
    expect(await store.load()).toEqual({ head: GENESIS, flags: [] });
    expect(await store.checkpoint()).toEqual(GENESIS);
    expect(await store.changesSince(GENESIS, 10)).toEqual({ outcome: "changes", changes: [] });
  });

  it("takes its names from the options", () => {
    const { name, namespace } = new MemoryStore({ name: "mine", namespace: "shop" });
    expect([name, namespace]).toEqual(["mine", "shop"]);
  });

  it("holds what was written last of each flag, and every change in order", async () => {
    const store = await filled("a", "b");
    await writeOther(store, "c", "fan");
    const { head, flags } = await store.load();
    expect(head.revision).toBe(3);
    expect(flags.map(({ flag, revision }) => [flag, revision])).toEqual([
      ["lamp", 2],
      ["fan", 3],
    ]);
    const changes = changesOf(await store.changesSince(GENESIS, 10));
    expect(changes.map(({ entry }) => entry.reason)).toEqual(["a", "b", "c"]);
    expect(verifyAuditEntries(changes.map(({ entry }) => entry)).ok).toBe(true);
    expect(changesOf(await store.changesSince(GENESIS, 2))).toEqual(changes.slice(0, 2));
  });

  it("has diverged from a head that it does not hold", async () => {
    const store = await filled("a", "b");
    for (const head of [
      { revision: 1, hash: "f".repeat(64) },
      { revision: 0, hash: "f".repeat(64) },
      { revision: 3, hash: (await store.head()).hash },
    ]) {
      expect(await store.changesSince(head, 10)).toEqual({ outcome: "diverged" });
      expect(await store.write({ since: head, compose: () => expect.unreachable() })).toEqual({ outcome: "diverged" });
    }
  });

  it("keeps copies that nobody can change", async () => {
    const store = new MemoryStore();
    const given = setting(GENESIS, "a");
    await store.write({ since: GENESIS, compose: () => given });
    const [flag] = (await store.load()).flags;
    expect(flag).toEqual(given.flags[0]);
    expect(flag).not.toBe(given.flags[0]);
    expect(Object.isFrozen(flag?.override?.origin)).toBe(true);
    expect(Object.isFrozen(given.flags[0])).toBe(false);
  });
});

describe("write", () => {
  it("gives compose what was missed, and commits what it composes", async () => {
    const store = await filled("a", "b");
    const [first, second] = changesOf(await store.changesSince(GENESIS, 10));
    const seen: unknown[] = [];
    const since = { revision: 1, hash: first?.entry.hash ?? "" };
    const head = await store.head();
    const written = await store.write({
      since,
      compose: (missed) => {
        seen.push(...missed);
        return setting(head, "c", "lamp", 2);
      },
    });
    expect(seen).toEqual([second]);
    expect(written).toMatchObject({ outcome: "committed", change: { entry: { sequence: 3 } } });
  });

  it("commits nothing where compose gives or throws nothing to commit", async () => {
    const store = new MemoryStore();
    expect(await store.write({ since: GENESIS, compose: () => undefined })).toEqual({ outcome: "unchanged" });
    const refused = new Error("no");
    const write = store.write({
      since: GENESIS,
      compose: () => {
        throw refused;
      },
    });
    await expect(write).rejects.toBe(refused);
    expect(await store.head()).toEqual(GENESIS);
  });

  it("runs writes one after the other", async () => {
    const store = new MemoryStore();
    await Promise.all(Array.from({ length: 50 }, (_, index) => writeOther(store, `write ${index}`)));
    expect((await store.head()).revision).toBe(50);
  });

  it("refuses a change that is not chained to the last one", async () => {
    const store = await filled("a");
    const head = await store.head();
    const refuse = (composed: ComposedChange) => store.write({ since: head, compose: () => composed });
    await expect(refuse(setting(GENESIS, "b"))).rejects.toMatchObject({ code: "STORE_FAILED" });
    const elsewhere = setting({ revision: 1, hash: "f".repeat(64) }, "b", "lamp", 1);
    await expect(refuse(elsewhere)).rejects.toMatchObject({
      code: "STORE_FAILED",
      message:
        'The change is not chained to revision 1, which is the last one in the store "memory"; nothing was committed.',
    });
    expect(await store.head()).toEqual(head);
  });

  it("refuses a change that expects another revision of a flag", async () => {
    const store = await filled("a");
    const head = await store.head();
    const write = store.write({ since: head, compose: () => setting(head, "b", "lamp", 0) });
    await expect(write).rejects.toMatchObject({
      code: "STORE_FAILED",
      flag: "lamp",
      message: 'Flag "lamp" is at revision 1, not 0 as the change expects; nothing was committed.',
    });
    expect(await store.head()).toEqual(head);
  });
});

describe("subscriptions", () => {
  it("tells every listener of each commit, until its subscription ends", async () => {
    const store = new MemoryStore();
    const told: string[] = [];
    const listener = (name: string) => ({ news: () => told.push(name), lost: () => told.push(`${name} lost`) });
    const first = await store.subscribe(listener("one"));
    await store.subscribe(listener("two"));
    await writeOther(store, "a");
    expect(told).toEqual(["one", "two"]);
    await first.close();
    await first.close();
    await writeOther(store, "b");
    expect(told).toEqual(["one", "two", "two"]);
  });

  it("keeps two subscriptions of one listener apart", async () => {
    const store = new MemoryStore();
    let told = 0;
    const listener = {
      news: () => {
        told += 1;
      },
      lost: () => {},
    };
    const first = await store.subscribe(listener);
    await store.subscribe(listener);
    await first.close();
    await writeOther(store, "a");
    expect(told).toBe(1);
  });

  it("commits whatever a listener throws", async () => {
    const store = new MemoryStore();
    const fail = () => {
      throw new Error("no");
    };
    await store.subscribe({ news: fail, lost: fail });
    await writeOther(store, "a");
    expect((await store.head()).revision).toBe(1);
    store.outage()();
    expect((await store.head()).revision).toBe(1);
  });
});

describe("audit", () => {
  it("gives entries newest first, or oldest first from a place on", async () => {
    const store = await filled("a", "b", "c", "d");
    const ask = async (query?: Parameters<MemoryStore["audit"]>[0]) =>
      (await store.audit(query)).map((entry) => entry.reason);
    expect(await ask()).toEqual(["d", "c", "b", "a"]);
    expect(await ask({ limit: 2 })).toEqual(["d", "c"]);
    expect(await ask({ order: "oldest", after: 1, limit: 2 })).toEqual(["b", "c"]);
    expect(await ask({ order: "newest", after: 2 })).toEqual(["d", "c"]);
    expect(await ask({ limit: 0 })).toEqual([]);
  });

  it("finds by flag, actor, source and time", async () => {
    const store = new MemoryStore();
    const affected = [{ flag: "fan", from: { value: false }, to: { value: true } }];
    await commit(store, { flag: "lamp", actor: "ana", affected });
    await commit(store, { flag: "fan", actor: "ben", source: "cli", at: "2027-02-01T00:00:00.000Z" });
    const ask = async (query: Parameters<MemoryStore["audit"]>[0]) =>
      (await store.audit(query)).map((entry) => entry.sequence);
    expect(await ask({ flag: "fan" })).toEqual([2, 1]);
    expect(await ask({ flag: "lamp" })).toEqual([1]);
    expect(await ask({ actor: "ben" })).toEqual([2]);
    expect(await ask({ source: "ops" })).toEqual([1]);
    expect(await ask({ since: "2027-02-01" })).toEqual([2]);
    expect(await ask({ until: new Date("2027-02-01") })).toEqual([1]);
  });

  it("rejects a query that cannot be understood", async () => {
    const store = new MemoryStore();
    await expect(store.audit({ since: "yesterday" })).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    await expect(store.audit({ limit: -1 })).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
  });
});

describe("prune", () => {
  const day = (number: number) => `2027-01-0${number}T00:00:00.000Z`;

  it("forgets the oldest entries, a limited number at a time, and leaves the rest verifiable", async () => {
    const store = new MemoryStore();
    for (const number of [1, 2, 3, 4]) await commit(store, { at: day(number) });
    const all = await store.audit({ order: "oldest" });
    const before = Date.parse(day(4));
    expect(await store.prune({ before, limit: 2 })).toBe(2);
    expect(await store.checkpoint()).toEqual({ revision: 2, hash: all[1]?.hash });
    expect(await store.prune({ before, limit: 2 })).toBe(1);
    expect(await store.prune({ before, limit: 2 })).toBe(0);
    const rest = await store.audit({ order: "oldest" });
    const checkpoint = await store.checkpoint();
    const after = { sequence: checkpoint.revision, hash: checkpoint.hash };
    expect(verifyAuditEntries(rest, { after })).toMatchObject({ ok: true, entries: 1, head: { sequence: 4 } });
    await commit(store, { at: day(5) });
    expect((await store.head()).revision).toBe(5);
  });

  it("forgets all of them, and goes on from there", async () => {
    const store = await filled("a", "b");
    const head = await store.head();
    expect(await store.prune({ before: Date.parse("2100-01-01"), limit: 100 })).toBe(2);
    expect(await store.checkpoint()).toEqual(head);
    expect(await store.head()).toEqual(head);
    expect((await store.load()).flags).toHaveLength(1);
    await writeOther(store, "c");
    expect(changesOf(await store.changesSince(head, 10))).toHaveLength(1);
    expect(await store.changesSince(GENESIS, 10)).toEqual({ outcome: "diverged" });
  });

  it("keeps an old entry that follows one that is kept", async () => {
    const store = new MemoryStore();
    for (const number of [1, 5, 2]) await commit(store, { at: day(number) });
    expect(await store.prune({ before: Date.parse(day(3)), limit: 100 })).toBe(1);
    expect((await store.audit()).map((entry) => entry.sequence)).toEqual([3, 2]);
  });

  it("forgets usage only where it is asked to", async () => {
    const store = new MemoryStore();
    await store.recordUsage([1, 2].map((hour) => ({ ...count, hour: hour * HOUR })));
    await store.prune({ before: 0, limit: 10 });
    expect(await store.usage()).toHaveLength(2);
    await store.prune({ before: 0, usageBefore: 2 * HOUR, limit: 10 });
    expect((await store.usage()).map((usage) => usage.hour)).toEqual([2 * HOUR]);
  });
});

const count = { hour: HOUR, flag: "lamp", variant: "true", evaluations: 3, errors: 1 };

describe("usage", () => {
  it("adds up, and gives counts by hour, flag and variant", async () => {
    const store = new MemoryStore();
    await store.recordUsage([count, { ...count, hour: 0 }, { ...count, variant: "false" }]);
    await store.recordUsage([count, { ...count, flag: "fan" }]);
    expect(await store.usage()).toEqual([
      { ...count, hour: 0 },
      { ...count, flag: "fan" },
      { ...count, variant: "false" },
      { ...count, evaluations: 6, errors: 2 },
    ]);
  });

  it("finds by flag and time", async () => {
    const store = new MemoryStore();
    await store.recordUsage([1, 2, 3].map((hour) => ({ ...count, hour: hour * HOUR })));
    await store.recordUsage([{ ...count, flag: "fan" }]);
    expect(await store.usage({ flag: "fan" })).toEqual([{ ...count, flag: "fan" }]);
    const hours = (await store.usage({ flag: "lamp", since: HOUR, until: 3 * HOUR })).map((usage) => usage.hour);
    expect(hours).toEqual([HOUR, 2 * HOUR]);
  });
});

const methods: Record<string, (store: MemoryStore) => Promise<unknown>> = {
  load: (store) => store.load(),
  head: (store) => store.head(),
  changesSince: (store) => store.changesSince(GENESIS, 1),
  write: (store) => store.write({ since: GENESIS, compose: () => undefined }),
  subscribe: (store) => store.subscribe({ news: () => {}, lost: () => {} }),
  audit: (store) => store.audit(),
  checkpoint: (store) => store.checkpoint(),
  prune: (store) => store.prune({ before: 0, limit: 1 }),
  recordUsage: (store) => store.recordUsage([]),
  usage: (store) => store.usage(),
  health: (store) => store.health(),
};

describe("outage", () => {
  it.each(Object.entries(methods))("has %s reject until it ends", async (_name, call) => {
    const store = new MemoryStore();
    const cause = new Error("the cable");
    const end = store.outage(cause);
    await expect(call(store)).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      cause,
      message: 'The store "memory" (namespace "default") cannot be reached: the cable.',
    });
    end();
    await expect(call(store)).resolves.not.toThrow();
  });

  it("loses subscriptions, once", async () => {
    const store = new MemoryStore();
    const lost: unknown[] = [];
    await store.subscribe({ news: () => lost.push("news"), lost: (error) => lost.push(error) });
    const end = store.outage();
    store.outage()();
    end();
    await writeOther(store, "a");
    expect(lost).toMatchObject([{ code: "STORE_UNAVAILABLE" }]);
  });

  it("lasts until the last of several has ended", async () => {
    const store = new MemoryStore();
    const ends = [store.outage(), store.outage()];
    ends[0]?.();
    ends[0]?.();
    await expect(store.head()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    ends[1]?.();
    expect(await store.head()).toEqual(GENESIS);
  });

  it("commits nothing where it begins while a change is composed", async () => {
    const store = new MemoryStore();
    let end = () => {};
    const write = store.write({
      since: GENESIS,
      compose: () => {
        end = store.outage();
        return setting(GENESIS, "a");
      },
    });
    await expect(write).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    end();
    expect(await store.head()).toEqual(GENESIS);
  });
});

describe("health and close", () => {
  it("gives the head and how long that took", async () => {
    const store = await filled("a");
    const { head, latencyMs } = await store.health();
    expect(head).toEqual(await store.head());
    expect(latencyMs).toBeGreaterThanOrEqual(0);
  });

  it.each(Object.entries(methods))("has %s reject once it is closed", async (_name, call) => {
    const store = new MemoryStore();
    await store.close();
    await store.close();
    await expect(call(store)).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("ends subscriptions", async () => {
    const store = new MemoryStore();
    const lost: unknown[] = [];
    await store.subscribe({ news: () => {}, lost: (error) => lost.push(error) });
    await store.close();
    expect(lost).toMatchObject([{ code: "CLOSED" }]);
  });
});
