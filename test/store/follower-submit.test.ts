import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inPlace } from "../../src/changes/dispatcher.js";
import { BurgeeError } from "../../src/errors.js";
import type { StoreWrite, StoreWritten } from "../../src/store/flag-store.js";
import { StoreFollower } from "../../src/store/follower.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import { away, type Fault, FaultyStore, type Method } from "./fixtures/faulty-store.js";
import { Instance, writeOther } from "./fixtures/followed.js";
import { VirtualTime } from "./fixtures/virtual-time.js";

let time: VirtualTime;
let store: FaultyStore;
let instance: Instance;
let follower: StoreFollower;

beforeEach(async () => {
  time = new VirtualTime().install();
  store = new FaultyStore();
  instance = new Instance();
  const options = { pollMs: 1_000, clock: () => time.now, outside: inPlace, random: () => 0.5 };
  follower = new StoreFollower(store, instance, options);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

async function start(): Promise<void> {
  follower.start();
  await time.pass(0);
  instance.log.length = 0;
}

function befalls(method: Method, fault: Fault): void {
  store.fault = (called) => (called === method ? fault : {});
}

async function refuse(): Promise<void> {
  throw away();
}

const never = () => new Promise<void>(() => {});

interface Outcome {
  value: unknown;
  error?: BurgeeError;
}

/** What becomes of a change: the code that it rejects with, or what it resolves with. */
function submit(id: string, flag?: string): Outcome {
  const outcome: Outcome = { value: "pending" };
  follower
    .submit((head) => instance.compose(head, id, flag))
    .then(
      (value) => {
        outcome.value = value;
      },
      (error: BurgeeError) => {
        outcome.value = error.code;
        outcome.error = error;
      },
    );
  return outcome;
}

async function reasons(): Promise<(string | undefined)[]> {
  const entries = await store.store.audit({ order: "oldest" });
  return entries.map((entry) => entry.reason);
}

describe("submit", () => {
  it("commits, and has applied the change when it resolves", async () => {
    await start();
    const applied: (string | undefined)[] = [];
    follower.submit((head) => instance.compose(head, "own")).then(() => applied.push(...instance.log));
    await time.pass(0);
    expect(applied).toEqual(["change 1"]);
    await time.pass(5_000);
    expect(instance.log).toEqual(["change 1"]);
    expect(follower.head).toEqual(await store.store.head());
  });

  it("brings what was missed before it composes, and applies nothing twice", async () => {
    await start();
    store.deaf = true;
    await writeOther(store.store, "a");
    await writeOther(store.store, "b");
    const own = submit("own");
    await time.pass(2_000);
    expect(own.value).toBe("committed");
    expect(instance.log).toEqual(["change 1", "change 2", "change 3"]);
    expect(instance.wrong).toEqual([]);
  });

  it("applies the change once where the follower sees it before the write is answered", async () => {
    await start();
    befalls("write", { after: () => time.sleep(500) });
    const own = submit("own");
    await time.pass(10);
    expect(instance.log).toEqual(["change 1"]);
    expect(own.value).toBe("pending");
    await time.pass(500);
    expect(own.value).toBe("committed");
    expect(instance.log).toEqual(["change 1"]);
  });

  it("goes one after the other, in the order of the calls", async () => {
    await start();
    let slow = 50;
    befalls("write", {
      before: () => {
        slow -= 10;
        return time.sleep(slow);
      },
    });
    const outcomes = ["a", "b", "c", "d"].map((id) => submit(id));
    await time.pass(200);
    expect(outcomes.map((outcome) => outcome.value)).toEqual(Array(4).fill("committed"));
    expect(await reasons()).toEqual(["a", "b", "c", "d"]);
  });

  it("resolves with unchanged where nothing is composed, and commits nothing", async () => {
    await start();
    const unchanged = follower.submit(() => undefined);
    await time.pass(0);
    expect(await unchanged).toBe("unchanged");
    expect(await reasons()).toEqual([]);
  });

  it("rejects with what compose throws, as it is, and goes on with the next", async () => {
    await start();
    const refused = new TypeError("not this one");
    const submitted = follower.submit(() => {
      throw refused;
    });
    const outcome = expect(submitted).rejects.toBe(refused);
    const next = submit("next");
    await time.pass(0);
    await outcome;
    expect(next.value).toBe("committed");
  });

  it("takes a change that is submitted while another is applied", async () => {
    await start();
    const nested: Outcome[] = [];
    instance.onEvent = (line) => {
      if (line === "change 1") nested.push(submit("nested"));
    };
    const own = submit("own");
    await time.pass(0);
    expect([own.value, nested[0]?.value]).toEqual(["committed", "committed"]);
    expect(await reasons()).toEqual(["own", "nested"]);
  });

  it("applies very many that were missed before it holds the store, and then all that come", async () => {
    await start();
    store.deaf = true;
    for (let id = 0; id < 101; id++) await writeOther(store.store, `${id}`);
    const before: string[][] = [];
    store.fault = (method) => ({
      before: async () => {
        if (method !== "write") return;
        before.push([...instance.log]);
        // Before the second attempt others are as fast again.
        if (before.length === 2) for (let id = 0; id < 101; id++) await writeOther(store.store, `more ${id}`);
      },
    });
    const own = submit("own");
    await time.pass(0);
    expect(own.value).toBe("committed");
    expect(before.map(({ length }) => length)).toEqual([0, 101]);
    expect(instance.log).toHaveLength(203);
    expect(instance.wrong).toEqual([]);
  });

  it("composes again where the store tries again", async () => {
    await start();
    vi.spyOn(store.store, "write").mockImplementationOnce(async (write: StoreWrite): Promise<StoreWritten> => {
      write.compose([]);
      await writeOther(store.store, "other");
      return store.store.write(write);
    });
    const own = submit("own");
    await time.pass(0);
    expect(own.value).toBe("committed");
    expect(instance.log).toEqual(["change 1", "change 2"]);
    expect(instance.wrong).toEqual([]);
  });
});

describe("submit while the store is not there", () => {
  it("waits for the outcome of the first attempt", async () => {
    befalls("load", { before: () => time.sleep(300) });
    follower.start();
    const own = submit("own");
    await time.pass(299);
    expect(store.calls).not.toContain("write");
    await time.pass(1);
    expect(own.value).toBe("committed");
  });

  it("rejects where the first attempt fails", async () => {
    befalls("load", { before: refuse });
    const own = submit("own");
    follower.start();
    await time.pass(0);
    expect(own.value).toBe("STORE_UNAVAILABLE");
  });

  it("rejects at once while it is away, and says why", async () => {
    await start();
    befalls("subscribe", { before: refuse });
    store.cut();
    await time.pass(0);
    const own = submit("own");
    await time.settle();
    expect(own.error?.message).toBe(
      'The store "faulty" (namespace "test") is away, and nothing was changed: The wire is cut.',
    );
    expect(own.error).toMatchObject({ code: "STORE_UNAVAILABLE", cause: { code: "STORE_UNAVAILABLE" } });
    expect(store.calls).not.toContain("write");
  });

  it("rejects at once what waits behind another when the store goes away, while that one goes on", async () => {
    await start();
    befalls("write", { before: () => time.sleep(3_000) });
    const first = submit("first");
    const second = submit("second");
    store.cut();
    await time.pass(0);
    expect([first.value, second.value]).toEqual(["pending", "STORE_UNAVAILABLE"]);
    await time.pass(3_000);
    expect(first.value).toBe("committed");
    expect(instance.wrong).toEqual([]);
  });

  it("asks the store at once after a write that did not reach it", async () => {
    await start();
    store.fault = () => ({ before: refuse });
    const own = submit("own");
    await time.pass(0);
    expect(own.value).toBe("STORE_UNAVAILABLE");
    expect(instance.log).toEqual(["stale", "error STORE_UNAVAILABLE"]);
  });

  it("finds out soon what became of a change in doubt", async () => {
    await start();
    store.deaf = true;
    const inDoubt = async () => {
      throw new BurgeeError("STORE_OUTCOME_UNKNOWN", "The wire was cut.");
    };
    befalls("write", { after: inDoubt });
    const own = submit("own");
    await time.pass(0);
    expect(own.value).toBe("STORE_OUTCOME_UNKNOWN");
    expect(instance.log).toEqual(["change 1"]);
  });

  it("wraps what a store should not reject with", async () => {
    await start();
    const odd = async () => {
      throw new Error("deadlock");
    };
    befalls("write", { before: odd });
    const own = submit("own");
    await time.pass(0);
    expect(own.error).toMatchObject({
      code: "STORE_FAILED",
      message: 'The store "faulty" (namespace "test") failed: deadlock.',
    });
  });
});

describe("a write that does not end", () => {
  it("is given up after 30 s; nothing is composed for it any more, and the next one goes on", async () => {
    await start();
    befalls("write", { before: () => time.sleep(31_000) });
    const own = submit("own");
    const next = submit("next");
    await time.pass(29_999);
    expect(own.value).toBe("pending");
    store.fault = () => ({});
    await time.pass(1);
    expect(own.error).toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: 'The store "faulty" (namespace "test") did not answer within 30000 ms; nothing was changed.',
    });
    expect(next.value).toBe("committed");
    // Now the store comes to the first one.
    await time.pass(5_000);
    expect(await reasons()).toEqual(["next"]);
  });

  it("is in doubt where its change was composed", async () => {
    await start();
    befalls("write", { after: never });
    const own = submit("own");
    await time.pass(30_000);
    expect(own.error?.code).toBe("STORE_OUTCOME_UNKNOWN");
    expect(own.error?.message).toContain("it may have been carried out, or not");
    expect(instance.log).toEqual(["change 1"]);
  });
});

describe("a store with another history", () => {
  it("loads everything anew, and writes the change then", async () => {
    await writeOther(store.store, "a");
    await start();
    store.store = new MemoryStore();
    await writeOther(store.store, "b");
    const own = submit("own");
    await time.pass(0);
    expect(own.value).toBe("committed");
    expect(instance.log).toEqual(["whole 1", "change 2"]);
    expect(await reasons()).toEqual(["b", "own"]);
  });

  it("composes nothing while everything is loaded anew", async () => {
    await start();
    store.deaf = true;
    for (const id of ["a", "b"]) await writeOther(store.store, id);
    const all = await store.store.changesSince({ revision: 0, hash: "0".repeat(64) }, 10);
    const changes = all.outcome === "changes" ? all.changes.slice(1) : [];
    vi.spyOn(store.store, "changesSince").mockResolvedValueOnce({ outcome: "changes", changes });
    befalls("load", { before: () => time.sleep(500) });
    await time.pass(1_000);
    const own = submit("own");
    await time.pass(499);
    expect([instance.log, await reasons()]).toEqual([[], ["a", "b"]]);
    await time.pass(1);
    expect(own.value).toBe("committed");
    expect(instance.log).toEqual(["whole 2", "change 3"]);
  });

  it("applies and composes nothing until what was loaded anew is in force", async () => {
    await writeOther(store.store, "a");
    await start();
    const whole = instance.whole.bind(instance);
    vi.spyOn(instance, "whole").mockImplementation((state) => time.sleep(500).then(() => whole(state)));
    store.store = new MemoryStore();
    await writeOther(store.store, "b");
    await time.pass(1_000);
    const own = submit("own");
    await writeOther(store.store, "c");
    await time.pass(499);
    expect([instance.log, await reasons()]).toEqual([[], ["b", "c"]]);
    await time.pass(1);
    expect([own.value, instance.log]).toEqual(["committed", ["whole 1", "change 2", "change 3"]]);
    expect(instance.wrong).toEqual([]);
  });

  it("goes on where what was loaded anew cannot be put in force, and tells", async () => {
    await writeOther(store.store, "a");
    await start();
    vi.spyOn(instance, "whole").mockRejectedValueOnce(new Error("no"));
    store.store = new MemoryStore();
    await writeOther(store.store, "b");
    await time.pass(1_000);
    expect(instance.log).toEqual(["error STORE_FAILED"]);
    expect(instance.errors[0]?.message).toMatch(/gave the state at revision 1, which could not be applied: no/);
    await writeOther(store.store, "c");
    await time.pass(1_000);
    expect(instance.log.at(-1)).toBe("change 2");
  });

  it("applies an own change once that was committed before everything was loaded anew", async () => {
    await start();
    store.deaf = true;
    const slow = { load: { before: () => time.sleep(500) }, write: { after: () => time.sleep(1_200) } };
    store.fault = (method) => (method === "load" || method === "write" ? slow[method] : {});
    const own = submit("own");
    await time.pass(0);
    for (const id of ["a", "b"]) await writeOther(store.store, id);
    const all = await store.store.changesSince({ revision: 0, hash: "0".repeat(64) }, 10);
    const changes = all.outcome === "changes" ? all.changes.slice(1) : [];
    vi.spyOn(store.store, "changesSince").mockResolvedValueOnce({ outcome: "changes", changes });
    await time.pass(1_300);
    expect([own.value, instance.log]).toEqual(["pending", []]);
    await time.pass(200);
    expect([own.value, instance.log]).toEqual(["committed", ["whole 3"]]);
    expect(instance.head).toEqual(await store.store.head());
  });

  it("is given up where that never ends", async () => {
    await start();
    const write = vi.spyOn(store.store, "write").mockResolvedValue({ outcome: "diverged" });
    const own = submit("own");
    await time.pass(100);
    expect(own.error).toMatchObject({
      code: "STORE_FAILED",
      message:
        'The store "faulty" (namespace "test") was found at another point of its history 5 times; nothing was changed.',
    });
    expect(write).toHaveBeenCalledTimes(5);
    write.mockRestore();
    const next = submit("next");
    await time.pass(0);
    expect(next.value).toBe("committed");
  });

  it("composes nothing where the changes that were missed do not continue from what the instance has", async () => {
    await start();
    await writeOther(store.store, "a");
    await time.pass(0);
    const fresh = new FaultyStore();
    await writeOther(fresh.store, "of another store");
    await writeOther(fresh.store, "of another store");
    const foreign = await fresh.store.changesSince({ revision: 0, hash: "0".repeat(64) }, 10);
    const changes = foreign.outcome === "changes" ? foreign.changes : [];
    const composed: unknown[] = [];
    vi.spyOn(store.store, "write").mockImplementationOnce(async (write: StoreWrite) => {
      composed.push(write.compose(changes));
      throw new Error("not reached");
    });
    const own = submit("own");
    await time.pass(100);
    expect(composed).toEqual([]);
    expect(own.value).toBe("committed");
    expect(instance.wrong).toEqual([]);
  });

  it("resolves when the change has been applied, also where the follower has to look for it", async () => {
    await start();
    const outer = store.store;
    vi.spyOn(outer, "write").mockImplementationOnce(async (write: StoreWrite) => {
      vi.mocked(outer.write).mockRestore();
      const written = await outer.write(write);
      const head = await outer.head();
      await writeOther(outer, "after it");
      const more = await outer.changesSince(head, 1);
      // A store that answers with a later change than the one that was composed.
      return more.outcome === "changes" && more.changes[0]
        ? { outcome: "committed", change: more.changes[0] }
        : written;
    });
    store.deaf = true;
    const own = submit("own");
    await time.pass(0);
    expect(own.value).toBe("committed");
    expect(instance.log).toEqual(["change 1", "change 2"]);
  });
});

describe("close", () => {
  it("ends everything, and can be called again", async () => {
    await start();
    const closed = follower.close();
    expect(follower.close()).toBe(closed);
    expect(follower.status.state).toBe("closed");
    await time.settle();
    await closed;
    expect(instance.log).toEqual(["closed"]);
    expect(store.listeners.size).toBe(0);
    expect(time.waiting).toBe(0);
  });

  it("can be called before the start, which does nothing then", async () => {
    await follower.close();
    follower.start();
    await time.pass(5_000);
    expect(store.calls).toEqual([]);
    expect(submit("own").value).toBe("pending");
    await time.settle();
  });

  it("can be called from where the status is told, and from where a change is applied", async () => {
    instance.onEvent = (line) => {
      if (line === "change 1" || line === "closed") void follower.close();
    };
    await start();
    for (const id of ["a", "b", "c"]) await writeOther(store.store, id);
    await time.pass(1_000);
    expect(instance.log).toEqual(["change 1", "closed"]);
    expect(time.waiting).toBe(0);
  });

  it("rejects what waits, and what the store has not come to", async () => {
    await start();
    store.deaf = true;
    await writeOther(store.store, "other");
    befalls("write", { before: () => time.sleep(3_000) });
    const outcomes = [submit("first"), submit("second")];
    await time.pass(10);
    const closed = follower.close();
    await time.settle();
    await closed;
    const late = submit("late");
    await time.pass(5_000);
    expect([...outcomes, late].map((outcome) => outcome.value)).toEqual(["CLOSED", "CLOSED", "CLOSED"]);
    expect(late.error?.message).toBe(
      'The store "faulty" (namespace "test") is not followed any more, as close() was called.',
    );
    expect(await reasons()).toEqual(["other"]);
    expect(instance.log).toEqual(["closed"]);
    expect(time.waiting).toBe(0);
  });

  it("waits for a change that is being committed, and applies it", async () => {
    await start();
    store.deaf = true;
    befalls("write", { after: () => time.sleep(3_000) });
    const own = submit("own");
    await time.pass(10);
    const closed = follower.close();
    await time.pass(3_000);
    await closed;
    expect(own.value).toBe("committed");
    expect(instance.log).toEqual(["closed", "change 1"]);
  });

  it("waits for it 5 s at most", async () => {
    await start();
    befalls("write", { after: never });
    const own = submit("own");
    await time.pass(10);
    const closed = follower.close();
    await time.pass(4_999);
    expect(own.value).toBe("pending");
    await time.pass(1);
    await closed;
    expect(own.value).toBe("STORE_OUTCOME_UNKNOWN");
    expect(time.waiting).toBe(0);
  });

  it("composes nothing where a missed change closes everything", async () => {
    await start();
    store.deaf = true;
    await writeOther(store.store, "other");
    instance.onEvent = (line) => {
      if (line === "change 1") void follower.close();
    };
    const own = submit("own");
    await time.pass(10);
    expect(own.value).toBe("CLOSED");
    expect(await reasons()).toEqual(["other"]);
  });

  it("does not wait for a question that hangs", async () => {
    await start();
    befalls("head", { before: never });
    await time.pass(1_500);
    const closed = follower.close();
    await time.settle();
    await closed;
    expect(time.waiting).toBe(0);
  });
});
