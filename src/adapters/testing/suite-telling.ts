import assert from "node:assert/strict";
import type { FlagStore, StoredChange, StoreListener } from "../../store/flag-store.js";
import { same } from "./proofs.js";
import type { Another, Promises } from "./store-host.js";
import { StoreWriter } from "./store-writer.js";

/** How long to wait for news before the test has failed, in milliseconds. */
const PATIENCE_MS = 10_000;

/** What `subscribe` promises. */
export function tellingPromises(promises: Promises): void {
  promises("a listener is told of what its own store commits", async (another) => {
    const writer = new StoreWriter(await another());
    await isTold(writer.store, () => writer.set("checkout", true));
  });

  promises("a listener is told of what another store commits", async (another) => {
    const [store, writer] = [await another(), new StoreWriter(await another())];
    for (const value of [1, 2, 3]) await isTold(store, () => writer.set("checkout", value));
  });

  promises("whoever asks when told, and once after subscribing, misses nothing", async (another) => {
    const [reader, writer] = [new StoreWriter(await another()), new StoreWriter(await another())];
    const heard = new Ear();
    await reader.store.subscribe(heard);
    await reader.catchUp();
    const writing = (async () => {
      for (let value = 1; value <= 20; value++) await writer.set("checkout", value);
    })();
    while (reader.head.revision < 20) {
      await heard.next();
      await reader.catchUp();
    }
    await writing;
    same(reader.history, writer.history);
  });

  promises("a change that news bring is one that was committed, as it is read", async (another) => {
    const [store, writer] = [await another(), new StoreWriter(await another())];
    const ear = new Ear();
    await store.subscribe(ear);
    for (const value of [1, 2, 3]) {
      await writer.set("checkout", value);
      await ear.next();
    }
    for (const brought of ear.brought) {
      const read = writer.history.find(({ entry }) => entry.sequence === brought.entry.sequence);
      same(brought, read);
    }
  });

  promises("a subscription that gives the head gives the store's", async (another) => {
    const [store, writer] = [await another(), new StoreWriter(await another())];
    const subscription = await store.subscribe(new Ear());
    await writer.set("checkout", true);
    same((await subscription.head?.()) ?? writer.head, writer.head);
  });

  promises("each of several listeners is told", async (another) => {
    const [store, writer] = [await another(), new StoreWriter(await another())];
    const ears = [new Ear(), new Ear()];
    for (const ear of ears) await store.subscribe(ear);
    await writer.set("checkout", true);
    for (const ear of ears) await ear.next();
  });

  promises(
    "after its subscription was closed a listener is told nothing, others are, and twice is once",
    async (another) => {
      await staysSilent(another, async (store, ear) => {
        const subscription = await store.subscribe(ear);
        await subscription.close();
        await subscription.close();
      });
    },
  );

  promises("when the store is closed its listeners are told no news", async (another) => {
    const [store, rest] = [await another(), await another()];
    const ear = new Ear();
    await store.subscribe(ear);
    await store.close();
    if (rest === store) return;
    await isTold(rest, () => new StoreWriter(rest).set("checkout", true));
    same(ear.told, 0);
  });
}

/** Notes what it is told, and can be waited for. */
class Ear implements StoreListener {
  told = 0;
  readonly brought: StoredChange[] = [];
  #heard = 0;
  #wake: (() => void) | undefined;
  #lost: unknown;

  news(change?: StoredChange): void {
    this.told += 1;
    if (change !== undefined) this.brought.push(change);
    this.#wake?.();
  }

  lost(error: unknown): void {
    this.#lost = error ?? new Error("the subscription was lost");
    this.#wake?.();
  }

  /** Resolves when it has been told of something since the last time. */
  async next(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    if (this.told === this.#heard && this.#lost === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, PATIENCE_MS);
      });
    }
    clearTimeout(timer);
    if (this.told === this.#heard) assert.fail(`no news came within ${PATIENCE_MS} ms; lost: ${String(this.#lost)}`);
    this.#heard = this.told;
  }
}

/** Expects a listener of the store to be told of what is done. */
async function isTold(store: FlagStore, act: () => Promise<unknown>): Promise<void> {
  const ear = new Ear();
  const subscription = await store.subscribe(ear);
  await act();
  await ear.next();
  await subscription.close();
}

/** Expects that a listener hears nothing of a commit that another one, who subscribed later, does hear of. */
async function staysSilent(
  another: Another,
  prepare: (store: FlagStore, ear: StoreListener) => Promise<void>,
): Promise<void> {
  const [store, writer] = [await another(), new StoreWriter(await another())];
  const silent = new Ear();
  await prepare(store, silent);
  await isTold(store, () => writer.set("checkout", true));
  same(silent.told, 0);
}
