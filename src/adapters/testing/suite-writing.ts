import assert from "node:assert/strict";
import type { ComposedChange, FlagStore, StoredChange } from "../../store/flag-store.js";
import { flagsOf, rejectsWith, same, sequencesOf } from "./proofs.js";
import type { Promises } from "./store-host.js";
import { BEGINNING, compose, StoreWriter } from "./store-writer.js";

/** What `write` promises to one writer. */
export function writingPromises(promises: Promises): void {
  promises("a namespace begins at revision 0, with 64 zeros and no flags", async (another) => {
    const store = await another();
    same(BEGINNING, { revision: 0, hash: "0".repeat(64) });
    same(await store.head(), BEGINNING);
    same(await store.load(), { head: BEGINNING, flags: [] });
    same(await store.checkpoint(), BEGINNING);
    same(await store.changesSince(BEGINNING, 10), { outcome: "changes", changes: [] });
    same(await store.audit(), []);
  });

  promises("revisions count commands from 1 without gaps, and each is its audit entry's sequence", async (another) => {
    const writer = new StoreWriter(await another());
    for (const value of [true, false, "three"]) await writer.set("checkout", value);
    same(sequencesOf(writer.history), [1, 2, 3]);
    same(await writer.store.head(), writer.head);
    const [first, second] = writer.history;
    same(second?.entry.previousHash, first?.entry.hash);
  });

  promises("a committed write gives back the entry and the flags that were composed", async (another) => {
    const store = await another();
    const composed = compose([], { flag: "checkout", value: { max: 3 }, actor: "anna", reason: "launch" });
    const written = await store.write({ since: BEGINNING, compose: () => composed });
    same(written, { outcome: "committed", change: { entry: composed.entry, flags: composed.flags } });
    same(await flagsOf(store), composed.flags);
  });

  promises("a writer that knows everything composes with nothing missed", async (another) => {
    const writer = new StoreWriter(await another());
    await writer.set("checkout", true);
    const missed: (readonly StoredChange[])[] = [];
    await writer.store.write({ since: writer.head, compose: (changes) => void missed.push(changes) });
    same(missed, [[]]);
  });

  promises("a writer that missed something composes with it, oldest first", async (another) => {
    const [writer, late] = [new StoreWriter(await another()), await another()];
    for (const value of [1, 2, 3]) await writer.set("checkout", value);
    let seen: readonly StoredChange[] = [];
    const make = (missed: readonly StoredChange[]) => {
      seen = missed;
      return compose(missed, { flag: "checkout", value: 4 });
    };
    const written = await late.write({ since: BEGINNING, compose: make });
    same(seen, writer.history);
    same(written.outcome, "committed");
    same((await late.head()).revision, 4);
  });

  promises("one change may touch several flags, and none", async (another) => {
    const writer = new StoreWriter(await another());
    const one = await writer.set("search", true);
    await writer.write((history) => both(compose(history, { flag: "search", value: 1 }), "checkout"));
    await writer.write((history) => ({ ...compose(history, { flag: "search" }), flags: [], expected: {} }));
    const [checkout, search] = await flagsOf(writer.store);
    same([checkout?.flag, checkout?.revision, search?.flag, search?.revision], ["checkout", 2, "search", 2]);
    same((await writer.store.head()).revision, one.entry.sequence + 2);
  });

  promises("what compose throws comes out as it is, and nothing is committed", async (another) => {
    const writer = new StoreWriter(await another());
    await writer.set("checkout", true);
    const before = await everythingOf(writer.store);
    for (const refusal of [new RangeError("refused"), "a text", undefined]) {
      const refused = writer.write(() => {
        throw refusal;
      });
      const thrown = await refused.then(
        () => assert.fail("it was not refused"),
        (reason: unknown) => reason,
      );
      assert.equal(thrown, refusal);
    }
    same(await everythingOf(writer.store), before);
    await writer.set("checkout", false);
    same(writer.head.revision, 2);
  });

  promises("where compose gives nothing, the answer is unchanged and nothing is committed", async (another) => {
    const writer = new StoreWriter(await another());
    await writer.set("checkout", true);
    const before = await everythingOf(writer.store);
    same(await writer.write(() => undefined), { outcome: "unchanged" });
    same(await everythingOf(writer.store), before);
  });

  promises("a writer whose history is not the store's is told, and compose is not called", async (another) => {
    const writer = new StoreWriter(await another());
    for (const value of [1, 2, 3]) await writer.set("checkout", value);
    const before = await everythingOf(writer.store);
    const foreign = "f".repeat(64);
    const strangers = [0, 2, 3, 4, 1_000].map((revision) => ({ revision, hash: foreign }));
    for (const since of [...strangers, { ...writer.head, revision: 2 }, { ...BEGINNING, revision: 3 }]) {
      const written = await writer.store.write({ since, compose: () => assert.fail("compose was called") });
      same(written, { outcome: "diverged" }, `since revision ${since.revision}`);
    }
    same(await everythingOf(writer.store), before);
  });

  promises("a change that is not chained to the last one is refused with STORE_FAILED", async (another) => {
    const writer = new StoreWriter(await another());
    await writer.set("checkout", true);
    const before = await everythingOf(writer.store);
    const banner = { flag: "banner", value: 1 };
    const first = compose([], banner);
    const wrong = [first, later(first), later(compose(writer.history, banner))];
    for (const change of wrong) {
      await rejectsWith(
        writer.write(() => change),
        "STORE_FAILED",
      );
    }
    same(await everythingOf(writer.store), before);
  });

  promises("a change that expects another revision of a flag than it has is refused", async (another) => {
    const writer = new StoreWriter(await another());
    await writer.set("search", true);
    await writer.set("checkout", true);
    const before = await everythingOf(writer.store);
    for (const revision of [0, 1, 3]) {
      const make = (history: readonly StoredChange[]) => expecting(compose(history, { flag: "checkout" }), revision);
      await rejectsWith(writer.write(make), "STORE_FAILED", `revision ${revision}`);
    }
    const untouched = (history: readonly StoredChange[]): ComposedChange => ({
      ...compose(history, { flag: "banner", value: 1 }),
      expected: { banner: 1 },
    });
    await rejectsWith(writer.write(untouched), "STORE_FAILED");
    same(await everythingOf(writer.store), before);
  });
}

/** All that could be changed by a write that must change nothing. */
async function everythingOf(store: FlagStore): Promise<unknown> {
  return [await store.head(), await flagsOf(store), await store.audit()];
}

/** The change with another flag that it touches as well. */
function both(change: ComposedChange, flag: string): ComposedChange {
  const flags = change.flags.flatMap((one) => [one, { ...one, flag }]);
  return { ...change, flags, expected: { ...change.expected, [flag]: 0 } };
}

/** The change as if it came later than it can. */
function later(change: ComposedChange): ComposedChange {
  return { ...change, entry: { ...change.entry, sequence: change.entry.sequence + 1 } };
}

function expecting(change: ComposedChange, revision: number): ComposedChange {
  return { ...change, expected: { checkout: revision } };
}
