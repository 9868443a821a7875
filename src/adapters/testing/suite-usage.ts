import type { FlagUsage } from "../../store/flag-store.js";
import { same } from "./proofs.js";
import type { Promises } from "./store-host.js";
import { FIRST_AT } from "./store-writer.js";

const HOUR_MS = 3_600_000;

/** What `recordUsage` and `usage` promise. */
export function usagePromises(promises: Promises): void {
  promises("counts add up by hour, flag and variant, over all stores", async (another) => {
    const [one, other] = [await another(), await another()];
    await one.recordUsage([counted(0, "checkout", "true", 3, 1), counted(0, "checkout", "true", 2)]);
    await other.recordUsage([counted(0, "checkout", "true", 10, 2), counted(0, "checkout", "false", 1)]);
    const total = [counted(0, "checkout", "false", 1), counted(0, "checkout", "true", 15, 3)];
    same(await one.usage(), total);
    same(await other.usage(), total);
  });

  promises("counts recorded by many at once all count", async (another) => {
    const stores = [await another(), await another()];
    const all = Array.from({ length: 20 }, (_, index) => stores[index % 2]?.recordUsage(day(1 + (index % 3))));
    await Promise.all(all);
    const expected = day(7 * 1 + 7 * 2 + 6 * 3);
    same(await stores[0]?.usage(), expected);
  });

  promises("usage is given by hour, then flag, then variant", async (another) => {
    const store = await another();
    const ordered = [
      counted(0, "a", "", 1),
      counted(0, "a", "B", 1),
      counted(0, "a", "a", 1),
      counted(0, "b", "", 1),
      counted(1, "a", "", 1),
    ];
    await store.recordUsage(ordered.toReversed());
    same(await store.usage(), ordered);
  });

  promises("usage is asked by flag, from an hour on, and before a time", async (another) => {
    const store = await another();
    await store.recordUsage(day(1));
    const hoursOf = async (query: { flag?: string; since?: number; until?: number }) =>
      (await store.usage(query)).map(({ hour }) => (hour - FIRST_AT) / HOUR_MS);
    same(await hoursOf({ flag: "checkout" }), [0, 1, 2]);
    same(await hoursOf({ flag: "check" }), []);
    same(await hoursOf({ since: FIRST_AT + HOUR_MS }), [1, 2]);
    same(await hoursOf({ since: FIRST_AT + 1 }), [1, 2]);
    same(await hoursOf({ until: FIRST_AT + HOUR_MS }), [0]);
    same(await hoursOf({ flag: "checkout", since: FIRST_AT + HOUR_MS, until: FIRST_AT + 2 * HOUR_MS }), [1]);
  });

  promises("prune forgets usage of hours before a time, and without one forgets none", async (another) => {
    const store = await another();
    await store.recordUsage(day(1));
    await store.prune({ before: FIRST_AT, limit: 100 });
    same(await store.usage(), day(1));
    await store.prune({ before: FIRST_AT, usageBefore: FIRST_AT + 2 * HOUR_MS, limit: 100 });
    same(await store.usage(), day(1).slice(2));
  });

  promises(
    "of too much usage the newest rows are given, and prune says whether there is more to forget",
    async (another) => {
      const store = await another();
      await store.recordUsage(day(1));
      same(await store.usage({ limit: 2 }), day(1).slice(1));
      same(await store.usage({ limit: 0 }), []);
      const prune = () => store.prune({ before: FIRST_AT, usageBefore: FIRST_AT + 24 * HOUR_MS, limit: 1 });
      let batches = 0;
      while ((await prune()) === 1) batches++;
      same(await store.usage(), [], `after ${batches} batches`);
    },
  );

  promises("large counts add up exactly, and nothing at all is recorded too", async (another) => {
    const store = await another();
    await store.recordUsage([]);
    const many = 2 ** 45;
    for (const errors of [1, 2]) await store.recordUsage([counted(0, "checkout", "true", many, errors)]);
    same(await store.usage(), [counted(0, "checkout", "true", 2 * many, 3)]);
  });
}

/** Three hours of one flag. */
function day(evaluations: number): readonly FlagUsage[] {
  return [0, 1, 2].map((hour) => counted(hour, "checkout", "true", evaluations));
}

function counted(hour: number, flag: string, variant: string, evaluations: number, errors = 0): FlagUsage {
  return { hour: FIRST_AT + hour * HOUR_MS, flag, variant, evaluations, errors };
}
