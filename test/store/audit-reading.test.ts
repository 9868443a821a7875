import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { AuditEntry, AuditVerdict } from "../../src/changes/audit.js";
import { hashOf, headOf } from "../../src/changes/hash-chain.js";
import { exportAudit, verifyShared } from "../../src/store/audit-reading.js";
import type { StoredAuditQuery, StoreHead } from "../../src/store/flag-store.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import { commit, forgetUpTo, timeOf } from "./fixtures/committed.js";

afterEach(() => vi.restoreAllMocks());

const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** A store that something happens to before each page is read, and whose entries, head and checkpoint may be falsified. */
class WatchedStore extends MemoryStore {
  readonly asked: StoredAuditQuery[] = [];
  beforePage: (page: number) => Promise<void> = async () => {};
  falsify: (entries: readonly AuditEntry[]) => readonly AuditEntry[] = (entries) => entries;
  falseHead: StoreHead | undefined;
  falseCheckpoint: StoreHead | undefined;

  override async audit(query: StoredAuditQuery = {}): Promise<readonly AuditEntry[]> {
    this.asked.push(query);
    await this.beforePage(this.asked.length);
    const { after = 0, limit = Number.POSITIVE_INFINITY, ...rest } = query;
    const all = this.falsify(await super.audit(rest));
    return all.filter(({ sequence }) => sequence > after).slice(0, limit);
  }

  override async head(): Promise<StoreHead> {
    return this.falseHead ?? super.head();
  }

  override async checkpoint(): Promise<StoreHead> {
    return this.falseCheckpoint ?? super.checkpoint();
  }
}

async function storeOf(entries: number): Promise<WatchedStore> {
  const store = new WatchedStore();
  await commit(store, entries);
  return store;
}

/** Sequences of what is exported; `during` is called after each entry. */
async function exported(
  entries: AsyncGenerator<AuditEntry>,
  during: (sequence: number) => Promise<void> = async () => {},
): Promise<number[]> {
  const sequences: number[] = [];
  for await (const { sequence } of entries) {
    sequences.push(sequence);
    await during(sequence);
  }
  return sequences;
}

describe("exportAudit", () => {
  it("gives nothing of an empty log", async () => {
    expect(await exported(exportAudit(new MemoryStore()))).toEqual([]);
  });

  it("gives everything, oldest first, in pages of 500", async () => {
    const store = await storeOf(1_203);
    expect(await exported(exportAudit(store))).toEqual(count(1, 1_203));
    expect(store.asked.map(({ after, limit, order }) => [after, limit, order])).toEqual([
      [0, 500, "oldest"],
      [500, 500, "oldest"],
      [1_000, 500, "oldest"],
    ]);
  });

  it("reads no further than is wanted", async () => {
    const store = await storeOf(600);
    for await (const { sequence } of exportAudit(store)) if (sequence === 10) break;
    expect(store.asked).toHaveLength(1);
  });

  it("ends where the log ended when it began, however much is appended meanwhile", async () => {
    const store = await storeOf(700);
    expect(await exported(exportAudit(store), () => commit(store, 1))).toEqual(count(1, 700));
  });

  it("gives each entry once, in order, while old ones are forgotten", async () => {
    const store = await storeOf(1_200);
    store.beforePage = async (page) => {
      if (page === 2) await forgetUpTo(store, 300);
      if (page === 3) await forgetUpTo(store, 1_100);
    };
    expect(await exported(exportAudit(store))).toEqual([...count(1, 1_000), ...count(1_101, 1_200)]);
  });

  it("takes the conditions of a query", async () => {
    const store = await storeOf(3);
    await commit(store, 2, { actor: "ana" });
    await commit(store, 1);
    expect(await exported(exportAudit(store, { actor: "ana" }))).toEqual([4, 5]);
    expect(await exported(exportAudit(store, { since: timeOf(3), until: timeOf(6), after: 3 }))).toEqual([4, 5]);
  });

  it.each([0, 1, 499, 500, 501, 1_000, 1_001])("gives %i entries where so many are asked for", async (limit) => {
    const store = await storeOf(1_100);
    expect(await exported(exportAudit(store, { limit }))).toEqual(count(1, limit));
  });

  it("rejects as the store does", async () => {
    const store = new MemoryStore();
    await expect(exported(exportAudit(store, { limit: -1 }))).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    store.outage();
    await expect(exported(exportAudit(store))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});

describe("verifyShared", () => {
  it("finds nothing wrong with a log that nobody touched, and gives its head", async () => {
    expect(await verifyShared(new MemoryStore())).toEqual({
      ok: true,
      entries: 0,
      head: { sequence: 0, hash: "0".repeat(64) },
    });
    const store = await storeOf(1_203);
    const { revision, hash } = await store.head();
    expect(await verifyShared(store)).toEqual({ ok: true, entries: 1_203, head: { sequence: revision, hash } });
    expect(store.asked.every(({ limit }) => limit === 500)).toBe(true);
  });

  it("stops at the head that there was when it began", async () => {
    const store = await storeOf(600);
    store.beforePage = () => commit(store, 400);
    expect(await verifyShared(store)).toMatchObject({ ok: true, entries: 600, head: { sequence: 600 } });
  });

  it("finds an edit, a gap and a swap in any place", async () => {
    const store = await storeOf(12);
    const entries = await store.audit({ order: "oldest" });
    const damages: ((at: number) => readonly AuditEntry[])[] = [
      (at) => entries.map((entry, index) => (index === at ? { ...entry, actor: "mallory" } : entry)),
      (at) => entries.map((entry, index) => (index === at ? rehashed({ ...entry, actor: "mallory" }) : entry)),
      (at) => entries.filter((_, index) => index !== at),
      (at) => entries.map((entry, index) => entries[index === at ? 11 - at : index === 11 - at ? at : index] ?? entry),
    ];
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 11 }), fc.constantFrom(...damages), async (at, damage) => {
        store.falsify = () => damage(at);
        expect(await verifyShared(store)).toMatchObject({ ok: false });
      }),
      { numRuns: 1_000 },
    );
    store.falsify = (all) => all;
    expect(await verifyShared(store)).toMatchObject({ ok: true });
  });

  it.each([1, 500, 501, 900])("names entry %i where that is missing", async (missing) => {
    const store = await storeOf(900);
    store.falsify = (entries) => entries.filter(({ sequence }) => sequence !== missing);
    const verdict = await verifyShared(store);
    expect(verdict).toMatchObject({ ok: false, sequence: missing });
    expect(problemOf(verdict)).toMatch(missing === 900 ? /cut off after entry 899: .* entry 900/ : /is missing here/);
  });

  it("finds an end that was cut off, at the end of a page too", async () => {
    const store = await storeOf(700);
    store.falsify = (entries) => entries.slice(0, 500);
    expect(await verifyShared(store)).toMatchObject({ ok: false, sequence: 501 });
  });

  it("finds that the last entry is not the store's head", async () => {
    const store = await storeOf(3);
    store.falseHead = { revision: 3, hash: "f".repeat(64) };
    const verdict = await verifyShared(store);
    expect(verdict).toMatchObject({ ok: false, sequence: 3 });
    expect(problemOf(verdict)).toBe("the store's head has another hash than entry 3: one of the two was rewritten");
  });

  it("finds a checkpoint that was moved by hand", async () => {
    const store = await storeOf(10);
    store.falseCheckpoint = { revision: 4, hash: "f".repeat(64) };
    expect(await verifyShared(store)).toMatchObject({ ok: false, sequence: 5 });
    store.falseCheckpoint = { revision: 11, hash: "f".repeat(64) };
    const verdict = await verifyShared(store);
    expect(verdict).toMatchObject({ ok: false, sequence: 10 });
    expect(problemOf(verdict)).toMatch(/head is entry 10, and it says that all up to entry 11 were forgotten/);
  });

  it("rejects as the store does: an outage is no verdict", async () => {
    const store = await storeOf(600);
    store.beforePage = async (page) => {
      if (page === 2) store.outage();
    };
    await expect(verifyShared(store)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});

describe("verifyShared, while old entries are forgotten", () => {
  it("begins after what was forgotten before", async () => {
    const store = await storeOf(50);
    await forgetUpTo(store, 20);
    expect(await verifyShared(store)).toMatchObject({ ok: true, entries: 30, head: { sequence: 50 } });
    await forgetUpTo(store, 50);
    expect(await verifyShared(store)).toMatchObject({ ok: true, entries: 0, head: { sequence: 50 } });
  });

  it("takes no entry for missing that was forgotten between two pages", async () => {
    const store = await storeOf(1_200);
    store.beforePage = async (page) => {
      if (page === 2) await forgetUpTo(store, 700);
      // Between the page that did not fit, and the next one.
      if (page === 3) await forgetUpTo(store, 750);
    };
    expect(await verifyShared(store)).toMatchObject({ ok: true, entries: 950, head: { sequence: 1_200 } });
  });

  it("nor where all of them were, even beyond the head that there was", async () => {
    const store = await storeOf(600);
    store.beforePage = async (page) => {
      if (page !== 2) return;
      await commit(store, 5);
      await forgetUpTo(store, 603);
    };
    expect(await verifyShared(store)).toMatchObject({ ok: true, entries: 500, head: { sequence: 603 } });
  });

  it("still finds a gap after them", async () => {
    const store = await storeOf(1_200);
    store.falsify = (entries) => entries.filter(({ sequence }) => sequence !== 901);
    store.beforePage = async (page) => {
      if (page === 2) await forgetUpTo(store, 900);
    };
    expect(await verifyShared(store)).toMatchObject({ ok: false, sequence: 901 });
  });
});

describe("verifyShared, with a head noted earlier", () => {
  /** A store, and the heads after each of its entries; the first is the one before all. */
  async function noted(entries: number) {
    const store = await storeOf(entries);
    const heads = (await store.audit({ order: "oldest" })).map(headOf);
    store.asked.length = 0;
    return { store, heads: [{ sequence: 0, hash: "0".repeat(64) }, ...heads] };
  }

  it("finds each head that there was", async () => {
    const { store, heads } = await noted(20);
    for (const head of heads) expect(await verifyShared(store, { head })).toMatchObject({ ok: true, entries: 20 });
  });

  it("finds a chain that was written anew from any entry before it", async () => {
    const { heads } = await noted(20);
    const other = new MemoryStore();
    await commit(other, 10);
    await commit(other, 10, { actor: "mallory" });
    for (const head of heads.slice(0, 11)) expect(await verifyShared(other, { head })).toMatchObject({ ok: true });
    for (const head of heads.slice(11)) {
      expect(await verifyShared(other, { head })).toMatchObject({ ok: false, sequence: head.sequence });
    }
  });

  it("finds an end that was cut off together with the store's head", async () => {
    const { heads } = await noted(20);
    const verdict = await verifyShared(await storeOf(15), { head: heads.at(-1) });
    expect(verdict).toMatchObject({ ok: false, sequence: 16 });
    expect(problemOf(verdict)).toMatch(/entry 20, noted earlier, is gone/);
  });

  it("compares it with the checkpoint, and says where it is older than all that is kept", async () => {
    const { store, heads } = await noted(20);
    await forgetUpTo(store, 5);
    expect(await verifyShared(store, { head: heads[5] })).toMatchObject({ ok: true, entries: 15 });
    expect(await verifyShared(store, { head: { sequence: 5, hash: "f".repeat(64) } })).toMatchObject({ ok: false });
    const verdict = await verifyShared(store, { head: heads[4] });
    expect(verdict).toMatchObject({ ok: false, sequence: 4 });
    expect(problemOf(verdict)).toMatch(/older than the entries given, which begin at 6/);
  });

  it("does the same with one that is forgotten meanwhile", async () => {
    const { store, heads } = await noted(1_200);
    store.beforePage = async (page) => {
      if (page === 2) await forgetUpTo(store, 700);
    };
    expect(await verifyShared(store, { head: heads[700] })).toMatchObject({ ok: true, entries: 1_000 });
    const second = await noted(1_200);
    second.store.beforePage = async (page) => {
      if (page === 2) await forgetUpTo(second.store, 700);
    };
    expect(await verifyShared(second.store, { head: heads[600] })).toMatchObject({ ok: false, sequence: 600 });
    // It was compared before it was forgotten.
    const third = await noted(1_200);
    third.store.beforePage = async (page) => {
      if (page === 2) await forgetUpTo(third.store, 700);
    };
    expect(await verifyShared(third.store, { head: heads[400] })).toMatchObject({ ok: true, entries: 1_000 });
  });
});

it("leaves the event loop free while it hashes", async () => {
  const store = await storeOf(500);
  let now = 0;
  // Each entry takes a millisecond.
  vi.spyOn(performance, "now").mockImplementation(() => now++);
  let turns = 0;
  let over = false;
  const turn = () => {
    turns += 1;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await verifyShared(store);
  over = true;
  expect(turns).toBeGreaterThan(50);
});

function rehashed(entry: AuditEntry): AuditEntry {
  return { ...entry, hash: hashOf(entry) };
}

function problemOf(verdict: AuditVerdict): string | undefined {
  return verdict.ok ? undefined : verdict.problem;
}
