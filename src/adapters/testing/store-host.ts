import type { FlagStore } from "../../store/flag-store.js";

/** `describe` and `it` of a test framework: vitest, jest, mocha and node:test all have them. */
export interface TestWords {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
}

/** Data of its own for one test, empty at first, and stores on it. */
export interface StoreHost {
  /**
   * Another store on the same data, as another process would have it; `namespace` is `default` unless given. Two of the same
   * namespace share everything, two of different ones nothing. The store may call its namespace otherwise. Where a store is
   * for one process alone, it is right to give the same one again.
   */
  store(namespace?: string): FlagStore | Promise<FlagStore>;
  /** Called when the test is over and every store is closed: removes the data. */
  close?(): void | Promise<void>;
}

/** Makes a {@link StoreHost}; called once for each test. */
export type OpenStoreHost = () => StoreHost | Promise<StoreHost>;

/** Stores on the data of one test. */
export type Another = (namespace?: string) => Promise<FlagStore>;

/** Declares a test: what is promised, and the proof. */
export type Promises = (promise: string, proof: (another: Another) => Promise<void>) => void;

/** Tests that each have data of their own; all that they opened is closed after them, however they end. */
export function promisesOf(it: TestWords["it"], open: OpenStoreHost): Promises {
  return (promise, proof) => {
    it(promise, async () => {
      const host = await open();
      const opened: FlagStore[] = [];
      const another: Another = async (namespace) => {
        const store = await host.store(namespace);
        opened.push(store);
        return store;
      };
      try {
        await proof(another);
      } finally {
        for (const store of opened) await store.close();
        await host.close?.();
      }
    });
  };
}
