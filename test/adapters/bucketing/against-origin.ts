import type { Bucketing } from "burgee";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomIds } from "./ids.js";

/** One flag to ask about: a rollout, or a spread over weights with a rollout (100 for none) beside it. */
export interface Case {
  readonly salt: string;
  readonly percentage: number;
  /** On the origin's own scale. */
  readonly weights?: readonly number[];
}

/** The origin's own package, evaluating offline. */
export interface Origin {
  /** A variation's index; of a rollout 0 where the unit is in; negative where it gets none. `at` is the case's index. */
  ask(at: number, id: string): number | Promise<number>;
  close(): void | Promise<void>;
}

export interface Comparison {
  readonly bucketing: Bucketing;
  readonly open: (cases: readonly Case[]) => Origin | Promise<Origin>;
  /** At least three; the first one's rollout of 25 % and its split of all are asked for every id. */
  readonly salts: readonly string[];
  readonly percentages: readonly number[];
  /** A split into three, on the origin's scale. */
  readonly weights: readonly number[];
  /** The shares that take part in the split, beside all; none where the origin has no such thing. */
  readonly sharesInSplit: readonly number[];
  /** Further splits without a rollout. */
  readonly splits?: readonly (readonly number[])[];
  /** What the origin does with an empty id; burgee itself never asks about one. */
  readonly emptyId: "hashed as any other" | "in nothing";
}

const COUNT = 100_000;
const EACH = 2_500;
/** How many questions are asked of the origin at a time. */
const AT_ONCE = 1_000;

/** Tests that a bucketing and its origin give every id the same answer. */
export function compareWithOrigin(comparison: Comparison): void {
  const { bucketing, open, salts, percentages, weights, sharesInSplit, splits = [] } = comparison;
  const [salt = ""] = salts;
  const main: readonly Case[] = [
    { salt, percentage: 25 },
    { salt, percentage: 100, weights },
  ];
  const others: readonly Case[] = salts.flatMap((other) => [
    ...percentages.map((percentage) => ({ salt: other, percentage })),
    ...[weights, ...splits].map((split) => ({ salt: other, percentage: 100, weights: split })),
    ...sharesInSplit.map((percentage) => ({ salt: other, percentage, weights })),
  ]);
  const cases = [...main, ...others];

  describe(`${bucketing.name} and its origin`, () => {
    const ids = randomIds(COUNT, 1);
    let origin: Origin;
    beforeAll(async () => {
      origin = await open(cases);
    });
    afterAll(() => origin.close());

    it.each(main)("agree on 100,000 ids: $percentage %, weights $weights", async (asked) => {
      const { counts, differences } = await compare(bucketing, origin, cases.indexOf(asked), asked, ids);
      expect(differences).toEqual([]);
      expect([...counts.keys()].sort()).toEqual(asked.weights === undefined ? [-1, 0] : [0, 1, 2]);
      expect(total(counts)).toBe(COUNT);
    });

    it.each(others)("agree on $salt: $percentage %, weights $weights", async (asked) => {
      const at = cases.indexOf(asked);
      const start = (at * EACH) % COUNT;
      const { counts, differences } = await compare(bucketing, origin, at, asked, ids.slice(start, start + EACH));
      expect(differences).toEqual([]);
      expect(total(counts)).toBe(EACH);
      expect(counts.size).toBeGreaterThan(1);
    });

    it(`agree on the empty id, which is ${comparison.emptyId} there`, async () => {
      for (const [at, asked] of cases.entries()) {
        const theirs = await origin.ask(at, "");
        if (comparison.emptyId === "in nothing") expect(theirs).toBeLessThan(0);
        else expect(theirs).toBe(answerOf(bucketing, asked)(""));
      }
    });

    it("has no objection to these shares", () => {
      expect(cases.map(({ percentage, weights }) => bucketing.problem?.({ percentage, weights }))).toEqual(
        cases.map(() => undefined),
      );
    });
  });
}

/** How often each answer came, and the first ids on which the two differ. */
async function compare(bucketing: Bucketing, origin: Origin, at: number, asked: Case, ids: readonly string[]) {
  const ours = answerOf(bucketing, asked);
  const counts = new Map<number, number>();
  const differences: unknown[] = [];
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const some = ids.slice(start, start + AT_ONCE);
    const answers = await Promise.all(some.map((id) => origin.ask(at, id)));
    for (const [index, id] of some.entries()) {
      const [theirs, mine] = [answers[index], ours(id)];
      counts.set(mine, (counts.get(mine) ?? 0) + 1);
      if (mine !== theirs && differences.length < 5) differences.push({ id: JSON.stringify(id), theirs, mine });
    }
  }
  return { counts, differences };
}

function answerOf(bucketing: Bucketing, { salt, percentage, weights }: Case): (id: string) => number {
  if (weights !== undefined) return bucketing.variant(salt, weights, percentage);
  const isIn = bucketing.rollout(salt, percentage);
  return (id) => (isIn(id) ? 0 : -1);
}

function total(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
