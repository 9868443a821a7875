import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BurgeeError, type ErrorCode, type FlagStore, MemoryStore } from "burgee";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { errorsOf, recorder, rejectionOf, settled } from "./fixtures/isolated.js";
import { inState, reached, readyFlags, type Stored, storedFlags, until } from "./fixtures/stored.js";

/** The same store with other methods, for one of its instances. */
function around(store: FlagStore, methods: Partial<FlagStore>): FlagStore {
  return new Proxy(store, {
    get(target, name) {
      const found = Reflect.get(methods, name) ?? Reflect.get(target, name, target);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
}

/** The store as an instance has it whose writes fail until they are mended. */
function refusing(store: MemoryStore, code: ErrorCode) {
  const state = { code: code as ErrorCode | undefined, refused: 0 };
  const write: FlagStore["write"] = async (change) => {
    if (state.code === undefined) return store.write(change);
    state.refused += 1;
    throw new BurgeeError(state.code, "the write failed");
  };
  return { state, store: around(store, { write }) };
}

/** The store as an instance has it that can be cut off, alone; gives what mends it. */
function severable(store: MemoryStore) {
  const gone = new BurgeeError("STORE_UNAVAILABLE", "cut off");
  let isCut = false;
  let lost: ((cause: unknown) => void) | undefined;
  const subscribe: FlagStore["subscribe"] = async (listener) => {
    if (isCut) throw gone;
    lost = listener.lost;
    return store.subscribe(listener);
  };
  const cut = () => {
    isCut = true;
    lost?.(gone);
    return () => {
      isCut = false;
    };
  };
  return { store: around(store, { subscribe }), cut };
}

/** Resolves when nothing is killed on this instance alone any more. */
const written = (flags: Stored) => until(flags, "status", () => flags.status().localKills.length === 0);

const actions = async (flags: Stored) => (await flags.getAuditLog()).map(({ action }) => action).toReversed();

async function twoOf(one: FlagStore, two: FlagStore): Promise<[Stored, Stored]> {
  return [await readyFlags(one), await readyFlags(two, { instance: "two" })];
}

describe("a local kill whose write fails while the store is there", () => {
  test.each(["STORE_UNAVAILABLE", "STORE_FAILED", "STORE_OUTCOME_UNKNOWN"] as const)(
    "is tried again until the store has it, and told once: %s",
    async (code) => {
      const store = new MemoryStore();
      const { state, store: broken } = refusing(store, code);
      const [one, two] = await twoOf(broken, store);
      await one.setFlag("checkout", true).catch(() => two.setFlag("checkout", true));
      await reached(one, 1);
      const errors = errorsOf(one);
      expect(await one.kill("checkout", { local: true, actor: "ana" })).toBe(true);
      await vi.waitUntil(() => state.refused >= 4);
      expect(one.status()).toMatchObject({ state: "ready", localKills: ["checkout"] });
      expect(errors.map((error) => [error.code, error.flag])).toEqual([[code, "checkout"]]);
      expect(errors[0]?.message).toContain("is not in the store yet, and is tried again: the write failed");
      state.code = undefined;
      await written(one);
      await reached(two, 2);
      expect(two.isEnabled("checkout")).toBe(false);
      expect((await two.getAuditLog())[0]).toMatchObject({ action: "kill", actor: "ana", instance: "one" });
    },
  );

  test("is tried again too where the store came back while it was being written", async () => {
    const store = new MemoryStore();
    const { store: mine, cut } = severable(store);
    let fail: (() => void) | undefined;
    const write: FlagStore["write"] = (change) => {
      if (fail !== undefined) return store.write(change);
      return new Promise((_, reject) => {
        fail = () => reject(new BurgeeError("STORE_UNAVAILABLE", "reset"));
      });
    };
    const one = await readyFlags(around(mine, { write }));
    await one.kill("limit", { local: true });
    await vi.waitUntil(() => fail !== undefined);
    const mend = cut();
    await inState(one, "stale");
    mend();
    await inState(one, "ready");
    fail?.();
    await written(one);
    expect(await one.auditHead()).toMatchObject({ sequence: 1 });
  });

  test("gives way to an ordinary kill, which everybody can lift", async () => {
    const store = new MemoryStore();
    const { store: broken } = refusing(store, "STORE_FAILED");
    const [one, two] = await twoOf(broken, store);
    await two.setFlag("checkout", true);
    await reached(one, 1);
    await one.kill("checkout", { local: true });
    await two.kill("checkout");
    await reached(one, 2);
    expect(one.status().localKills).toEqual([]);
    await two.revive("checkout");
    await reached(one, 3);
    expect(one.isEnabled("checkout")).toBe(true);
  });
});

describe("a local kill that the store had already", () => {
  test("is not brought back by a restart, once somebody has revived the flag", async () => {
    const folder = mkdtempSync(join(tmpdir(), "burgee-kills-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const lastKnownGood = join(folder, "flags.json");
    const crashed = join(folder, "crashed.json");
    const store = new MemoryStore();
    const one = await readyFlags(store, { lastKnownGood });
    const two = await readyFlags(store, { instance: "two" });
    const end = store.outage();
    await inState(one, "stale");
    await one.kill("headers", { local: true, actor: "ana" });
    await one.flush();
    copyFileSync(lastKnownGood, crashed);
    end();
    await written(one);
    await inState(two, "ready");
    await two.revive("headers");
    const again = await readyFlags(store, { lastKnownGood: crashed });
    await settled();
    expect(again.status().localKills).toEqual([]);
    expect(await actions(two)).toEqual(["kill", "revive"]);
  });

  test("but is older than what was learnt of an outage: it is written all the same", async () => {
    const store = new MemoryStore();
    const { store: mine, cut } = severable(store);
    const [one, two] = await twoOf(mine, store);
    const mend = cut();
    await inState(one, "stale");
    await one.kill("limit", { local: true, actor: "ana" });
    await two.kill("limit");
    await two.revive("limit");
    mend();
    await written(one);
    expect(await actions(two)).toEqual(["kill", "revive", "kill"]);
    expect(await two.revive("limit")).toBe(true);
  });

  /** An instance that learns of its own kill by loading everything, and what others do before it does. */
  async function learningByLoad(before: (two: Stored) => Promise<unknown>) {
    const store = new MemoryStore();
    const two = await readyFlags(store, { instance: "two" });
    await two.setFlag("checkout", true);
    const state = { isArmed: false, isLost: false };
    const one = await readyFlags(
      around(store, {
        changesSince: async (...args) => (state.isLost ? { outcome: "diverged" } : store.changesSince(...args)),
        load: async () => {
          await vi.waitUntil(() => !state.isArmed);
          state.isLost = false;
          return store.load();
        },
        write: async (change) => {
          state.isLost = state.isArmed;
          const done = await store.write(change);
          if (!state.isArmed) return done;
          await before(two);
          state.isArmed = false;
          await vi.waitUntil(() => !state.isLost);
          return done;
        },
      }),
    );
    state.isArmed = true;
    await one.kill("checkout", { local: true });
    await written(one);
    return { one, two };
  }

  test("and was learnt by a load, is lifted by whoever revives it", async () => {
    const { one, two } = await learningByLoad((other) => reached(other, 2));
    await reached(one, 2);
    expect(one.isEnabled("checkout")).toBe(false);
    await two.revive("checkout");
    await reached(one, 3);
    expect(one.isEnabled("checkout")).toBe(true);
  });

  test("and was revived before it was learnt by a load, ends here too", async () => {
    const { one } = await learningByLoad((other) => reached(other, 2).then(() => other.revive("checkout")));
    await until(one, "audit", () => one.isEnabled("checkout"));
    expect(one.status().localKills).toEqual([]);
    expect(await actions(one)).toEqual(["set", "kill", "revive"]);
  });
});

describe("a local kill while the store is away", () => {
  test("counts where the flag was killed as far as is known, for that may be over", async () => {
    const store = new MemoryStore();
    const { store: mine, cut } = severable(store);
    const [one, two] = await twoOf(mine, store);
    await two.setFlag("checkout", true);
    await two.kill("checkout");
    await reached(one, 2);
    expect(await one.kill("checkout", { local: true })).toBe(false);
    const mend = cut();
    await inState(one, "stale");
    await two.revive("checkout");
    expect(await one.kill("checkout", { local: true, reason: "incident 2" })).toBe(true);
    expect(await one.kill("checkout", { local: true })).toBe(false);
    mend();
    await written(one);
    await reached(two, 4);
    expect([one.isEnabled("checkout"), two.isEnabled("checkout")]).toEqual([false, false]);
    expect(await actions(two)).toEqual(["set", "kill", "revive", "kill"]);
  });

  test("adds nothing where the store has its kill still", async () => {
    const store = new MemoryStore();
    const one = await readyFlags(store);
    await one.kill("limit");
    const end = store.outage();
    await inState(one, "stale");
    expect(await one.kill("limit", { local: true })).toBe(true);
    expect((await rejectionOf(one.revive("limit"))).code).toBe("STORE_UNAVAILABLE");
    expect(one.status().localKills).toEqual(["limit"]);
    end();
    await written(one);
    expect(await actions(one)).toEqual(["kill"]);
    expect(await one.revive("limit")).toBe(true);
  });

  test("is not lifted where the store may have it by now, and cannot be asked", async () => {
    const store = new MemoryStore();
    let end: (() => void) | undefined;
    const write: FlagStore["write"] = async (change) => {
      const done = await store.write(change);
      if (end !== undefined) return done;
      end = store.outage();
      throw new BurgeeError("STORE_OUTCOME_UNKNOWN", "cut in the commit");
    };
    // The news are lost with the connection.
    const subscribe: FlagStore["subscribe"] = (listener) =>
      store.subscribe({ news: () => {}, lost: (error) => listener.lost(error) });
    const one = await readyFlags(around(store, { write, subscribe }));
    await one.kill("headers", { local: true });
    await inState(one, "stale");
    expect((await rejectionOf(one.revive("headers"))).code).toBe("STORE_UNAVAILABLE");
    expect(one.status().localKills).toEqual(["headers"]);
    end?.();
    await inState(one, "ready");
    expect(one.status().localKills).toEqual([]);
    expect(await one.revive("headers")).toBe(true);
    expect(await actions(one)).toEqual(["kill", "revive"]);
  });

  test("is lifted with an expected revision only where that can be compared", async () => {
    const store = new MemoryStore();
    const { state, store: broken } = refusing(store, "STORE_FAILED");
    state.code = undefined;
    const one = await readyFlags(broken);
    await one.setFlag("limit", 20);
    const end = store.outage();
    await inState(one, "stale");
    await one.kill("limit", { local: true });
    expect((await rejectionOf(one.revive("limit", { expectedRevision: 1 }))).code).toBe("STORE_UNAVAILABLE");
    expect(one.status().localKills).toEqual(["limit"]);
    let isAsked = false;
    one.on("error", () => {
      isAsked = true;
    });
    state.code = "STORE_FAILED";
    end();
    await vi.waitUntil(() => isAsked);
    state.code = undefined;
    const refused = await rejectionOf(one.revive("limit", { expectedRevision: 77 }));
    expect(refused.code).toBe("STORE_CONFLICT");
    expect(await one.revive("limit", { expectedRevision: one.revision("limit") })).toBe(true);
    expect(one.value("limit")).toBe(20);
  });

  test("is ignored by read-only flags, which say so", async () => {
    const folder = mkdtempSync(join(tmpdir(), "burgee-kills-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const lastKnownGood = join(folder, "flags.json");
    const store = new MemoryStore();
    const one = await readyFlags(store, { lastKnownGood });
    const end = store.outage();
    await inState(one, "stale");
    await one.kill("headers", { local: true });
    await one.close();
    end();
    const { logger, lines } = recorder();
    const reader = storedFlags(store, { lastKnownGood, readOnly: true, logger });
    expect(reader.status().localKills).toEqual([]);
    await reader.ready();
    await settled();
    expect(await store.head()).toMatchObject({ revision: 0 });
    expect(lines.filter(({ level }) => level !== "info")).toMatchObject([
      { level: "warn", message: expect.stringContaining('a local kill of "headers", which read-only flags ignore') },
    ]);
  });
});
