import { AsyncLocalStorage } from "node:async_hooks";
import { type FlagChange, type MemoryStore as Memory, MemoryStore, type StoreWrite } from "burgee";
import { describe, expect, test } from "vitest";
import { rejectionOf, settled } from "./fixtures/isolated.js";
import { ManualClock } from "./fixtures/manual-clock.js";
import { fleet, reached, readyFlags, type Stored, storedFlags } from "./fixtures/stored.js";

/** Has a store tell when it begins to commit, and wait until it may. */
function slow(store: Memory): { readonly asked: Promise<void>; readonly go: () => void } {
  const write = store.write.bind(store);
  let go = () => {};
  let begun = () => {};
  const asked = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  Reflect.set(store, "write", async (request: StoreWrite) => {
    const written = write(request);
    begun();
    await gate;
    return written;
  });
  return { asked, go };
}

describe("listeners", () => {
  test("are called before the command's promise goes on, and never while the store is writing", async () => {
    const store = new MemoryStore();
    const order: string[] = [];
    const write = store.write.bind(store);
    Reflect.set(store, "write", (request: StoreWrite) =>
      write({
        ...request,
        compose: (missed) => {
          order.push("begin");
          const composed = request.compose(missed);
          order.push("end");
          return composed;
        },
      }),
    );
    const [one, two] = (await fleet(2, store)) as [Stored, Stored];
    for (const event of ["audit", "error", "status"] as const) one.on(event, () => void order.push(event));
    one.onFlagChanged("*", ({ flag, value, revision }) => void order.push(`${flag} ${value} ${revision}`));
    // The second command finds the first one, which it has to apply while the store waits.
    await Promise.all([two.setFlag("limit", 1), one.setFlag("limit", 2).then(() => order.push("done"))]);
    const mine = order.slice(order.indexOf("limit 1 1") - 1);
    expect(order.filter((what) => what === "begin")).toHaveLength(2);
    expect(mine.filter((what) => !["begin", "end"].includes(what))).toEqual([
      "audit",
      "limit 1 1",
      "audit",
      "limit 2 2",
      "done",
    ]);
    for (const [index, what] of order.entries()) if (what === "begin") expect(order[index + 1]).toBe("end");
  });

  test("may give commands, which follow in the order in which they are given", async () => {
    const [one, two] = (await fleet(2)) as [Stored, Stored];
    const given: Promise<boolean>[] = [];
    one.onFlagChanged("checkout", ({ value }) => {
      if (value === true) given.push(one.setFlag("express", true), one.setFlag("limit", 1));
    });
    const sequence: unknown[] = [];
    two.onFlagChanged("*", ({ flag, revision }) => void sequence.push([flag, revision]));
    await one.setFlag("checkout", true);
    expect(await Promise.all(given)).toEqual([true, true]);
    await reached(two, 3);
    await settled();
    expect(sequence).toEqual([
      ["checkout", 1],
      ["express", 2],
      ["limit", 3],
    ]);
  });

  test("are called outside the context of whoever gave the command", async () => {
    const flags = await readyFlags(new MemoryStore());
    const requests = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    flags.onFlagChanged("*", () => void seen.push(flags.evaluate("checkout").reason));
    await flags.setRule("checkout", { allow: ["u1"], rollout: 0 });
    await requests.run("a request", () =>
      flags.runWithContext({ userId: "u1" }, async () => {
        expect(flags.isEnabled("checkout")).toBe(true);
        await flags.setRule("checkout", { allow: ["u1", "u2"], rollout: 0 });
        expect(flags.isEnabled("checkout")).toBe(true);
      }),
    );
    expect(flags.isEnabled("checkout")).toBe(false);
    expect(seen).toHaveLength(2);
    expect(new Set(seen).size).toBe(1);
  });

  test("hear of every instance's changes in one order, and once of each", async () => {
    const instances = (await fleet(3)) as [Stored, Stored, Stored];
    const heard = instances.map((flags) => {
      const changes: FlagChange[] = [];
      flags.onFlagChanged("*", (change) => void changes.push(change as FlagChange));
      return changes;
    });
    await Promise.all(
      instances.flatMap((flags, index) => [
        flags.setFlag("limit", index),
        flags.setFlag("checkout", index % 2 === 0),
        flags.kill("model"),
        flags.revive("model"),
      ]),
    );
    const { sequence } = await instances[0].auditHead();
    await Promise.all(instances.map((flags) => reached(flags, sequence)));
    await settled();
    const [first, ...others] = heard.map((changes) => changes.map(({ sequence: _own, ...change }) => change));
    for (const other of others) expect(other).toEqual(first);
    const revisions = first?.map(({ revision = 0 }) => revision) ?? [];
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
  });
});

describe("close", () => {
  test("waits for what is being committed, which is then in force and kept", async () => {
    const store = new MemoryStore();
    const flags = await readyFlags(store);
    const { asked, go } = slow(store);
    const setting = flags.setFlag("limit", 20);
    await asked;
    const closing = flags.close();
    go();
    await closing;
    expect(await setting).toBe(true);
    expect(flags.value("limit")).toBe(20);
    expect((await store.head()).revision).toBe(1);
  });

  test("commits nothing of what has not begun", async () => {
    const store = new MemoryStore();
    const flags = await readyFlags(store);
    const { asked, go } = slow(store);
    const first = flags.setFlag("limit", 20);
    const second = flags.setFlag("limit", 30);
    await asked;
    const closing = flags.close();
    expect((await rejectionOf(second)).code).toBe("CLOSED");
    go();
    await Promise.all([first, closing]);
    expect((await store.head()).revision).toBe(1);
  });

  test("leaves the store to others, and gives the same promise again", async () => {
    const store = new MemoryStore();
    const [one, two] = (await fleet(2, store)) as [Stored, Stored];
    await using closed = one;
    expect(closed.close()).toBe(one.close());
    await one.close();
    expect(await two.setFlag("limit", 20)).toBe(true);
    expect(one.value("limit")).toBe(10);
  });

  test("before it has started connects with nothing", async () => {
    const store = new MemoryStore();
    let subscribed = 0;
    Reflect.set(store, "subscribe", () => {
      subscribed++;
      return Promise.reject(new Error("no"));
    });
    await storedFlags(store).close();
    expect(subscribed).toBe(0);
  });
});

describe("time", () => {
  test("that is up comes before what is committed, and is told by itself", async () => {
    const clock = new ManualClock(Date.parse("2027-01-01T00:00:00Z"));
    const store = new MemoryStore();
    const flags = await readyFlags(store, { clock });
    await flags.setRule("checkout", { schedule: { from: "2027-01-02" } });
    await flags.setFlag("express", true).catch(() => {});
    const told: unknown[] = [];
    flags.onFlagChanged("*", ({ flag, cause }) => void told.push([flag, cause.kind]));
    clock.pass(Date.parse("2027-01-03T00:00:00Z"));
    await flags.setFlag("limit", 20);
    expect(told).toEqual([
      ["checkout", "schedule"],
      ["limit", "set"],
    ]);
    expect((await flags.getAuditLog({ limit: 1 }))[0]?.affected).toHaveLength(1);
  });

  test("that an override has is up before a command that comes later, and is told by itself", async () => {
    const clock = new ManualClock(1_000_000);
    const store = new MemoryStore();
    const [one, two] = [await readyFlags(store, { clock }), await readyFlags(store, { clock, instance: "two" })];
    await one.setFlag("limit", 20, { ttlMs: 1_000 });
    await reached(two, 1);
    const told: unknown[] = [];
    for (const flags of [one, two]) flags.onFlagChanged("*", ({ cause, value }) => void told.push([cause.kind, value]));
    clock.pass(1_002_000);
    await one.setFlag("limit", 30);
    await reached(two, 2);
    await settled();
    expect(told.sort()).toEqual([
      ["expiry", 10],
      ["expiry", 10],
      ["set", 30],
      ["set", 30],
    ]);
    expect((await one.getAuditLog({ limit: 1 }))[0]?.affected).toEqual([
      { flag: "limit", from: { value: 10 }, to: { value: 30 } },
    ]);
  });

  test("that is up while a command is on its way to the store ends an override all the same", async () => {
    const clock = new ManualClock(1_000_000);
    const store = new MemoryStore();
    const flags = await readyFlags(store, { clock });
    expect((await rejectionOf(flags.setFlag("limit", 20, { expiresAt: 999_999 }))).code).toBe("INVALID_OPTIONS");
    const { go } = slow(store);
    const setting = flags.setFlag("limit", 20, { ttlMs: 1_000 });
    await settled();
    clock.set(1_001_000);
    go();
    expect(await setting).toBe(true);
    expect(flags.value("limit")).toBe(10);
  });
});
