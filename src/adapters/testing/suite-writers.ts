import { same, sequencesOf } from "./proofs.js";
import type { Promises } from "./store-host.js";
import { compose, StoreWriter } from "./store-writer.js";

const WRITERS = 20;
const TURNS = 5;

/** What holds where many write at once. */
export function writersPromises(promises: Promises): void {
  promises(`${WRITERS} writers of two stores at once lose no update, and agree on one history`, async (another) => {
    const stores = [await another(), await another()] as const;
    const writers = Array.from({ length: WRITERS }, (_, index) => new StoreWriter(stores[index % 2 === 0 ? 0 : 1]));
    await Promise.all(writers.map(addOneInTurns));
    for (const writer of writers) await writer.catchUp();
    const [first, ...others] = writers;
    const total = WRITERS * TURNS;
    same(
      first?.history.map(({ entry }) => entry.sequence),
      Array.from({ length: total }, (_, index) => index + 1),
    );
    same(valueIn(first), total, "each added one to what it found");
    for (const writer of others) same(writer.history, first?.history);
    same((await stores[1].load()).head, first?.head);
  });

  promises("two writers of one flag at once both see what the other did, or come after it", async (another) => {
    const [one, other] = [new StoreWriter(await another()), new StoreWriter(await another())];
    await one.set("checkout", 0);
    await Promise.all([addOne(one), addOne(other)]);
    await Promise.all([one.catchUp(), other.catchUp()]);
    same([valueIn(one), valueIn(other)], [2, 2]);
    same(sequencesOf(one.history), [1, 2, 3]);
    same(one.history, other.history);
  });
}

async function addOneInTurns(writer: StoreWriter): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await addOne(writer);
}

/** Reads and writes the flag `counter` under the store's lock. A lost update would make it too small. */
async function addOne(writer: StoreWriter, flag = "checkout"): Promise<void> {
  await writer.write((history) => {
    const last = history.at(-1)?.flags[0];
    const before = last?.override !== undefined && "value" in last.override ? Number(last.override.value) : 0;
    return compose(history, { flag, value: before + 1 });
  });
}

function valueIn(writer: StoreWriter | undefined, flag = "checkout"): unknown {
  const override = writer?.flags.get(flag)?.override;
  return override !== undefined && "value" in override ? override.value : undefined;
}
