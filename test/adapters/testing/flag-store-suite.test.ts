import { type FlagStore, MemoryStore, type StoredState } from "burgee";
import { flagStoreSuite } from "burgee/testing";
import { describe, expect, it } from "vitest";

type Broken = (store: FlagStore) => Partial<FlagStore>;

/** Stores that break one promise each, by the test that must find it. */
const broken: Readonly<Record<string, Broken>> = {
  "a namespace begins at revision 0, with 64 zeros and no flags": (store) => ({
    head: async () => ({ ...(await store.head()), hash: "" }),
  }),
  "a committed write gives back the entry and the flags that were composed": (store) => ({
    write: async (write) => {
      const written = await store.write(write);
      return written.outcome === "committed" ? { ...written, change: { ...written.change, flags: [] } } : written;
    },
  }),
  "a writer that missed something composes with it, oldest first": (store) => ({
    write: ({ since, compose }) =>
      store.write({ since, compose: (missed) => compose(missed.length > 1 ? missed.toReversed() : missed) }),
  }),
  "what compose throws comes out as it is, and nothing is committed": (store) => ({
    write: (write) => store.write(write).catch((error: unknown) => Promise.reject(new Error(String(error)))),
  }),
  "where compose gives nothing, the answer is unchanged and nothing is committed": (store) => ({
    write: async (write) => {
      const written = await store.write(write);
      return written.outcome === "unchanged" ? { outcome: "diverged" } : written;
    },
  }),
  "a writer whose history is not the store's is told, and compose is not called": (store) => ({
    write: async (write) => {
      const since = await store.head();
      return store.write(write.since.revision > since.revision ? { ...write, since } : write);
    },
  }),
  "a change that expects another revision of a flag than it has is refused": (store) => ({
    write: ({ since, compose }) =>
      store.write({
        since,
        compose: (missed) => {
          const change = compose(missed);
          return change && { ...change, expected: {} };
        },
      }),
  }),
  "changes are given oldest first, `limit` at most, and fewer where there are no more": (store) => ({
    changesSince: (head, limit) => store.changesSince(head, limit + 1),
  }),
  "a head that the store does not hold has diverged: another hash, or a revision to come": (store) => ({
    changesSince: async (head, limit) => {
      const news = await store.changesSince(head, limit);
      return news.outcome === "diverged" ? { outcome: "changes", changes: [] } : news;
    },
  }),
  "a state is of one moment: its head and flags belong together, whatever is written meanwhile": (store) => ({
    load: async () => {
      const head = await store.head();
      await later();
      return { head, flags: (await store.load()).flags };
    },
  }),
  "changes read in pages beside prune follow on, or have diverged": (store) => ({
    changesSince: async (head, limit) => {
      const news = await store.changesSince(head, limit);
      return news.outcome === "diverged" ? store.changesSince(await store.checkpoint(), limit) : news;
    },
  }),
  "a time, limit or sequence that is none is refused, and nothing is forgotten": (store) => ({
    prune: (options) => store.prune({ ...options, before: options.before || 0 }),
  }),
  "of too much usage the newest rows are given, and prune says whether there is more to forget": (store) => ({
    usage: async (query) => (await store.usage({ ...query, limit: undefined })).slice(0, query?.limit),
  }),
  "a flag that was reset is still there, with its revision and nothing set": (store) => ({
    load: async () => {
      const { head, flags } = await store.load();
      return { head, flags: flags.filter(({ override, kill }) => override !== undefined || kill !== undefined) };
    },
  }),
  "after its subscription was closed a listener is told nothing, others are, and twice is once": (store) => ({
    subscribe: async (listener) => {
      await store.subscribe(listener);
      return { close: async () => {} };
    },
  }),
  "the audit log is asked by flag, actor, source and time, all of which must hold": (store) => ({
    audit: ({ source: _, ...query } = {}) => store.audit(query),
  }),
  "the audit log is read in pages, by `after`, `limit` and the order": (store) => ({
    audit: (query) => store.audit({ ...query, after: undefined }),
  }),
  "prune forgets `limit` entries at most, and none twice": (store) => ({
    prune: (options) => store.prune({ ...options, limit: 1_000 }),
  }),
  "prune forgets the oldest entries, and what is left is verified after the checkpoint": (store) => ({
    checkpoint: async () => ({ revision: 0, hash: "0".repeat(64) }),
    head: () => store.head(),
  }),
  "prune forgets usage of hours before a time, and without one forgets none": (store) => ({
    prune: ({ before, limit }) => store.prune({ before, limit }),
  }),
  "counts add up by hour, flag and variant, over all stores": (store) => ({
    recordUsage: (usage) => store.recordUsage(usage.slice(-1)),
  }),
  "a NUL: survives in values, actors, reasons and sources, and is found": (store) => ({
    audit: (query) => store.audit({ ...query, actor: query?.actor?.split("\0")[0] }),
  }),
  "nothing that was given or got can be changed into what is stored": (store) => {
    const kept = new Map<number, StoredState>();
    return {
      load: async () => {
        const state = structuredClone(await store.load());
        const known = kept.get(state.head.revision) ?? state;
        kept.set(state.head.revision, known);
        return known;
      },
    };
  },
  "a store that was closed rejects everything with CLOSED": (store) => ({
    usage: (query) => store.usage(query).catch(() => []),
  }),
};

it("finds a state whose flags are older than its head", async () => {
  const promise = "a state is of one moment: its head and flags belong together, whatever is written meanwhile";
  const torn: Broken = (store) => ({
    load: async () => {
      const { flags } = await store.load();
      await later();
      return { head: await store.head(), flags };
    },
  });
  expect(await failuresOf(torn, promise)).toEqual([promise]);
});

function later(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The tests that fail, of those that a store is asked. */
async function failuresOf(broken: Broken, only: string): Promise<readonly string[]> {
  const tests: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  const words = {
    describe: (_: string, body: () => void) => body(),
    it: (name: string, body: () => Promise<void>) => tests.push({ name, body }),
  };
  flagStoreSuite(words, () => {
    const stores = new Map<string, FlagStore>();
    const store = (namespace = "default") => {
      const known = stores.get(namespace) ?? withFault(new MemoryStore({ namespace }), broken);
      stores.set(namespace, known);
      return known;
    };
    return { store };
  });
  const failed: string[] = [];
  for (const { name, body } of tests) {
    if (name === only) await body().catch(() => failed.push(name));
  }
  return failed;
}

/** A private method needs the store itself, so it is not inherited from but asked. */
function withFault(store: FlagStore, broken: Broken): FlagStore {
  const fault = broken(store);
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(fault, name) ?? Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

describe("flagStoreSuite", () => {
  it.each(Object.entries(broken))("finds a store that breaks this promise: %s", async (promise, fault) => {
    expect(await failuresOf(fault, promise)).toEqual([promise]);
  });

  it.each(Object.keys(broken))("finds nothing amiss with one that keeps it: %s", async (promise) => {
    expect(await failuresOf(() => ({}), promise)).toEqual([]);
  });
});
