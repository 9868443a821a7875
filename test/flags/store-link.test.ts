import { AsyncLocalStorage } from "node:async_hooks";
import { MemoryStore } from "burgee";
import { expect, test, vi } from "vitest";
import { LocalKills } from "../../src/flags/local-kills.js";
import type { SharedState } from "../../src/flags/shared-state.js";
import { StoreLink } from "../../src/flags/store-link.js";
import { storeSettings } from "../../src/flags/stored-options.js";

test("what a store is asked in the background is asked outside the context of whoever created the flags", async () => {
  const context = new AsyncLocalStorage<string>();
  const store = new MemoryStore();
  const asked: unknown[] = [];
  for (const method of ["prune", "recordUsage", "load"] as const) {
    const original = store[method].bind(store) as (...args: unknown[]) => Promise<unknown>;
    Reflect.set(store, method, (...args: unknown[]) => {
      asked.push([method, context.getStore()]);
      return original(...args);
    });
  }
  const shared = { head: await store.head(), whole: () => {}, change: () => {}, close: () => {} };
  const link = new StoreLink({
    ...{
      store,
      kills: new LocalKills({ isReady: () => false, changed: () => {} }),
      file: undefined,
      known: undefined,
      clock: Date.now,
    },
    settings: storeSettings({ store, usage: { flushMs: 1 }, retention: { everyMs: 1 } }),
    shared: shared as unknown as SharedState,
    outside: (run) => context.run("outside", run),
    beforeWrite: () => Promise.resolve(),
    onError: () => {},
    changed: () => {},
    isBack: () => {},
  });
  const counts = [{ flag: "lamp", variants: { true: 1 }, errors: 0 }];
  context.run("a request", () => {
    link.record(() => ({ take: () => counts.splice(0), stop: () => {} }) as never);
    link.start();
  });
  await vi.waitUntil(() => new Set(asked.map((one) => String((one as unknown[])[0]))).size === 3);
  await link.close();
  expect(new Set(asked.map((one) => String((one as unknown[])[1])))).toEqual(new Set(["outside"]));
});
