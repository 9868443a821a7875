import {
  type AuditEntry,
  createFlags,
  defineFlags,
  type FlagReader,
  type FlagStore,
  type Flags,
  type FlagsBase,
  type FlagsOf,
  type FlagsOptions,
  type FlagUsage,
  flag,
  formatExplanation,
  gate,
  MemoryStore,
  type StoredFlags,
  type StoredFlagsOf,
  type StoredFlagsOptions,
  simulate,
} from "burgee";
import { describe, expectTypeOf, it } from "vitest";

const registry = defineFlags({
  checkout: flag.boolean({ default: false }),
  database: flag.oneOf(["sqlite", "postgres"], { default: "sqlite" }),
  limit: flag.number({ default: 10 }),
});
type Definitions = typeof registry.definitions;

const stored = createFlags(registry, { store: new MemoryStore() });
const local = createFlags(registry, { store: undefined });

describe("createFlags", () => {
  it("gives flags whose commands are promises where there is a store, and others where there is none", () => {
    expectTypeOf(stored).toEqualTypeOf<StoredFlags<Definitions>>();
    expectTypeOf(local).toEqualTypeOf<Flags<Definitions>>();
    expectTypeOf(createFlags(registry)).toEqualTypeOf<Flags<Definitions>>();
    expectTypeOf<FlagsOf<typeof registry>>().toEqualTypeOf<Flags<Definitions>>();
    expectTypeOf<StoredFlagsOf<typeof registry>>().toEqualTypeOf<StoredFlags<Definitions>>();
    expectTypeOf(stored.setFlag("checkout", true)).toEqualTypeOf<Promise<boolean>>();
    expectTypeOf(local.setFlag("checkout", true)).toEqualTypeOf<boolean>();
    expectTypeOf(stored.resetAll()).toEqualTypeOf<Promise<number>>();
    expectTypeOf(stored.revision("limit")).toEqualTypeOf<number>();
    expectTypeOf(stored.usage()).toEqualTypeOf<Promise<readonly FlagUsage[]>>();
    expectTypeOf(new MemoryStore()).toExtend<FlagStore>();
  });

  it("gives either of the two where nobody knows yet whether there is a store", async () => {
    const given = (store: FlagStore | undefined, all: FlagsOptions | StoredFlagsOptions) =>
      [
        createFlags(registry, { store }),
        createFlags(registry, { env: {}, store }),
        createFlags(registry, all),
      ] as const;
    type Either = Flags<Definitions> | StoredFlags<Definitions>;
    expectTypeOf(given).returns.toEqualTypeOf<readonly [Either, Either, Either]>();
    const [flags] = given(undefined, {});
    expectTypeOf(await flags.setFlag("checkout", true, { actor: "ana" })).toEqualTypeOf<boolean>();
    expectTypeOf(await flags.resetAll()).toEqualTypeOf<number>();
    expectTypeOf(await flags.getAuditLog("checkout")).toEqualTypeOf<readonly AuditEntry[]>();
    expectTypeOf(flags.value("limit")).toEqualTypeOf<number>();
    // @ts-expect-error not one of its values
    await flags.setFlag("database", "mysql");
    // @ts-expect-error only flags with a store have revisions
    flags.revision("limit");
    // @ts-expect-error an option of neither
    createFlags(registry, { store: given.length > 0 ? new MemoryStore() : undefined, watch: true });
  });

  it("takes what goes with a store with a store only", () => {
    createFlags(registry, {
      store: new MemoryStore(),
      pollMs: 10,
      usage: { flushMs: 1 },
      retention: { auditMs: false },
    });
    // @ts-expect-error there is no store to ask
    createFlags(registry, { pollMs: 10 });
    // @ts-expect-error a store is more than its name
    createFlags(registry, { store: { name: "mine" } });
  });
});

describe("stored flags", () => {
  it("check names, values and options as others do", () => {
    stored.setFlag("database", "postgres", { expectedRevision: 1, ttlMs: 10 });
    stored.kill("limit", { local: true });
    // @ts-expect-error not one of its values
    stored.setFlag("database", "mysql");
    // @ts-expect-error no flag of this registry
    stored.revision("nope");
    // @ts-expect-error only a kill can do without the store
    stored.setFlag("checkout", true, { local: true });
    // @ts-expect-error without a store there are no revisions
    local.setFlag("checkout", true, { expectedRevision: 1 });
    // @ts-expect-error only numbers have no rollouts
    stored.setRollout("limit", 10);
  });

  it("are taken wherever flags are asked, gated, simulated and explained", () => {
    const ask = (flags: FlagReader<Pick<Definitions, "checkout">>) => flags.isEnabled("checkout");
    const both = (flags: FlagsBase<Definitions>) => flags.snapshot().value("limit");
    for (const flags of [stored, local]) {
      expectTypeOf(ask(flags)).toEqualTypeOf<boolean>();
      expectTypeOf(both(flags)).toEqualTypeOf<number>();
      simulate(flags, { checkout: { rollout: 10 } }, 10);
      formatExplanation(flags.explain("checkout"));
    }
    const service = { send: async () => 1 };
    expectTypeOf(gate(stored, "checkout", { on: () => service, off: service }).service.send).toEqualTypeOf<
      () => Promise<number>
    >();
  });
});
