import { type AnyFlagChange, MemoryStore } from "burgee";
import { describe, expect, test } from "vitest";
import { recorder, rejectionOf, settled } from "./fixtures/isolated.js";
import { ManualClock } from "./fixtures/manual-clock.js";
import { fleet, inState, reached, readyFlags, type registry, type Stored, storedFlags } from "./fixtures/stored.js";

/** What everybody is told of changes, in order. */
function changesOf(flags: Stored): AnyFlagChange<typeof registry.definitions>[] {
  const changes: AnyFlagChange<typeof registry.definitions>[] = [];
  flags.onFlagChanged("*", (change) => {
    changes.push(change);
  });
  return changes;
}

describe("a command", () => {
  test("is in force here when it resolves, and soon everywhere, with who gave it, when and why", async () => {
    const [one, two] = (await fleet(2)) as [Stored, Stored];
    const [here, there] = [changesOf(one), changesOf(two)];
    expect(await one.setFlag("checkout", true, { actor: "ana", reason: "launch", source: "ops" })).toBe(true);
    expect(one.isEnabled("checkout")).toBe(true);
    await reached(two, 1);
    expect(two.isEnabled("checkout")).toBe(true);
    expect(here).toEqual([
      {
        ...{ flag: "checkout", previous: false, value: true, source: "ops", actor: "ana", reason: "launch" },
        ...{ cause: { kind: "set" }, revision: 1, sequence: 1, at: expect.any(Number) },
      },
    ]);
    expect(there).toEqual(here);
  });

  test("gives whether it changed anything, and what changes nothing is written nowhere", async () => {
    const flags = await readyFlags(new MemoryStore());
    expect(await flags.setFlag("limit", 20)).toBe(true);
    expect(await flags.setFlag("limit", 20)).toBe(false);
    expect(await flags.resetFlag("checkout")).toBe(false);
    expect(await flags.revive("checkout")).toBe(false);
    expect(await flags.kill("checkout")).toBe(true);
    expect(await flags.kill("checkout")).toBe(false);
    expect(await flags.revive("checkout")).toBe(true);
    expect(await flags.setRollout("model", 50)).toBe(true);
    expect(await flags.setRule("database", { serve: "postgres" })).toBe(true);
    expect(await flags.resetAll()).toBe(3);
    expect(await flags.resetAll()).toBe(0);
    expect((await flags.auditHead()).sequence).toBe(6);
  });

  test("leaves the override of a flag that it kills, for when it is revived", async () => {
    const [one, two] = (await fleet(2)) as [Stored, Stored];
    await one.setFlag("limit", 20);
    await one.kill("limit");
    await reached(two, 2);
    expect(two.value("limit")).toBe(10);
    await two.revive("limit");
    expect(two.value("limit")).toBe(20);
    await reached(one, 3);
    expect(one.value("limit")).toBe(20);
  });

  test.each([
    ["FLAG_NOT_FOUND", (flags: Stored) => flags.setFlag("nope" as "checkout", true)],
    ["INVALID_VALUE", (flags: Stored) => flags.setFlag("limit", Number.NaN)],
    ["INVALID_VALUE", (flags: Stored) => flags.setFlag("checkout", undefined as never)],
    ["INVALID_RULE", (flags: Stored) => flags.setRule("checkout", { rollout: 101 })],
    ["INVALID_RULE", (flags: Stored) => flags.setRule("checkout", { when: { $segment: "nobody" } } as never)],
    ["DEPENDENCY_UNMET", (flags: Stored) => flags.setFlag("express", true)],
    ["INVALID_OPTIONS", (flags: Stored) => flags.setFlag("checkout", true, { expectdRevision: 1 } as never)],
    ["INVALID_OPTIONS", (flags: Stored) => flags.setFlag("checkout", true, { expectedRevision: -1 })],
    ["INVALID_OPTIONS", (flags: Stored) => flags.setFlag("checkout", true, { ttlMs: -1 })],
    ["INVALID_OPTIONS", (flags: Stored) => flags.resetFlag("checkout", null as never)],
    ["INVALID_OPTIONS", (flags: Stored) => flags.resetAll({ expectedRevision: 1 } as never)],
    ["INVALID_OPTIONS", (flags: Stored) => flags.kill("checkout", { local: 1 as never })],
    ["INVALID_OPTIONS", (flags: Stored) => flags.kill("checkout", { local: true, expectedRevision: 1 })],
    ["FLAG_NOT_FOUND", (flags: Stored) => flags.kill("nope" as "checkout", { local: true })],
  ])("that is refused rejects with %s, and changes nothing anywhere", async (code, give) => {
    const flags = await readyFlags(new MemoryStore());
    const changes = changesOf(flags);
    expect((await rejectionOf(give(flags))).code).toBe(code);
    expect(await flags.auditHead()).toMatchObject({ sequence: 0 });
    expect(flags.localAudit.entries()).toEqual([]);
    expect(changes).toEqual([]);
    // The next one is carried out.
    expect(await flags.setFlag("checkout", true)).toBe(true);
  });

  test("is refused with READ_ONLY and CLOSED, and reads go on", async () => {
    const store = new MemoryStore();
    const [writer, reader] = [await readyFlags(store), await readyFlags(store, { readOnly: true })];
    expect((await rejectionOf(reader.kill("checkout", { local: true }))).code).toBe("READ_ONLY");
    expect((await rejectionOf(reader.setFlag("checkout", true))).code).toBe("READ_ONLY");
    await writer.setFlag("checkout", true);
    await reached(reader, 1);
    expect(reader.isEnabled("checkout")).toBe(true);
    await reader.close();
    expect((await rejectionOf(reader.setFlag("checkout", true))).code).toBe("CLOSED");
    expect(reader.isEnabled("checkout")).toBe(true);
    expect(reader.status().state).toBe("closed");
  });

  test("reaches the store as JSON, so that every instance reads the same", async () => {
    const store = new MemoryStore();
    const flags = await readyFlags(store);
    const from = new Date("2027-01-01T00:00:00Z");
    const rule = { schedule: { from: from.toISOString() }, when: { joined: { $after: from } }, rollout: 50 };
    await flags.setRule("checkout", rule as never);
    rule.rollout = 1;
    const { flags: rows } = await store.load();
    expect(rows[0]?.override).toMatchObject({
      rule: { when: { joined: { $after: from.toISOString() } }, rollout: 50 },
    });
    const circular: { self?: unknown } = {};
    circular.self = circular;
    expect((await rejectionOf(flags.setRule("checkout", circular as never))).code).toBe("INVALID_RULE");
  });

  test("that is given by many at once is refused to none, and lost by none", async () => {
    const instances = await fleet(3);
    const commands = Array.from({ length: 30 }, (_, index) =>
      (instances[index % 3] as Stored).setFlag("limit", 100 + index),
    );
    expect(await Promise.all(commands)).toEqual(commands.map(() => true));
    await Promise.all(instances.map((flags) => reached(flags, 30)));
    const values = new Set(instances.map((flags) => flags.value("limit")));
    expect(values.size).toBe(1);
  });
});

describe("expectedRevision", () => {
  test("lets one of two through, and tells the other what has happened", async () => {
    const [one, two] = (await fleet(2)) as [Stored, Stored];
    await one.setFlag("limit", 20);
    await reached(two, 1);
    expect([one.revision("limit"), two.revision("limit"), two.revision("checkout")]).toEqual([1, 1, 0]);
    const results = await Promise.allSettled([
      one.setFlag("limit", 30, { expectedRevision: 1, actor: "ana", source: "ops" }),
      two.setFlag("limit", 40, { expectedRevision: 1 }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    const conflict = await rejectionOf(two.setFlag("limit", 40, { expectedRevision: 1 }));
    expect(conflict).toMatchObject({ code: "STORE_CONFLICT", flag: "limit" });
    expect(conflict.message).toMatch(
      /^flag "limit" is at revision 2, by ana \(ops\) at \d{4}-[^,]+Z, and not at revision 1; look at it again/,
    );
    expect([one.value("limit"), two.value("limit")]).toEqual([30, 30]);
  });

  test("is of the flag alone, and 0 where nobody touched it", async () => {
    const flags = await readyFlags(new MemoryStore());
    await flags.setFlag("limit", 20, { expectedRevision: 0 });
    await flags.kill("checkout", { expectedRevision: 0 });
    const conflict = await rejectionOf(flags.resetFlag("headers", { expectedRevision: 3 }));
    expect(conflict.message).toContain('flag "headers" was never touched (revision 0), and not at revision 3');
    expect(await flags.revive("checkout", { expectedRevision: 2 })).toBe(true);
  });

  test("tells who, whatever this instance has seen of it, as long as the store knows", async () => {
    const store = new MemoryStore();
    const one = await readyFlags(store);
    await one.setFlag("limit", 20, { actor: "ana" });
    await one.kill("limit", { actor: "ben" });
    const two = await readyFlags(store);
    expect((await rejectionOf(two.revive("limit", { expectedRevision: 1 }))).message).toMatch(/revision 2, by ben \(/);
    await one.revive("limit");
    await one.resetFlag("limit");
    const three = await readyFlags(store);
    expect((await rejectionOf(three.kill("limit", { expectedRevision: 1 }))).message).toMatch(
      /revision 4, by runtime at/,
    );
    const audit = store.audit.bind(store);
    Reflect.set(store, "audit", () => Promise.reject(new Error("no")));
    expect((await rejectionOf(three.kill("limit", { expectedRevision: 1 }))).code).toBe("STORE_CONFLICT");
    Reflect.set(store, "audit", audit);
    await store.prune({ before: Date.now() + 60_000, limit: 100 });
    expect((await rejectionOf(three.kill("limit", { expectedRevision: 1 }))).message).toContain(
      'flag "limit" is at revision 4, and not at revision 1',
    );
  });

  test("is told without a name where the store does not say in time who was faster", async () => {
    const store = new MemoryStore();
    const flags = await readyFlags(store);
    await flags.setFlag("limit", 20, { actor: "ana" });
    Reflect.set(store, "audit", () => new Promise(() => {}));
    const error = await rejectionOf(flags.setFlag("limit", 30, { expectedRevision: 0 }));
    expect(error.code).toBe("STORE_CONFLICT");
    expect(error.message).toContain('flag "limit" is at revision 1, and not at revision 0');
  });
});

describe("when an override lifts itself", () => {
  test("is read when the command is given, and refused then", async () => {
    const clock = new ManualClock(1_000_000);
    const store = new MemoryStore();
    const write = store.write.bind(store);
    const flags = await readyFlags(store, { clock });
    const until = new Date(1_060_000);
    const setting = flags.setFlag("limit", 20, { expiresAt: until });
    until.setTime(9_000_000);
    await setting;
    // A store that takes its time makes no override last for longer.
    Reflect.set(store, "write", (...args: Parameters<typeof write>) => {
      clock.pass(1_005_000);
      return write(...args);
    });
    await flags.setRule("checkout", { rollout: 100 }, { ttlMs: 10_000 });
    expect((await flags.getAuditLog()).map(({ expiresAt }) => expiresAt)).toEqual(
      [1_010_000, 1_060_000].map((at) => new Date(at).toISOString()),
    );
    store.outage();
    await inState(flags, "stale");
    for (const options of [{ ttlMs: -1 }, { ttlMs: "5" as never }, { expiresAt: "rubbish" }])
      expect((await rejectionOf(flags.setFlag("limit", 30, options))).code).toBe("INVALID_OPTIONS");
  });
});

describe("a command that waits for a store which does not answer", () => {
  test("keeps the process alive", async () => {
    const alive = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const store = new MemoryStore();
    const flags = await readyFlags(store, { pollMs: 1 });
    const asked = new Promise<void>((resolve) => {
      Reflect.set(store, "head", () => new Promise(() => resolve()));
    });
    Reflect.set(store, "write", async () => ({ outcome: "diverged" }));
    await asked;
    const before = alive();
    const refused = rejectionOf(flags.setFlag("limit", 20));
    await settled();
    expect(alive()).toBe(before + 1);
    await flags.close();
    expect((await refused).code).toBe("CLOSED");
    expect(alive()).toBeLessThanOrEqual(before);
  });
});

describe("the shared log", () => {
  test("has every command once, with exactly what it did, and holds", async () => {
    const [one, two] = (await fleet(2)) as [Stored, Stored];
    await one.setFlag("checkout", true, { actor: "ana" });
    await two.setFlag("express", true);
    await one.kill("checkout", { reason: "errors" });
    await reached(two, 3);
    const entries = await two.getAuditLog();
    expect(entries.map(({ sequence, action, instance }) => [sequence, action, instance])).toEqual([
      [3, "kill", "i0"],
      [2, "set", "i1"],
      [1, "set", "i0"],
    ]);
    expect(entries[0]?.affected).toEqual([
      { flag: "checkout", from: { value: true }, to: { value: false } },
      { flag: "express", from: { value: true }, to: { value: false } },
    ]);
    expect((await one.getAuditLog("express")).map(({ sequence }) => sequence)).toEqual([3, 2]);
    expect((await one.getAuditLog(undefined, { actor: "ana", limit: 1 })).map(({ sequence }) => sequence)).toEqual([1]);
    const head = await one.auditHead();
    expect(head).toEqual({ sequence: 3, hash: entries[0]?.hash });
    expect(await two.verify({ head })).toEqual({ ok: true, entries: 3, head });
    expect(await two.verify()).toMatchObject({ ok: true });
    const exported: number[] = [];
    for await (const { sequence } of two.exportAudit({ flag: "express" })) exported.push(sequence);
    expect(exported).toEqual([2, 3]);
    // Another version may have that flag, or have had it.
    expect(await one.getAuditLog("of_another_version")).toEqual([]);
    expect((await rejectionOf(one.getAuditLog({ flag: 1 } as never))).code).toBe("INVALID_OPTIONS");
    expect((await rejectionOf(one.verify(null as never))).code).toBe("INVALID_OPTIONS");
    expect((await rejectionOf(one.verify({ haed: head } as never))).code).toBe("INVALID_OPTIONS");
    expect((await rejectionOf(one.exportAudit({ flg: 1 } as never).next())).code).toBe("INVALID_OPTIONS");
  });

  test("is another than the instance's own, which has what was put in force here, with its revision", async () => {
    const clock = new ManualClock(1_000_000);
    const [one, two] = [await readyFlags(new MemoryStore(), { clock }), undefined];
    expect(two).toBeUndefined();
    await one.setFlag("limit", 20, { ttlMs: 1_000 });
    clock.set(1_002_000);
    const [expiry, set] = one.localAudit.entries();
    expect(set).toMatchObject({ action: "set", revision: 1, instance: "one", affected: [{ flag: "limit" }] });
    expect(expiry).toMatchObject({ action: "expiry", flag: "limit" });
    expect(expiry).not.toHaveProperty("revision");
    expect(one.localAudit.head().sequence).toBe(2);
    expect(one.localAudit.verify()).toMatchObject({ ok: true, entries: 2 });
    expect(await one.getAuditLog()).toHaveLength(1);
    expect(await one.revision("limit")).toBe(1);
  });

  test("has a command's warnings, which every instance logs once", async () => {
    const store = new MemoryStore();
    const [here, there] = [recorder(), recorder()];
    const one = await readyFlags(store, { logger: here.logger });
    const two = await readyFlags(store, { logger: there.logger });
    await one.kill("headers");
    await reached(two, 1);
    const warning = 'flag "headers" goes on by a kill: that is its safe state';
    expect((await one.getAuditLog())[0]?.warnings).toEqual([warning]);
    for (const { lines } of [here, there])
      expect(lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([warning]);
  });
});

describe("what an instance tells of itself", () => {
  test("is its store's name, namespace and revision, and since when it is ready", async () => {
    const clock = new ManualClock(5_000);
    const flags = storedFlags(new MemoryStore({ namespace: "shop" }), { clock });
    const told: unknown[] = [];
    flags.on("status", (status) => told.push([status.state, status.store?.revision]));
    expect(flags.status()).toMatchObject({ state: "starting", since: 5_000, localKills: [] });
    expect(flags.explain("checkout").store).toEqual({ state: "starting", since: 5_000, revision: 0 });
    await flags.ready({ timeoutMs: 5_000 });
    await flags.setFlag("checkout", true);
    const store = { name: "memory", namespace: "shop", revision: 1 };
    expect(flags.status()).toEqual({ state: "ready", since: 5_000, store, localKills: [] });
    expect(flags.explain("checkout").store).toEqual({ state: "ready", since: 5_000, revision: 1 });
    await flags.close();
    expect(told).toEqual([
      ["ready", 0],
      ["closed", 1],
    ]);
  });

  test("counts evaluations into the store, where it is asked to", async () => {
    const store = new MemoryStore();
    const flags = await readyFlags(store, { usage: { flushMs: 1_000 } });
    for (let count = 0; count < 3; count++) flags.isEnabled("checkout");
    await flags.flush();
    expect(await flags.usage({ flag: "checkout" })).toMatchObject([{ variant: "false", evaluations: 3, errors: 0 }]);
    flags.isEnabled("checkout");
    flags.isEnabled("express");
    await flags.close();
    expect(await store.usage()).toMatchObject([{ evaluations: 4 }, { flag: "express", evaluations: 1 }]);
    expect(await flags.usage({ limit: 1 })).toMatchObject([{ flag: "express" }]);
    expect((await rejectionOf(flags.usage({ flg: "checkout" } as never))).code).toBe("INVALID_OPTIONS");
  });
});
