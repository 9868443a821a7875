import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inPlace } from "../../src/changes/dispatcher.js";
import { BurgeeError } from "../../src/errors.js";
import { type FollowerOptions, StoreFollower } from "../../src/store/follower.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import { away, type Fault, FaultyStore, type Method } from "./fixtures/faulty-store.js";
import { Instance, writeOther } from "./fixtures/followed.js";
import { VirtualTime } from "./fixtures/virtual-time.js";

let time: VirtualTime;
let store: FaultyStore;
let instance: Instance;

beforeEach(() => {
  time = new VirtualTime().install();
  store = new FaultyStore();
  instance = new Instance();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function follow(options: Partial<FollowerOptions> = {}): StoreFollower {
  const follower = new StoreFollower(store, instance, {
    ...{ pollMs: 1_000, clock: () => time.now, outside: inPlace, random: () => 0.5 },
    ...options,
  });
  follower.start();
  return follower;
}

async function others(...ids: string[]): Promise<void> {
  for (const id of ids) await writeOther(store.store, id);
}

/** Befalls every call of one method. */
function befalls(method: Method, fault: Fault): void {
  store.fault = (called) => (called === method ? fault : {});
}

function heal(): void {
  store.fault = () => ({});
}

async function refuse(): Promise<void> {
  throw away();
}

/** Another store that holds the first changes of this one alone. */
async function restored(from: MemoryStore, revision: number): Promise<MemoryStore> {
  const news = await from.changesSince({ revision: 0, hash: "0".repeat(64) }, revision);
  const backup = new MemoryStore();
  if (news.outcome === "diverged") throw new Error("nothing was pruned");
  for (const { entry, flags } of news.changes)
    await backup.write({ since: await backup.head(), compose: () => ({ entry, flags, expected: {} }) });
  return backup;
}

const never = () => new Promise<void>(() => {});

/** The code that a promise rejects with, or what it resolves with. */
function outcomeOf(promise: Promise<unknown>): { value: unknown } {
  const outcome: { value: unknown } = { value: "pending" };
  promise.then(
    (value) => {
      outcome.value = value ?? "resolved";
    },
    (error: unknown) => {
      outcome.value = error instanceof BurgeeError ? error.code : error;
    },
  );
  return outcome;
}

describe("following", () => {
  it("subscribes, then loads everything, then is ready", async () => {
    await others("a", "b");
    const follower = follow();
    expect(follower.status).toEqual({ state: "starting", since: time.now });
    await time.pass(0);
    expect(store.calls).toEqual(["subscribe", "load"]);
    expect(instance.log).toEqual(["whole 2", "ready"]);
    expect(follower.head).toEqual(await store.store.head());
    expect(follower.status).toEqual({ state: "ready", since: time.now });
    expect(Object.isFrozen(follower.status)).toBe(true);
  });

  it("starts once, whatever is called", async () => {
    const follower = follow();
    follower.start();
    await time.pass(0);
    expect(store.calls).toEqual(["subscribe", "load"]);
  });

  it("catches up from the head that it is given", async () => {
    await others("a");
    const head = await store.store.head();
    await others("b", "c");
    instance = new Instance(head);
    follow({ head });
    await time.pass(0);
    expect(store.calls).toEqual(["subscribe", "changesSince"]);
    expect(instance.log).toEqual(["change 2", "change 3", "ready"]);
  });

  it("loads everything where the store does not know the head that it is given", async () => {
    await others("a");
    const head = { revision: 7, hash: "f".repeat(64) };
    instance = new Instance(head);
    follow({ head });
    await time.pass(0);
    expect(instance.log).toEqual(["whole 1", "ready"]);
  });

  it("applies what others committed as soon as it is told", async () => {
    follow();
    await time.pass(0);
    await others("a", "b");
    await time.pass(0);
    expect(instance.log).toEqual(["whole 0", "ready", "change 1", "change 2"]);
  });

  it("finds by its poll what it was not told, and asks for no more than the head where there is nothing", async () => {
    follow();
    await time.pass(0);
    store.deaf = true;
    store.calls.length = 0;
    await time.pass(2_000);
    expect(store.calls).toEqual(["head", "head"]);
    await others("a");
    await time.pass(999);
    expect(instance.log).toEqual(["whole 0", "ready"]);
    await time.pass(1);
    expect(instance.log.at(-1)).toBe("change 1");
  });

  it("polls where news come from, if that can be asked", async () => {
    store.tellsHead = true;
    follow();
    await time.pass(0);
    store.deaf = true;
    store.calls.length = 0;
    await others("a");
    await time.pass(1_000);
    expect(store.calls).toEqual(["subscription's head", "changesSince"]);
    expect(instance.log.at(-1)).toBe("change 1");
  });

  it("applies what news bring, and asks for nothing", async () => {
    store.brings = true;
    follow();
    await time.pass(0);
    store.calls.length = 0;
    await others("a", "b");
    await time.pass(0);
    expect(instance.log).toEqual(["whole 0", "ready", "change 1", "change 2"]);
    await time.pass(1_999);
    expect(store.calls).toEqual([]);
    await time.pass(1);
    expect(store.calls).toEqual(["head"]);
  });

  it("asks where what news bring does not continue from what it has", async () => {
    store.brings = true;
    follow();
    await time.pass(0);
    store.deaf = true;
    await others("a");
    store.deaf = false;
    store.calls.length = 0;
    await others("b");
    await time.pass(0);
    expect(store.calls).toEqual(["changesSince"]);
    expect(instance.log).toEqual(["whole 0", "ready", "change 1", "change 2"]);
  });

  it("leaves four polls of five out while news bring change after change", async () => {
    store.brings = true;
    follow();
    await time.pass(0);
    store.calls.length = 0;
    for (let index = 0; index < 110; index++) {
      await others(`change ${index}`);
      await time.pass(100);
    }
    expect(instance.head?.revision).toBe(110);
    expect(store.calls).toEqual(["head", "head"]);
    await time.pass(2_000);
    expect(store.calls).toEqual(["head", "head", "head", "head"]);
  });

  it("finds by the first change after it that the store was put back to an earlier point", async () => {
    store.brings = true;
    follow({ pollMs: 60_000 });
    await time.pass(0);
    await others("a", "b", "c", "d");
    await time.pass(0);
    // As a backup is put in place under connections that stay: nobody is told of it.
    const backup = await restored(store.store, 1);
    for (const listener of store.listeners) await backup.subscribe(listener);
    store.store = backup;
    await others("another b");
    await time.pass(0);
    expect(instance.log.at(-1)).toBe("whole 2");
    expect(instance.head).toEqual(await store.store.head());
  });

  it("asks in time, though somebody tells of an old change again and again", async () => {
    store.brings = true;
    follow();
    await time.pass(0);
    await others("a", "b", "c");
    await time.pass(0);
    const news = await store.store.changesSince({ revision: 0, hash: "0".repeat(64) }, 1);
    const [old] = news.outcome === "changes" ? news.changes : [];
    store.store = await restored(store.store, 2);
    for (let index = 0; index < 20; index++) {
      for (const listener of store.listeners) listener.news(old);
      await time.pass(100);
    }
    expect(instance.log.at(-1)).toBe("whole 2");
  });

  it("asks the store itself where a write has failed", async () => {
    store.tellsHead = true;
    const follower = follow();
    await time.pass(0);
    store.calls.length = 0;
    store.fault = (method) => (method === "write" || method === "head" ? { before: refuse } : {});
    const outcome = outcomeOf(follower.submit((head) => instance.compose(head, "own")));
    await time.pass(0);
    expect(outcome.value).toBe("STORE_UNAVAILABLE");
    expect(store.calls).toEqual(["write", "head"]);
    expect(follower.status.state).toBe("stale");
  });

  it("applies what news bring while everything is loaded, once", async () => {
    store.brings = true;
    await others("a");
    befalls("load", { before: () => others("b"), after: () => others("c") });
    follow();
    await time.pass(0);
    expect(instance.log).toEqual(["whole 2", "ready", "change 3"]);
    expect(store.calls).toEqual(["subscribe", "load"]);
  });

  it("keeps no more than 500 changes that news bring while it is busy, and asks for the rest", async () => {
    store.brings = true;
    befalls("load", {
      after: async () => {
        for (let index = 0; index < 501; index++) await others(`change ${index}`);
      },
    });
    follow();
    await time.pass(0);
    expect(instance.head?.revision).toBe(501);
    expect(store.calls.slice(0, 3)).toEqual(["subscribe", "load", "changesSince"]);
    expect(instance.wrong).toEqual([]);
  });

  it("notices news that come while it asks", async () => {
    await others("a");
    befalls("load", { after: () => others("b") });
    follow();
    await time.pass(0);
    expect(instance.log).toEqual(["whole 1", "ready", "change 2"]);
  });

  it("catches up 10,000 changes in pages, with a turn of the event loop after every 50 changes at most", async () => {
    follow();
    await time.pass(0);
    store.cut();
    for (let index = 0; index < 10_000; index++) await others(`change ${index}`);
    const turns = vi.fn();
    const later = globalThis.setImmediate;
    vi.stubGlobal("setImmediate", (ring: () => void) => {
      turns(instance.log.length);
      return later(ring);
    });
    store.calls.length = 0;
    const before = instance.log.length;
    await time.pass(1_000);
    expect(instance.head?.revision).toBe(10_000);
    expect(instance.wrong).toEqual([]);
    expect(store.calls.filter((call) => call === "changesSince").length).toBe(21);
    const seen = [before, ...turns.mock.calls.map(([length]) => Number(length)), instance.log.length];
    const longest = Math.max(...seen.slice(1).map((length, index) => length - (seen[index] ?? 0)));
    expect(longest).toBeLessThanOrEqual(51);
  });

  it("skips what a store gives twice", async () => {
    await others("a", "b");
    const first = await store.store.changesSince({ revision: 0, hash: "0".repeat(64) }, 10);
    follow();
    await time.pass(0);
    store.deaf = true;
    await others("c");
    const next = store.store;
    const original = next.changesSince.bind(next);
    vi.spyOn(next, "changesSince").mockImplementation(async (head, limit) => {
      const news = await original(head, limit);
      if (news.outcome === "diverged" || first.outcome === "diverged") return news;
      return { outcome: "changes", changes: [...first.changes, ...news.changes] };
    });
    await time.pass(1_000);
    expect(next.changesSince).toHaveBeenCalledTimes(1);
    expect(instance.log).toEqual(["whole 2", "ready", "change 3"]);
  });

  it("does not ask for ever where a store gives nothing but what is known", async () => {
    for (let index = 0; index < 500; index++) await others(`change ${index}`);
    const first = await store.store.changesSince({ revision: 0, hash: "0".repeat(64) }, 500);
    follow();
    await time.pass(0);
    vi.spyOn(store.store, "changesSince").mockResolvedValue(first);
    store.calls.length = 0;
    await others("one more");
    await time.pass(10);
    expect(store.calls).toEqual(["changesSince"]);
  });

  it("loads everything anew where a page does not continue from what it has", async () => {
    follow();
    await time.pass(0);
    store.deaf = true;
    await others("a", "b", "c");
    const last = await store.store.changesSince({ revision: 0, hash: "0".repeat(64) }, 10);
    const changes = last.outcome === "changes" ? last.changes.slice(1) : [];
    vi.spyOn(store.store, "changesSince").mockResolvedValueOnce({ outcome: "changes", changes });
    await time.pass(1_000);
    expect(instance.log).toEqual(["whole 0", "ready", "whole 3"]);
  });

  it("resyncs when the store was put back to an earlier point, also to one with as many changes", async () => {
    await others("a", "b", "c");
    follow();
    await time.pass(0);
    await store.restore(1);
    await others("other b", "other c");
    await time.pass(1_000);
    expect(instance.log.slice(0, 3)).toEqual(["whole 3", "ready", "stale"]);
    expect(instance.log.slice(-2)).toEqual(["whole 3", "ready"]);
    expect(instance.head).toEqual(await store.store.head());
  });

  it("goes on where a handler throws, and tells", async () => {
    instance.onEvent = (line) => {
      if (!line.startsWith("error")) throw new Error(`no ${line}`);
    };
    follow();
    await time.pass(0);
    await others("a", "b");
    await time.pass(0);
    expect(instance.log.filter((line) => !line.startsWith("error"))).toEqual([
      "whole 0",
      "ready",
      "change 1",
      "change 2",
    ]);
    expect(instance.errors.map((error) => error.code)).toEqual(Array(4).fill("STORE_FAILED"));
    expect(instance.errors[2]?.message).toBe(
      'The store "faulty" (namespace "test") gave revision 1, which could not be applied: no change 1.',
    );
  });

  it("goes on where nobody can be told of an error", async () => {
    instance.onEvent = () => {
      throw new Error("no");
    };
    follow();
    await time.pass(0);
    await others("a");
    await time.pass(0);
    expect(instance.head?.revision).toBe(1);
  });

  it("runs outside the ambient context of whoever starts it or submits", async () => {
    const ambient = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    instance.onEvent = () => seen.push(ambient.getStore());
    const outside = (run: () => void) => ambient.run("outside", run);
    const follower = ambient.run("caller", () => follow({ outside }));
    await time.pass(0);
    ambient.run("caller", () => follower.submit((head) => instance.compose(head, "own")));
    await time.pass(0);
    expect(seen).toEqual(["outside", "outside", "outside"]);
  });
});

describe("where the store is away", () => {
  it("tells once, keeps the time when it began, and is ready again with what it missed", async () => {
    const follower = follow();
    await time.pass(10);
    befalls("subscribe", { before: refuse });
    store.cut();
    await time.pass(0);
    const since = time.now;
    await others("a", "b");
    await time.pass(20_000);
    expect(instance.log).toEqual(["whole 0", "ready", "stale", "error STORE_UNAVAILABLE"]);
    expect(follower.status).toMatchObject({ state: "stale", since, error: { code: "STORE_UNAVAILABLE" } });
    heal();
    await time.pass(1_000);
    expect(instance.log.slice(4)).toEqual(["change 1", "change 2", "ready"]);
    expect(follower.status.error).toBeUndefined();
  });

  it("is stale after the first failure of the start, and shows what the last attempt failed with", async () => {
    befalls("subscribe", { before: refuse });
    const follower = follow();
    await time.pass(0);
    expect(instance.log).toEqual(["stale", "error STORE_UNAVAILABLE"]);
    const broken = async () => {
      throw new Error("no such table");
    };
    befalls("subscribe", { before: broken });
    await time.pass(2_000);
    expect(instance.log).toHaveLength(2);
    expect(follower.status.error).toMatchObject({
      code: "STORE_FAILED",
      message: 'The store "faulty" (namespace "test") failed: no such table.',
    });
  });

  it("tries again with jitter, at most a second apart", async () => {
    befalls("subscribe", { before: refuse });
    const tried: number[] = [];
    follow();
    await time.pass(0);
    const began = time.now;
    store.fault = () => {
      tried.push(time.now - began);
      return { before: refuse };
    };
    await time.pass(3_000);
    // Half of 50, 100, 200, 400, 800 and 1,000 ms, as the test's random numbers are all 0.5.
    expect(tried).toEqual([25, 75, 175, 375, 775, 1_275, 1_775, 2_275, 2_775]);
  });

  it("begins with short delays again only when it has lasted from one poll to the next", async () => {
    befalls("subscribe", { before: refuse });
    follow();
    await time.pass(3_000);
    heal();
    await time.pass(500);
    expect(instance.log.at(-1)).toBe("ready");
    store.cut();
    await time.pass(499);
    expect(instance.log.at(-2)).toBe("stale");
    await time.pass(1);
    expect(instance.log.at(-1)).toBe("ready");
    await time.pass(1_000);
    store.cut();
    await time.pass(25);
    expect(instance.log.at(-1)).toBe("ready");
  });

  it("counts a store as away that does not answer within 5 s, and does not ask twice at once", async () => {
    await others("a");
    befalls("load", { before: () => time.sleep(8_000) });
    const follower = follow();
    await time.pass(4_999);
    expect(follower.status.state).toBe("starting");
    await time.pass(1);
    expect(follower.status.error?.message).toBe('The store "faulty" (namespace "test") did not answer within 5000 ms.');
    heal();
    await time.pass(2_999);
    expect(store.calls).toEqual(["subscribe", "load"]);
    await time.pass(1);
    expect(store.calls).toEqual(["subscribe", "load", "subscribe", "load"]);
    expect(instance.log).toEqual(["stale", "error STORE_UNAVAILABLE", "whole 1", "ready"]);
  });

  it.each(["STORE_FAILED", "STORE_SCHEMA"] as const)(
    "says at last that the store refuses (%s), and not that it is away",
    async (code) => {
      befalls("load", { before: () => Promise.reject(new BurgeeError(code, "permission denied")) });
      const outcome = outcomeOf(follow().ready(2_000));
      await time.pass(2_000);
      expect(outcome.value).toBe(code);
    },
  );

  it("gives up at last on a question that is never answered", async () => {
    befalls("head", { before: never });
    follow();
    await time.pass(6_000);
    expect(instance.log.at(-2)).toBe("stale");
    heal();
    await time.pass(10_025);
    expect(instance.log.at(-1)).toBe("ready");
  });

  it("ends a subscription that comes too late", async () => {
    befalls("subscribe", { after: () => time.sleep(6_000) });
    follow();
    await time.pass(5_500);
    heal();
    expect(store.listeners.size).toBe(1);
    await time.pass(2_000);
    expect(instance.log.at(-1)).toBe("ready");
    expect(store.listeners.size).toBe(1);
  });

  it("does not wait for ever for a subscription to end, nor for one that fails to", async () => {
    const lost: ((error: unknown) => void)[] = [];
    const ends = [never, refuse];
    vi.spyOn(store, "subscribe").mockImplementation(async (listener) => {
      lost.push((error) => listener.lost(error));
      return { close: ends.shift() ?? (async () => {}) };
    });
    follow();
    await time.pass(0);
    lost[0]?.("the wire was cut");
    await time.pass(5_025);
    expect(instance.log).toEqual(["whole 0", "ready", "stale", "error STORE_FAILED", "ready"]);
    lost[1]?.("the wire was cut");
    await time.pass(1_000);
    expect(instance.log.at(-1)).toBe("ready");
  });
});

describe("ready", () => {
  it("resolves as soon as the instance is where the store is", async () => {
    befalls("load", { before: () => time.sleep(300) });
    const ready = outcomeOf(follow().ready(5_000));
    await time.pass(299);
    expect(ready.value).toBe("pending");
    await time.pass(1);
    expect(ready.value).toBe("resolved");
  });

  it("waits while the store is away", async () => {
    befalls("subscribe", { before: refuse });
    const follower = follow();
    await time.pass(0);
    const ready = outcomeOf(follower.ready(5_000));
    heal();
    await time.pass(25);
    expect(ready.value).toBe("resolved");
  });

  it("rejects after the time, and says what the last attempt failed with", async () => {
    befalls("subscribe", { before: refuse });
    const ready = follow().ready(2_000);
    const outcome = expect(ready).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: 'The store "faulty" (namespace "test") was not reached within 2000 ms: The wire is cut.',
      cause: { code: "STORE_UNAVAILABLE" },
    });
    await time.pass(2_000);
    await outcome;
  });

  it("rejects after the time where the first attempt has not ended", async () => {
    befalls("subscribe", { before: never });
    const ready = follow().ready(2_000);
    const message = 'The store "faulty" (namespace "test") was not reached within 2000 ms.';
    const outcome = expect(ready).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", message });
    await time.pass(2_000);
    await outcome;
  });

  it("rejects where it is closed, before or meanwhile", async () => {
    befalls("subscribe", { before: never });
    const follower = follow();
    const meanwhile = outcomeOf(follower.ready(5_000));
    void follower.close();
    const afterwards = outcomeOf(follower.ready(5_000));
    await time.settle();
    expect([meanwhile.value, afterwards.value]).toEqual(["CLOSED", "CLOSED"]);
    expect(time.waiting).toBe(0);
  });
});
