import { setImmediate as nextTurn } from "node:timers/promises";
import type { StoreHead } from "../../store/flag-store.js";
import { byName, flagsOf, same, sequencesOf } from "./proofs.js";
import type { Promises } from "./store-host.js";
import { BEGINNING, type Command, FIRST_AT, replay, StoreWriter } from "./store-writer.js";

/** How many commands by chance the state is compared after. */
const COMMANDS = 60;
/** How often a flag is set while it is read. */
const WRITES = 50;

/** What `load`, `head` and `changesSince` promise. */
export function readingPromises(promises: Promises): void {
  promises("every store of a namespace reads what was committed through any", async (another) => {
    const [writer, store] = [new StoreWriter(await another()), await another()];
    await writer.set("checkout", true, { actor: "anna" });
    same(await store.head(), writer.head);
    same(await store.load(), { head: writer.head, flags: [...writer.flags.values()] });
    same(await store.changesSince(BEGINNING, 10), { outcome: "changes", changes: writer.history });
  });

  promises("a state is what all changes leave behind: overrides, kills, and flags that were reset", async (another) => {
    const [writer, store] = [new StoreWriter(await another()), await another()];
    const random = randomOf(20_260_101);
    for (let count = 0; count < COMMANDS; count++) {
      await writer.command(commandBy(random));
      if (count % 10 === 9) same(await flagsOf(store), byName(writer.flags.values()));
    }
    const reader = new StoreWriter(store);
    await reader.catchUp();
    same(await store.load().then(({ head }) => head), reader.head);
    same(await flagsOf(store), byName(replay(reader.history).values()));
    same(reader.history, writer.history);
  });

  promises(
    "a state is of one moment: its head and flags belong together, whatever is written meanwhile",
    async (another) => {
      const [writer, reader] = [new StoreWriter(await another()), await another()];
      const torn: unknown[] = [];
      const read = async () => {
        const { head, flags } = await reader.load();
        const revision = flags[0]?.revision ?? 0;
        if (revision !== head.revision) torn.push({ head: head.revision, flag: revision });
      };
      const reading = async () => {
        while (writer.head.revision < WRITES) {
          await read();
          // A store that answers at once would leave the writer no turn.
          await nextTurn();
        }
      };
      const writing = async () => {
        for (let value = 1; value <= WRITES; value++) await writer.set("checkout", value);
      };
      await Promise.all([reading(), writing()]);
      await read();
      same(torn, []);
    },
  );

  promises("a flag that was reset is still there, with its revision and nothing set", async (another) => {
    const writer = new StoreWriter(await another());
    await writer.set("checkout", true);
    await writer.command({ flag: "checkout" });
    same(await flagsOf(writer.store), [{ flag: "checkout", revision: 2 }]);
  });

  promises("changes are given oldest first, `limit` at most, and fewer where there are no more", async (another) => {
    const writer = new StoreWriter(await another());
    for (let value = 1; value <= 5; value++) await writer.set("checkout", value);
    const pageAfter = async (since: StoreHead, limit: number) => {
      const news = await writer.store.changesSince(since, limit);
      return news.outcome === "changes" ? sequencesOf(news.changes) : news.outcome;
    };
    const heads = [BEGINNING, ...writer.history.map(({ entry }) => ({ revision: entry.sequence, hash: entry.hash }))];
    same(await Promise.all(heads.map((head) => pageAfter(head, 2))), [[1, 2], [2, 3], [3, 4], [4, 5], [5], []]);
    same(await pageAfter(BEGINNING, 5), [1, 2, 3, 4, 5]);
    same(await pageAfter(BEGINNING, 6), [1, 2, 3, 4, 5]);
    const reader = new StoreWriter(writer.store);
    await reader.catchUp(2);
    same(reader.history, writer.history);
  });

  promises("a head that the store does not hold has diverged: another hash, or a revision to come", async (another) => {
    const writer = new StoreWriter(await another());
    const askAbout = async (head: StoreHead) => (await writer.store.changesSince(head, 10)).outcome;
    const foreign = "f".repeat(64);
    same(await askAbout({ revision: 0, hash: foreign }), "diverged");
    same(await askAbout({ revision: 1, hash: foreign }), "diverged");
    for (const value of [1, 2, 3]) await writer.set("checkout", value);
    for (const revision of [0, 1, 2, 3, 4, 99]) same(await askAbout({ revision, hash: foreign }), "diverged");
    same(await askAbout({ revision: 2, hash: writer.head.hash }), "diverged");
    same(await askAbout(writer.head), "changes");
  });
}

/** Numbers in [0, 1) that look like chance and are the same each time: a linear congruential generator (Knuth's MMIX). */
function randomOf(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
    return Number(state >> 11n) / 2 ** 53;
  };
}

function commandBy(random: () => number): Command {
  const flag = `flag_${Math.floor(random() * 8)}`;
  const kind = random();
  if (kind < 0.2) return { flag };
  if (kind < 0.35) return { flag, kill: true, action: "kill", actor: "ops" };
  const values = [true, false, "blue", Math.floor(random() * 1_000), random(), null, { deep: [random()] }, []];
  const value = values[Math.floor(random() * values.length)];
  return { flag, value, actor: "anna", at: FIRST_AT + Math.floor(random() * 1_000) };
}
