import { hashOf } from "../../changes/hash-chain.js";
import type { FlagStore, StoredFlag } from "../../store/flag-store.js";
import { byName, flagsOf, same } from "./proofs.js";
import type { Promises } from "./store-host.js";
import { BEGINNING, compose, StoreWriter } from "./store-writer.js";

/** Texts that databases, drivers and queries stumble over. */
const TEXTS: Readonly<Record<string, string>> = {
  "an empty text": "",
  "a NUL": "before\0after",
  "only NULs": "\0\0",
  "control characters": "\u0001\b\t\n\r\u001b\u007f",
  emoji: "💡👩‍🚀",
  "lone surrogates": "\ud800 and \udc00",
  "another lone surrogate": "\ud801 and \udc00",
  "quotes and SQL": `'"\`; DROP TABLE flags; -- $1 :a ?1 \\`,
  "patterns and JSON": '%_*[]{"a":1}\\u0000',
  "right to left": "שלום \u202eabc",
  "what normalises alike": "e\u0301 é ﬁ",
  "ten thousand characters": "ü".repeat(10_000),
  "ten thousand others": `${"ü".repeat(9_999)}x`,
};

/** What comes back is what was given, whatever it was. */
export function keepingPromises(promises: Promises): void {
  for (const [name, text] of Object.entries(TEXTS)) {
    promises(`${name}: survives in values, actors, reasons and sources, and is found`, async (another) => {
      const [writer, store] = [new StoreWriter(await another()), await another()];
      await writer.set("checkout", { [text]: [text] }, { actor: text, reason: text, source: text });
      await writer.set("checkout", "other", { actor: "anna", reason: "other" });
      const first = writer.history[0]?.entry;
      same(await store.audit({ actor: text }), [first]);
      same(await store.audit({ source: text }), [first]);
      same(await store.changesSince(BEGINNING, 10), { outcome: "changes", changes: writer.history });
      await writer.set("checkout", { [text]: [text] }, { actor: text, reason: text, source: text });
      same(await flagsOf(store), [...writer.flags.values()]);
      for (const entry of await store.audit()) same(hashOf(entry), entry.hash);
    });
  }

  promises("every kind of JSON survives, down to the last digit", async (another) => {
    const [writer, store] = [new StoreWriter(await another()), await another()];
    const numbers = [0, 0.1, 1e21, 5e-324, Number.MAX_SAFE_INTEGER, -Number.MAX_VALUE];
    const values = [true, false, null, "", ...numbers, [], {}, { a: [{ b: null }, [[]]] }];
    for (const [index, value] of values.entries()) await writer.set(`flag_${index}`, value);
    same(await flagsOf(store), byName(writer.flags.values()));
  });

  promises("a value of two megabytes survives, in the state and in the log", async (another) => {
    const [writer, store] = [new StoreWriter(await another()), await another()];
    const { entry } = await writer.set("checkout", { text: "ü".repeat(1_000_000) });
    same(await flagsOf(store), [...writer.flags.values()]);
    same((await store.audit({ flag: "checkout" }))[0]?.hash, hashOf(entry));
  });

  promises("namespaces share nothing", async (another) => {
    const [shop, other] = [new StoreWriter(await another("shop")), new StoreWriter(await another("other"))];
    await shop.set("checkout", true, { actor: "anna" });
    await shop.store.recordUsage([{ hour: 0, flag: "checkout", variant: "", evaluations: 1, errors: 0 }]);
    same(await other.store.load(), { head: BEGINNING, flags: [] });
    same([await other.store.audit(), await other.store.usage()], [[], []]);
    same(await other.store.changesSince(shop.head, 10), { outcome: "diverged" });
    await other.set("checkout", "theirs");
    same([shop.head.revision, other.head.revision], [1, 1]);
    same(await other.store.prune({ before: Date.now(), usageBefore: Date.now(), limit: 100 }), 1);
    same([(await shop.store.audit()).length, (await shop.store.usage()).length], [1, 1]);
    same(await flagsOf(shop.store), [...shop.flags.values()]);
  });

  promises("nothing that was given or got can be changed into what is stored", async (another) => {
    const store = await another();
    const writer = new StoreWriter(store);
    const value = { colours: ["red"] };
    await writer.set("checkout", value, { actor: "anna" });
    await store.recordUsage([{ hour: 0, flag: "checkout", variant: "", evaluations: 1, errors: 0 }]);
    const before = JSON.stringify(await everything(store));
    vandalise(value);
    const composed = compose(writer.history, { flag: "search", value: { colours: ["blue"] } });
    await store.write({ since: writer.head, compose: (missed) => void vandalise(missed) });
    for (const got of await everything(store)) vandalise(got);
    same(JSON.stringify(await everything(store)), before);
    vandalise(await store.write({ since: writer.head, compose: () => composed }));
    const [, search] = await flagsOf(store);
    same(colours(search), ["blue"]);
    vandalise(composed.flags);
    same(colours((await flagsOf(store))[1]), ["blue"]);
  });
}

/** Everything that a store gives. */
async function everything(store: FlagStore): Promise<readonly unknown[]> {
  const reads = [store.load(), store.head(), store.changesSince(BEGINNING, 10), store.audit(), store.checkpoint()];
  return Promise.all([...reads, store.usage()]);
}

function colours(flag: StoredFlag | undefined): unknown {
  const override = flag?.override;
  return override !== undefined && "value" in override ? Object(override.value).colours : undefined;
}

/** Changes whatever can be changed in a value. What is frozen refuses, and that is right too. */
function vandalise(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    vandalise(member);
    Reflect.set(value, key, "vandalised");
  }
  if (Array.isArray(value)) Reflect.set(value, value.length, "vandalised");
}
