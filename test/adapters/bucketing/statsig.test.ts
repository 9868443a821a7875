import { statsig } from "burgee/bucketing";
import { describe, expect, it } from "vitest";
import { compareWithOrigin } from "./against-origin.js";
import { randomIds } from "./ids.js";
import { openStatsig } from "./origins/statsig.js";

compareWithOrigin({
  bucketing: statsig,
  open: openStatsig,
  emptyId: "hashed as any other",
  salts: ["new_checkout.4f1d8e", "größe.尺寸", "a.b.c"],
  percentages: [0.5, 1.1, 1, 33.33, 50, 99],
  weights: [500, 300, 200],
  sharesInSplit: [],
  splits: [[333, 333, 334]],
});

describe("an experiment of Statsig's that only a share takes part in", () => {
  const weights = [500, 300, 200];
  const ids = randomIds(10_000, 2);

  it("is a rollout with the gate's salt, then the split with the experiment's", async () => {
    const gated = { salt: "experiment.salt", gateSalt: "gate.rule", percentage: 20, weights };
    const origin = await openStatsig([gated]);
    const takesPart = statsig.rollout("gate.rule", 20);
    const variantOf = statsig.variant("experiment.salt", weights, 100);
    const ours = ids.map((id) => (takesPart(id) ? variantOf(id) : -1));
    expect(ours).toEqual(await Promise.all(ids.map((id) => origin.ask(0, id))));
    expect(new Set(ours)).toEqual(new Set([-1, 0, 1, 2]));
    await origin.close();
  });

  it("is refused as one rule, which has one salt", () => {
    expect(statsig.problem?.({ percentage: 20, weights })).toMatch(/another salt there; give the flag a parent/);
    for (const percentage of [undefined, 0, 100]) expect(statsig.problem?.({ percentage, weights })).toBeUndefined();
  });

  it("is, where the group's rules pass a share and all salts are one text, what the evaluator does with them", async () => {
    const passing = { salt: "one.text", percentage: 33.33, weights };
    const origin = await openStatsig([passing]);
    const variantOf = statsig.variant("one.text", weights, 33.33);
    expect(ids.map(variantOf)).toEqual(await Promise.all(ids.map((id) => origin.ask(0, id))));
    await origin.close();
  });
});

describe("long ids beyond ASCII", () => {
  /** Every length around the ends of two blocks of 64 bytes, with a character of two, three or four bytes across them. */
  const ids = ["é", "中", "😀"].flatMap((letter) =>
    [0, 1, 2, 3].flatMap((shift) =>
      Array.from({ length: 100 }, (_, count) => "x".repeat(shift) + letter.repeat(count + 1)),
    ),
  );

  it("hash as statsig-node hashes them", async () => {
    const salt = "gate.rule";
    const origin = await openStatsig([{ salt, percentage: 50 }]);
    const isIn = statsig.rollout(salt, 50);
    expect(ids.map((id) => (isIn(id) ? 0 : -1))).toEqual(await Promise.all(ids.map((id) => origin.ask(0, id))));
    await origin.close();
  });
});
