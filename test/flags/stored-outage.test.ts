import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { BurgeeError, createFlags, defineFlags, type FlagsStatus, flag, formatExplanation, MemoryStore } from "burgee";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { errorsOf, isolated, rejectionOf, settled } from "./fixtures/isolated.js";
import { ManualClock } from "./fixtures/manual-clock.js";
import { fleet, inState, reached, readyFlags, type Stored, storedFlags, until } from "./fixtures/stored.js";

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "burgee-stored-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "flags.json");
}

/** Resolves when nothing is killed on this instance alone any more. */
const written = (flags: Stored) => until(flags, "status", () => flags.status().localKills.length === 0);

describe("while the store is away", () => {
  test("the last state answers, commands are refused, and all goes on when it is back", async () => {
    const clock = new ManualClock(10_000);
    const store = new MemoryStore();
    const flags = await readyFlags(store, { clock });
    const errors = errorsOf(flags);
    await flags.setFlag("limit", 20);
    clock.pass(20_000);
    const end = store.outage("pulled the plug");
    const status = await inState(flags, "stale");
    expect(status).toMatchObject({ state: "stale", since: 20_000, store: { revision: 1 } });
    expect(status.error).toMatchObject({ code: "STORE_UNAVAILABLE" });
    clock.pass(25_000);
    expect(flags.value("limit")).toBe(20);
    expect(flags.explain("limit").store).toEqual({ state: "stale", since: 20_000, ageMs: 5_000, revision: 1 });
    for (const command of [flags.setFlag("limit", 30), flags.kill("limit"), flags.resetAll()])
      expect((await rejectionOf(command)).code).toBe("STORE_UNAVAILABLE");
    expect((await rejectionOf(flags.getAuditLog())).code).toBe("STORE_UNAVAILABLE");
    expect(flags.value("limit")).toBe(20);
    end();
    await inState(flags, "ready");
    expect(flags.explain("limit").store).toEqual({ state: "ready", since: 25_000, revision: 1 });
    expect(flags.status().error).toBeUndefined();
    expect(await flags.setFlag("limit", 30)).toBe(true);
    expect(errors.map(({ code }) => code)).toEqual(["STORE_UNAVAILABLE"]);
  });

  test("a process starts without it, says so, and is ready when it is there", async () => {
    const store = new MemoryStore();
    const end = store.outage();
    const flags = storedFlags(store);
    expect((await rejectionOf(flags.ready({ timeoutMs: 20 }))).code).toBe("STORE_UNAVAILABLE");
    expect((await rejectionOf(flags.ready({ timeoutMs: -1 }))).code).toBe("INVALID_OPTIONS");
    expect((await rejectionOf(flags.ready({ timoutMs: 1 } as never))).code).toBe("INVALID_OPTIONS");
    expect(flags.value("limit")).toBe(10);
    expect(flags.explain("limit").store).not.toHaveProperty("ageMs");
    end();
    await flags.ready();
    expect(flags.status().state).toBe("ready");
    const closing = storedFlags(store);
    const waiting = closing.ready();
    await closing.close();
    expect((await rejectionOf(waiting)).code).toBe("CLOSED");
  });

  test("overrides expire by the instance's own clock, and are not put in force again", async () => {
    const clock = new ManualClock(1_000_000);
    const store = new MemoryStore();
    const flags = await readyFlags(store, { clock });
    await flags.setFlag("limit", 20, { ttlMs: 60_000 });
    await flags.setFlag("database", "postgres", { ttlMs: 120_000 });
    const end = store.outage();
    await inState(flags, "stale");
    clock.set(1_060_000);
    expect([flags.value("limit"), flags.value("database")]).toEqual([10, "postgres"]);
    end();
    await inState(flags, "ready");
    expect(flags.value("limit")).toBe(10);
    const later = await readyFlags(store, { clock });
    expect([later.value("limit"), later.value("database")]).toEqual([10, "postgres"]);
    clock.set(1_120_000);
    expect(later.value("database")).toBe("sqlite");
    expect(await later.resetFlag("database")).toBe(false);
    expect(await later.resetAll()).toBe(0);
    expect((await store.load()).flags).toHaveLength(2);
    // The next command takes the place of what has expired.
    await later.kill("limit");
    expect((await store.load()).flags.find(({ flag }) => flag === "limit")).not.toHaveProperty("override");
  });

  test("what others did meanwhile is told one by one, in order, when it is back", async () => {
    const store = new MemoryStore();
    const flags = await readyFlags(store);
    const later: number[] = [];
    flags.onFlagChanged("*", ({ revision = 0 }) => void later.push(revision));
    const end = store.outage();
    await inState(flags, "stale");
    end();
    const other = await readyFlags(store, { instance: "two" });
    for (let value = 1; value <= 5; value++) await other.setFlag("limit", value);
    await reached(flags, 5);
    expect(later).toEqual([1, 2, 3, 4, 5]);
    expect(flags.value("limit")).toBe(5);
  });

  test("a store with another history is taken whole, in one commit", async () => {
    const store = new MemoryStore();
    const other = await readyFlags(new MemoryStore());
    await other.setFlag("limit", 1);
    await other.setFlag("limit", 2);
    await other.setFlag("checkout", true);
    const restored = (await fleet(1))[0] as Stored;
    expect(restored.status().state).toBe("ready");
    const flags = await readyFlags(store);
    await flags.setFlag("limit", 5);
    await flags.setFlag("model", "treatment");
    await flags.setFlag("headers", false);
    const elsewhere = new MemoryStore();
    const writer = await readyFlags(elsewhere, { instance: "two" });
    await writer.setFlag("limit", 7);
    await writer.setFlag("headers", false);
    const end = store.outage();
    await inState(flags, "stale");
    // The same store object, with what a backup holds.
    for (const method of ["load", "head", "changesSince", "write", "subscribe"] as const)
      Reflect.set(store, method, Reflect.get(elsewhere, method).bind(elsewhere));
    const changes: unknown[] = [];
    flags.onFlagChanged("*", ({ flag, value, cause, revision, source }) => {
      changes.push([flag, value, cause.kind, revision, source]);
    });
    end();
    await inState(flags, "ready");
    expect(flags.status().store?.revision).toBe(2);
    expect(changes).toEqual([
      ["limit", 7, "resync", 2, "store"],
      ["model", undefined, "resync", 2, "store"],
    ]);
    expect(flags.localAudit.entries({ limit: 1 })).toMatchObject([{ action: "resync", source: "store", revision: 2 }]);
    expect(flags.revision("model")).toBe(0);
    expect(await flags.setFlag("model", "treatment", { expectedRevision: 0 })).toBe(true);
    await reached(writer, 3);
    expect(writer.resolveVariant("model", { userId: "u" })).toBe("treatment");
  });
});

describe("a local kill", () => {
  test("acts at once, shows, survives a return of the store, and is written in the name of who gave it", async () => {
    const store = new MemoryStore();
    const [one, two] = (await fleet(2, store)) as [Stored, Stored];
    await one.setFlag("checkout", true);
    await one.setFlag("express", true);
    await reached(two, 2);
    const statuses: FlagsStatus[] = [];
    one.on("status", (status) => void statuses.push(status));
    const end = store.outage();
    await inState(one, "stale");
    const changes: unknown[] = [];
    one.onFlagChanged("*", ({ flag, cause, actor }) => void changes.push([flag, cause.kind, actor]));
    const killing = one.kill("checkout", { local: true, actor: "ana", reason: "errors", source: "ops" });
    expect(one.isEnabled("checkout")).toBe(false);
    expect(changes).toEqual([]);
    expect(await killing).toBe(true);
    expect(changes).toEqual([
      ["checkout", "kill", "ana"],
      ["express", "dependency", "ana"],
    ]);
    expect(await one.kill("checkout", { local: true })).toBe(false);
    expect(one.status().localKills).toEqual(["checkout"]);
    expect(statuses.at(-1)?.localKills).toEqual(["checkout"]);
    expect(two.isEnabled("checkout")).toBe(true);
    end();
    await written(one);
    await reached(two, 3);
    expect([one.isEnabled("express"), two.isEnabled("express")]).toEqual([false, false]);
    expect((await two.getAuditLog())[0]).toMatchObject({
      ...{ action: "kill", flag: "checkout", actor: "ana", reason: "errors", source: "ops", instance: "i0" },
      affected: [{ flag: "checkout" }, { flag: "express" }],
      warnings: [expect.stringMatching(/^flag "checkout" was killed on one instance alone at 20/)],
    });
    // It is one kill, told once.
    expect(changes).toHaveLength(2);
    expect(await two.revive("checkout")).toBe(true);
    await reached(one, 4);
    expect(one.isEnabled("express")).toBe(true);
  });

  test("is written at once where the store is there", async () => {
    const [one, two] = (await fleet(2)) as [Stored, Stored];
    expect(await one.kill("limit", { local: true })).toBe(true);
    await reached(two, 1);
    await written(one);
    expect(await two.revive("limit")).toBe(true);
    await reached(one, 2);
    expect(await one.kill("limit")).toBe(true);
    expect(await one.kill("limit", { local: true })).toBe(false);
  });

  test("is taken back by revive, and then never reaches the store", async () => {
    const store = new MemoryStore();
    const flags = await readyFlags(store);
    await flags.setFlag("checkout", true);
    const end = store.outage();
    await inState(flags, "stale");
    await flags.kill("checkout", { local: true });
    expect(await flags.revive("checkout", { actor: "ben" })).toBe(true);
    expect(flags.isEnabled("checkout")).toBe(true);
    expect(flags.status().localKills).toEqual([]);
    expect((await rejectionOf(flags.revive("checkout"))).code).toBe("STORE_UNAVAILABLE");
    end();
    await inState(flags, "ready");
    await settled();
    expect(await flags.auditHead()).toMatchObject({ sequence: 1 });
    expect(flags.localAudit.entries().map(({ action }) => action)).toEqual(["revive", "kill", "set"]);
  });

  test("is nothing that others' commands are said to have changed", async () => {
    const store = new MemoryStore();
    const [one, two] = (await fleet(2, store)) as [Stored, Stored];
    await one.setFlag("checkout", true);
    const end = store.outage();
    await inState(one, "stale");
    await one.kill("checkout", { local: true });
    await one.kill("limit", { local: true });
    end();
    // Somebody else is faster, so there is nothing to write any more.
    await two.kill("limit").catch(() => inState(two, "ready").then(() => two.kill("limit")));
    await written(one);
    const entries = await one.getAuditLog(undefined, { source: "runtime" });
    expect(entries.filter(({ flag }) => flag === "limit")).toHaveLength(1);
    expect(entries.find(({ flag }) => flag === "checkout")?.affected).toEqual([
      { flag: "checkout", from: { value: true }, to: { value: false } },
    ]);
  });

  test("and the store's own kill are both lifted by one revive", async () => {
    const store = new MemoryStore();
    const [one, two] = (await fleet(2, store)) as [Stored, Stored];
    await two.kill("limit");
    await two.setFlag("limit", 20);
    await reached(one, 2);
    const end = store.outage();
    await inState(one, "stale");
    await one.kill("limit", { local: true });
    const write = store.write.bind(store);
    let go: (() => void) | undefined;
    Reflect.set(store, "write", async (...args: Parameters<typeof write>) => {
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      Reflect.set(store, "write", write);
      return write(...args);
    });
    end();
    await inState(one, "ready");
    await inState(two, "ready");
    expect(one.status().localKills).toEqual(["limit"]);
    const reviving = one.revive("limit");
    await vi.waitUntil(() => go !== undefined);
    go?.();
    expect(await reviving).toBe(true);
    await reached(two, 3);
    expect([one, two].map((flags) => [flags.value("limit"), flags.status().localKills])).toEqual([
      [20, []],
      [20, []],
    ]);
    expect((await one.getAuditLog()).map(({ action }) => action)).toEqual(["revive", "set", "kill"]);
  });
});

describe("a local kill that the store does not take", () => {
  /** Has the next writes of a store end like this, before or after they are carried out. */
  function failing(store: MemoryStore, code: "STORE_FAILED" | "STORE_OUTCOME_UNKNOWN"): () => void {
    const write = store.write.bind(store);
    const isDone = code === "STORE_OUTCOME_UNKNOWN";
    Reflect.set(store, "write", async (...args: Parameters<typeof write>) => {
      await (isDone ? write(...args) : undefined);
      throw new BurgeeError(code, "nobody knows");
    });
    return () => Reflect.set(store, "write", write);
  }

  test("stays in force, is told, and is tried again when the store has been away", async () => {
    const store = new MemoryStore();
    const flags = await readyFlags(store);
    const errors = errorsOf(flags);
    const mended = failing(store, "STORE_FAILED");
    await flags.kill("limit", { local: true });
    await vi.waitUntil(() => errors.length > 0);
    expect(errors[0]).toMatchObject({
      ...{ code: "STORE_FAILED", flag: "limit" },
      message: expect.stringContaining('the local kill of "limit" is not in the store yet'),
    });
    expect([flags.value("limit"), flags.status().localKills]).toEqual([10, ["limit"]]);
    mended();
    const end = store.outage();
    await inState(flags, "stale");
    end();
    await written(flags);
    expect(await flags.auditHead()).toMatchObject({ sequence: 1 });
  });

  test("is known again where the store had it after all", async () => {
    const store = new MemoryStore();
    const flags = await readyFlags(store, { pollMs: 10 });
    const mended = failing(store, "STORE_OUTCOME_UNKNOWN");
    await flags.kill("limit", { local: true });
    await reached(flags, 1);
    expect(flags.status().localKills).toEqual([]);
    mended();
    expect(await flags.revive("limit")).toBe(true);
    expect(await flags.auditHead()).toMatchObject({ sequence: 2 });
  });
});

describe("a last-known-good file", () => {
  test("lets a process start while the store is away, and tells how old it is", async () => {
    const lastKnownGood = temporaryFile();
    const store = new MemoryStore();
    const before = await readyFlags(store, { lastKnownGood });
    await before.setFlag("checkout", true);
    await before.setFlag("limit", 20, { ttlMs: 3_600_000, actor: "ana" });
    await before.close();
    const end = store.outage();
    const flags = storedFlags(store, { lastKnownGood });
    expect([flags.isEnabled("checkout"), flags.value("limit")]).toEqual([true, 20]);
    const { store: explained, steps } = flags.explain("limit");
    expect(explained).toMatchObject({ state: "starting", revision: 2, ageMs: expect.any(Number) });
    expect(steps.find(({ step }) => step === "overrides")?.origin).toMatchObject({ actor: "ana" });
    expect(formatExplanation(flags.explain("limit"))).toMatch(
      /\n {2}store: starting since 20[^,]+Z, revision 2, up to \d+ ms old$/,
    );
    await inState(flags, "stale");
    expect(flags.explain("limit").store?.ageMs).toBeGreaterThanOrEqual(0);
    end();
    await flags.ready();
    expect(flags.localAudit.entries().map(({ action }) => action)).toEqual(["resync"]);
    expect(await flags.setFlag("limit", 30, { expectedRevision: 2 })).toBe(true);
  });

  test("is in the folder in which the process was at the start, where its path is relative", async () => {
    const lastKnownGood = temporaryFile();
    const cwd = vi.spyOn(process, "cwd").mockReturnValue(dirname(lastKnownGood));
    const flags = storedFlags(new MemoryStore(), { lastKnownGood: basename(lastKnownGood) });
    cwd.mockRestore();
    await flags.ready();
    await flags.close();
    expect(existsSync(lastKnownGood)).toBe(true);
  });

  test("keeps local kills through a restart, until the store has them", async () => {
    const lastKnownGood = temporaryFile();
    const store = new MemoryStore();
    const end = store.outage();
    const before = storedFlags(store, { lastKnownGood });
    await inState(before, "stale");
    await before.kill("headers", { local: true });
    await before.kill("limit", { local: true, actor: "ana" });
    await before.flush();
    await before.close();
    const flags = storedFlags(store, { lastKnownGood });
    expect(flags.status().localKills).toEqual(["headers", "limit"]);
    end();
    await written(flags);
    expect((await flags.getAuditLog("limit"))[0]).toMatchObject({ action: "kill", actor: "ana" });
    await flags.close();
    expect(storedFlags(store, { lastKnownGood }).status().localKills).toEqual([]);
  });

  test("keeps a local kill that another version gave, of a flag that this one does not have", async () => {
    const lastKnownGood = temporaryFile();
    const store = new MemoryStore();
    const end = store.outage();
    const newer = createFlags(defineFlags({ brand_new: flag.boolean({ default: true }) }), {
      ...{ ...isolated, store, lastKnownGood },
    });
    await newer.kill("brand_new", { local: true });
    await newer.close();
    end();
    const flags = await readyFlags(store, { lastKnownGood });
    await flags.setFlag("checkout", true);
    await flags.close();
    expect(flags.status().localKills).toEqual(["brand_new"]);
    expect(await store.head()).toMatchObject({ revision: 1 });
  });

  test("that is damaged is told, and in nobody's way", async () => {
    const lastKnownGood = temporaryFile();
    const store = new MemoryStore({ namespace: "shop" });
    const before = await readyFlags(store, { lastKnownGood });
    await before.setFlag("limit", 20);
    await before.close();
    const flags = storedFlags(new MemoryStore({ namespace: "other" }), { lastKnownGood });
    const errors = errorsOf(flags);
    expect(flags.value("limit")).toBe(10);
    await flags.ready();
    expect(errors.map(({ code }) => code)).toEqual(["STORE_FILE_DAMAGED"]);
  });
});
