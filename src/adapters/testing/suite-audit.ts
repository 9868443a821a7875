import { setImmediate as nextTurn } from "node:timers/promises";
import { verifyAuditEntries } from "../../changes/hash-chain.js";
import type { FlagStore, StoredAuditQuery, StoreHead } from "../../store/flag-store.js";
import { flagsOf, rejectsWith, same } from "./proofs.js";
import type { Promises } from "./store-host.js";
import { BEGINNING, FIRST_AT, StoreWriter } from "./store-writer.js";

/** What `audit`, `checkpoint` and `prune` promise. */
export function auditPromises(promises: Promises): void {
  promises("the audit log holds every entry as it was composed, newest first, in one chain", async (another) => {
    const [writer, store] = [await written(new StoreWriter(await another())), await another()];
    const entries = writer.history.map(({ entry }) => entry);
    same(await store.audit(), entries.toReversed());
    same(await store.audit({ order: "newest" }), entries.toReversed());
    same(await store.audit({ order: "oldest" }), entries);
    await verifies(store, 6);
  });

  promises("the audit log is asked by flag, actor, source and time, all of which must hold", async (another) => {
    const { store } = await written(new StoreWriter(await another()));
    const at = (seconds: number) => FIRST_AT + seconds * 1_000;
    const cases: readonly (readonly [StoredAuditQuery, readonly number[]])[] = [
      [{ flag: "checkout" }, [6, 5, 3, 1]],
      [{ flag: "search" }, [4, 2]],
      [{ flag: "check" }, []],
      [{ actor: "anna" }, [3, 1]],
      [{ actor: "" }, []],
      [{ source: "dashboard" }, [5, 3]],
      [{ flag: "checkout", actor: "anna", source: "dashboard" }, [3]],
      [{ since: at(4) }, [6, 5]],
      [{ until: at(2) }, [2, 1]],
      [{ since: at(1), until: at(3) }, [3, 2]],
      [{ since: new Date(at(4)), until: new Date(at(5)).toISOString() }, [5]],
      [{ since: at(60) }, []],
    ];
    for (const [query, expected] of cases) same(await askFor(store, query), expected, JSON.stringify(query));
  });

  promises("the audit log is read in pages, by `after`, `limit` and the order", async (another) => {
    const { store } = await written(new StoreWriter(await another()));
    const cases: readonly (readonly [StoredAuditQuery, readonly number[]])[] = [
      [{ limit: 2 }, [6, 5]],
      [{ limit: 2, order: "oldest" }, [1, 2]],
      [{ limit: 2, order: "oldest", after: 2 }, [3, 4]],
      [{ after: 4 }, [6, 5]],
      [{ after: 6 }, []],
      [{ after: 0, limit: 100, order: "oldest" }, [1, 2, 3, 4, 5, 6]],
      [{ limit: 0 }, []],
      [{ flag: "checkout", after: 1, limit: 2, order: "oldest" }, [3, 5]],
    ];
    for (const [query, expected] of cases) same(await askFor(store, query), expected, JSON.stringify(query));
  });

  promises("prune forgets the oldest entries, and what is left is verified after the checkpoint", async (another) => {
    const [writer, store] = [await written(new StoreWriter(await another())), await another()];
    const flags = await flagsOf(store);
    same(await store.prune({ before: FIRST_AT + 3_000, limit: 100 }), 3);
    same(await askFor(store, { order: "oldest" }), [4, 5, 6]);
    same(await askFor(store, { flag: "checkout" }), [6, 5]);
    same(await writer.store.checkpoint(), headAt(writer, 3));
    await verifies(writer.store, 3);
    same([await store.head(), await flagsOf(store)], [writer.head, flags], "what is in force is not touched");
    await writer.set("checkout", "after");
    await verifies(store, 4);
  });

  promises("prune forgets `limit` entries at most, and none twice", async (another) => {
    const writer = await written(new StoreWriter(await another()));
    const prune = () => writer.store.prune({ before: FIRST_AT + 5_000, limit: 2 });
    same([await prune(), await prune(), await prune(), await prune()], [2, 2, 1, 0]);
    same(await askFor(writer.store, {}), [6]);
    await verifies(writer.store, 1);
  });

  promises("prune keeps an old entry that follows one that is kept: clocks are set", async (another) => {
    const writer = new StoreWriter(await another());
    for (const minutes of [0, 9, 1, 2]) await writer.set("checkout", minutes, { at: FIRST_AT + minutes * 60_000 });
    same(await writer.store.prune({ before: FIRST_AT + 5 * 60_000, limit: 100 }), 1);
    same(await askFor(writer.store, { order: "oldest" }), [2, 3, 4]);
    await verifies(writer.store, 3);
  });

  promises("prune may forget all entries; the next one continues the chain", async (another) => {
    const writer = await written(new StoreWriter(await another()));
    same(await writer.store.prune({ before: FIRST_AT + 60_000, limit: 100 }), 6);
    same(await writer.store.audit(), []);
    same(await writer.store.checkpoint(), writer.head);
    same(await writer.store.head(), writer.head);
    same(await writer.store.changesSince(writer.head, 10), { outcome: "changes", changes: [] });
    await writer.set("checkout", true);
    await verifies(writer.store, 1);
    same((await writer.store.head()).revision, 7);
  });

  promises("prune of what is not there forgets nothing", async (another) => {
    const store = await another();
    same(await store.prune({ before: FIRST_AT, usageBefore: FIRST_AT, limit: 100 }), 0);
    same(await store.checkpoint(), BEGINNING);
  });

  promises("changes read in pages beside prune follow on, or have diverged", async (another) => {
    const [writer, reader, pruner] = [new StoreWriter(await another()), await another(), await another()];
    for (let value = 1; value <= 40; value++) await writer.set("checkout", value);
    const gaps: unknown[] = [];
    const reading = async () => {
      for (let head = BEGINNING; head.revision < 40 && gaps.length === 0; ) {
        await nextTurn();
        const news = await reader.changesSince(head, 1);
        if (news.outcome === "diverged") head = await reader.checkpoint();
        else {
          const entry = news.changes[0]?.entry;
          if (entry?.sequence !== head.revision + 1 || entry.previousHash !== head.hash) gaps.push([head, entry]);
          else head = { revision: entry.sequence, hash: entry.hash };
        }
      }
    };
    const pruning = async () => {
      for (let batch = 0; batch < 20; batch++) await pruner.prune({ before: FIRST_AT + 60_000, limit: 2 });
    };
    await Promise.all([reading(), pruning()]);
    same(gaps, []);
    same(await reader.checkpoint(), writer.head);
  });

  promises("a time, limit or sequence that is none is refused, and nothing is forgotten", async (another) => {
    const { store } = await written(new StoreWriter(await another()));
    const old = { before: FIRST_AT, usageBefore: FIRST_AT, limit: 100 };
    const times: readonly unknown[] = [Number.NaN, Number.POSITIVE_INFINITY, "2027-01-01"];
    const counts: readonly unknown[] = [Number.NaN, -1, 0.5, "1"];
    const refused = [
      ...[undefined, ...times].map((before) => () => store.prune(Object({ ...old, before }))),
      ...times.map((usageBefore) => () => store.prune(Object({ ...old, usageBefore }))),
      ...[undefined, ...counts].map((limit) => () => store.prune(Object({ ...old, limit }))),
      ...counts.flatMap((count) =>
        [{ limit: count }, { after: count }].map((query) => () => store.audit(Object(query))),
      ),
      ...times.flatMap((time) => [{ since: time }, { until: time }].map((query) => () => store.usage(Object(query)))),
      ...counts.map((limit) => () => store.usage(Object({ limit }))),
      ...["soon", Number.NaN].map((since) => () => store.audit({ since })),
    ];
    for (const [index, call] of refused.entries()) await rejectsWith(call(), "INVALID_OPTIONS", `call ${index}`);
    await verifies(store, 6);
  });

  promises("changes are given after the checkpoint, and a head before it has diverged", async (another) => {
    const writer = await written(new StoreWriter(await another()));
    await writer.store.prune({ before: FIRST_AT + 3_000, limit: 100 });
    for (const revision of [0, 1, 2]) {
      same(await writer.store.changesSince(headAt(writer, revision), 10), { outcome: "diverged" });
      const late = await writer.store.write({ since: headAt(writer, revision), compose: () => undefined });
      same(late, { outcome: "diverged" });
    }
    const rest = await writer.store.changesSince(headAt(writer, 3), 10);
    same(rest, { outcome: "changes", changes: writer.history.slice(3) });
  });
}

/** Six commands, a second apart. */
async function written(writer: StoreWriter): Promise<StoreWriter> {
  await writer.set("checkout", true, { actor: "anna" });
  await writer.set("search", true, { actor: "ben" });
  await writer.set("checkout", false, { actor: "anna", source: "dashboard", reason: "too slow" });
  await writer.command({ flag: "search" });
  await writer.command({ flag: "checkout", kill: true, action: "kill", source: "dashboard" });
  await writer.command({ flag: "payments", action: "kill", affects: ["checkout"], actor: "ops" });
  return writer;
}

function headAt(writer: StoreWriter, revision: number): StoreHead {
  const entry = writer.history[revision - 1]?.entry;
  return entry === undefined ? BEGINNING : { revision: entry.sequence, hash: entry.hash };
}

async function askFor(store: FlagStore, query: StoredAuditQuery): Promise<readonly number[]> {
  return (await store.audit(query)).map(({ sequence }) => sequence);
}

/** Expects the log to hold so many entries, unbroken from the checkpoint to the head. */
async function verifies(store: FlagStore, entries: number): Promise<void> {
  const [{ revision, hash }, last] = [await store.checkpoint(), await store.head()];
  const head = { sequence: last.revision, hash: last.hash };
  const log = await store.audit({ order: "oldest" });
  const verdict = verifyAuditEntries(log, { after: { sequence: revision, hash }, head });
  same(verdict, { ok: true, entries, head });
}
