import {
  createFlags,
  defineFlags,
  type FlagStore,
  flag,
  MemoryStore,
  type StoredState,
  type StoreListener,
} from "burgee";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import * as z from "zod";
import { errorsOf, isolated, recorder, settled } from "./fixtures/isolated.js";
import { reached, readyFlags, registry } from "./fixtures/stored.js";

const newer = defineFlags({
  checkout: flag.boolean({ default: false }),
  database: flag.oneOf(["sqlite", "postgres", "mysql"], { default: "sqlite" }),
  limit: flag.number({ default: 10 }),
  brand_new: flag.boolean({ default: false }),
});

async function newerFlags(store: FlagStore) {
  const flags = createFlags(newer, { ...isolated, store, instance: "newer" });
  onTestFinished(() => flags.close());
  await flags.ready();
  return flags;
}

/** A store that holds these rows at revision 1, whoever wrote them. */
function holding(flags: readonly unknown[]): MemoryStore {
  const store = new MemoryStore();
  const load = store.load.bind(store);
  Reflect.set(store, "load", async (): Promise<StoredState> => ({ ...(await load()), flags: flags as [] }));
  return store;
}

describe("what another version has written", () => {
  test("is kept, ignored, and warned about once, where this one does not know the flag or the value", async () => {
    const store = new MemoryStore();
    const { logger, lines } = recorder();
    const old = await readyFlags(store, { logger });
    const other = await newerFlags(store);
    await other.setFlag("brand_new", true);
    await other.setFlag("database", "mysql");
    await other.setFlag("limit", 20);
    await reached(old, 3);
    expect([old.resolveVariant("database"), old.value("limit")]).toEqual(["sqlite", 20]);
    const warnings = lines.filter(({ level }) => level === "warn").map(({ message }) => message);
    expect(warnings).toEqual([
      'the store has "brand_new", which is no flag of this version; it is kept, and ignored (revision 1)',
      'what the store has set for "database" is kept, and ignored: "mysql" is not one of sqlite, postgres (revision 2)',
    ]);
    // What this version writes leaves it as it is.
    expect(await old.kill("database")).toBe(true);
    expect(await old.resetAll()).toBe(2);
    await reached(other, 5);
    expect([other.isEnabled("brand_new"), other.resolveVariant("database")]).toEqual([true, "sqlite"]);
    expect(lines.filter(({ level }) => level === "warn").slice(2)).toMatchObject([
      { message: expect.stringMatching(/^what the store has set for "database" is kept.*\(revision 4\)$/) },
    ]);
    await other.revive("database");
    await other.setFlag("database", "mysql");
    expect(await old.verify()).toMatchObject({ ok: true, entries: 7 });
    await reached(old, 7);
    expect(await old.setFlag("database", "postgres")).toBe(true);
    await reached(other, 8);
    expect(other.resolveVariant("database")).toBe("postgres");
  });

  test("is reset by a version that cannot read it, where somebody asks for it", async () => {
    const store = new MemoryStore();
    const other = await newerFlags(store);
    await other.setFlag("database", "mysql");
    const old = await readyFlags(store);
    expect(await old.resetFlag("database")).toBe(true);
    await reached(other, 2);
    expect(other.resolveVariant("database")).toBe("sqlite");
  });

  test("is kept where it is killed by a version that cannot read it", async () => {
    const store = new MemoryStore();
    const other = await newerFlags(store);
    await other.setFlag("database", "mysql");
    const old = await readyFlags(store);
    await old.kill("database");
    await old.revive("database");
    await reached(other, 3);
    expect(other.resolveVariant("database")).toBe("mysql");
  });

  test("counts as soon as a reload brings what its rule names", async () => {
    const store = new MemoryStore();
    const segments = { insiders: { plan: "pro" } };
    const writer = await readyFlags(store, { segments });
    await writer.setRule("checkout", { when: { $segment: "insiders" } } as never);
    const { logger, lines } = recorder();
    const reader = await readyFlags(store, { logger });
    expect(reader.isEnabled("checkout", { plan: "pro" })).toBe(false);
    expect(lines.at(-1)?.message).toMatch(/^what the store has set for "checkout" is kept, and ignored: .*"insiders"/);
    await writer.resetFlag("checkout");
    await reached(reader, 2);
    expect(reader.isEnabled("checkout")).toBe(false);
  });

  test.each([
    ["no origin", { flag: "limit", revision: 1, override: { value: 20 } }],
    ["an origin that is none", { flag: "limit", revision: 1, override: { value: 20, origin: { source: 1 } } }],
    [
      "a time that is none",
      { flag: "limit", revision: 1, override: { value: 20, origin: { source: "x", at: 1, expiresAt: "x" } } },
    ],
    [
      "a value of another kind",
      { flag: "limit", revision: 1, override: { value: "20", origin: { source: "x", at: 1 } } },
    ],
    ["what is no object", { flag: "limit", revision: 1, override: "20" }],
    ["a rule that is none", { flag: "limit", revision: 1, override: { rule: 20, origin: { source: "x", at: 1 } } }],
  ])("is ignored where it has %s, with a warning", async (_what, row) => {
    const { logger, lines } = recorder();
    const flags = await readyFlags(holding([row]), { logger });
    expect(flags.value("limit")).toBe(10);
    expect(lines.at(-1)).toMatchObject({ level: "warn", details: { flag: "limit" } });
    expect(flags.revision("limit")).toBe(1);
  });

  test("sets nothing where it has null in place of what is set, and the others count", async () => {
    const { logger, lines } = recorder();
    const nothing = { override: null, kill: null };
    const flags = await readyFlags(
      holding([
        { flag: "limit", revision: 1, ...nothing },
        { flag: "gone", revision: 1, ...nothing },
        { flag: "database", revision: 1, override: { value: "postgres", origin: { source: "x", at: 1 } } },
      ]),
      { logger },
    );
    expect([flags.value("limit"), flags.resolveVariant("database")]).toEqual([10, "postgres"]);
    expect(lines.filter(({ level }) => level !== "info")).toEqual([]);
    expect(await flags.resetFlag("limit")).toBe(false);
    expect(await flags.revive("limit")).toBe(false);
    expect(await flags.kill("limit", { local: true })).toBe(true);
  });

  test("kills whatever it says of who killed", async () => {
    const flags = await readyFlags(
      holding([
        { flag: "limit", revision: 1, kill: {} },
        { flag: "gone", revision: 1 },
      ]),
    );
    expect(flags.evaluate("limit").source).toBe("kill");
    expect(flags.explain("limit").steps[0]?.origin).toMatchObject({ source: "store" });
  });
});

describe("a change that could not be given here", () => {
  const needy = defineFlags({
    base: flag.boolean({ default: false }),
    paid: flag.boolean({ default: false, dependsOn: ["base"], requires: z.object({ API_KEY: z.string() }) }),
  });
  const withKey = { ...isolated, env: { variables: { API_KEY: "k" }, files: [] } };

  test("is put in force all the same: the flag is off, and that is told", async () => {
    const store = new MemoryStore();
    const rich = createFlags(needy, { ...withKey, store });
    const poor = createFlags(needy, { ...isolated, store });
    onTestFinished(() => Promise.all([rich.close(), poor.close()]).then(() => {}));
    await Promise.all([rich.ready(), poor.ready()]);
    const errors = errorsOf(poor);
    await rich.setFlag("base", true);
    await rich.setFlag("paid", true);
    await vi.waitUntil(() => errors.length > 0);
    expect(rich.isEnabled("paid")).toBe(true);
    expect(poor.evaluate("paid")).toMatchObject({ value: false, source: "requirement" });
    expect(errors.map(({ code, flag: name }) => [code, name])).toEqual([["REQUIREMENT_UNMET", "paid"]]);
    await rich.setFlag("base", false);
    await settled();
    expect(rich.evaluate("paid")).toMatchObject({ value: false, source: "dependency" });
  });

  test("warns where it turns a frozen flag on, in the log of everybody", async () => {
    const frozen = defineFlags({ old: flag.boolean({ default: false, status: "frozen" }) });
    const store = new MemoryStore();
    const flags = createFlags(frozen, { ...isolated, store });
    onTestFinished(() => flags.close());
    await flags.setFlag("old", true);
    const warnings = ['flag "old" is frozen, and is turned on all the same'];
    expect(await flags.getAuditLog()).toMatchObject([{ warnings }]);
    expect(flags.localAudit.entries()).toMatchObject([{ warnings }]);
  });

  test("is one of a newer version, of which the cause is not known", async () => {
    const store = new MemoryStore();
    const writer = await readyFlags(store, { instance: "two" });
    // News that bring nothing, so that the store is asked.
    const subscribe = store.subscribe.bind(store);
    Reflect.set(store, "subscribe", (listener: StoreListener) =>
      subscribe({ news: () => listener.news(), lost: (error) => listener.lost(error) }),
    );
    const flags = await readyFlags(store);
    const causes: unknown[] = [];
    flags.onFlagChanged("*", ({ cause, at }) => void causes.push([cause.kind, Number.isNaN(at)]));
    const changesSince = store.changesSince.bind(store);
    Reflect.set(store, "changesSince", async (...args: Parameters<typeof changesSince>) => {
      const news = await changesSince(...args);
      if (news.outcome === "diverged") return news;
      return {
        ...news,
        changes: news.changes.map(({ entry, flags: rows }) => ({
          entry: { ...entry, action: "dream", at: "soon" },
          flags: rows,
        })),
      };
    });
    await writer.setFlag("limit", 20);
    await reached(flags, 1);
    await settled();
    expect(causes).toEqual([["resync", false]]);
    expect(Object.keys(registry.definitions)).toContain("limit");
  });
});
