import assert from "node:assert/strict";
import type { FlagStore } from "../../store/flag-store.js";
import { rejectsWith, same } from "./proofs.js";
import type { Promises } from "./store-host.js";
import { BEGINNING, StoreWriter } from "./store-writer.js";

/** What `health`, `close` and the names promise. */
export function endingPromises(promises: Promises): void {
  promises("health gives the head, and how long it took to ask", async (another) => {
    const writer = new StoreWriter(await another());
    await writer.set("checkout", true);
    const { head, latencyMs } = await writer.store.health();
    same(head, writer.head);
    assert.ok(Number.isFinite(latencyMs) && latencyMs >= 0, "the latency is a time in milliseconds");
  });

  promises("a store has a name, and a namespace that differs from another's", async (another) => {
    const [one, same, other] = [await another(), await another(), await another("other")];
    assert.match(one.name, /\S/);
    assert.match(one.namespace, /\S/);
    assert.equal(same.namespace, one.namespace);
    assert.notEqual(other.namespace, one.namespace);
  });

  promises("a store that was closed rejects everything with CLOSED", async (another) => {
    const store = await another();
    await new StoreWriter(store).set("checkout", true);
    await store.close();
    for (const [method, call] of Object.entries(callsOf(store))) await rejectsWith(call(), "CLOSED", method);
  });

  promises("a store can be closed twice, and before it was used", async (another) => {
    const store = await another();
    await Promise.all([store.close(), store.close()]);
    await store.close();
  });

  promises("what was committed outlives the store that committed it", async (another) => {
    const [writer, survivor] = [new StoreWriter(await another()), await another()];
    await writer.set("checkout", true);
    if (survivor === writer.store) return;
    await writer.store.close();
    same(await survivor.load(), { head: writer.head, flags: [...writer.flags.values()] });
    same((await survivor.audit()).length, 1);
  });
}

function callsOf(store: FlagStore): Readonly<Record<string, () => Promise<unknown>>> {
  return {
    load: () => store.load(),
    head: () => store.head(),
    changesSince: () => store.changesSince(BEGINNING, 1),
    write: () => store.write({ since: BEGINNING, compose: () => undefined }),
    subscribe: () => store.subscribe({ news: () => {}, lost: () => {} }),
    audit: () => store.audit(),
    checkpoint: () => store.checkpoint(),
    prune: () => store.prune({ before: 0, limit: 1 }),
    recordUsage: () => store.recordUsage([]),
    usage: () => store.usage(),
    health: () => store.health(),
  };
}
