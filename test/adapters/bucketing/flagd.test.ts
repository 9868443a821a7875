import { flagd } from "burgee/bucketing";
import { expect, it } from "vitest";
import { type Case, compareWithOrigin } from "./against-origin.js";
import { randomIds } from "./ids.js";
import { openFlagd } from "./origins/flagd.js";

compareWithOrigin({
  bucketing: flagd,
  open: openFlagd,
  emptyId: "in nothing",
  salts: ["new-checkout", "größe-尺寸", "a"],
  percentages: [0.5, 1, 33, 50, 99],
  weights: [50, 30, 20],
  sharesInSplit: [0.5, 20, 99],
  splits: [
    [1, 1, 1],
    [0, 715_827_883, 1_431_655_764],
    [90, 0, 9_999],
  ],
});

it("agrees with flagd on ids that lie at the very end of a slice", () => {
  const most = 2 ** 31 - 1;
  const ids = randomIds(300, 3);
  const cases: readonly Case[] = ids.flatMap((id) => {
    // The last slice that leaves the id out, and the first that takes it in.
    const bucket = Math.floor(flagd.point("edge", "variant")(id) * most);
    return [bucket, bucket + 1].map((end) => ({ salt: "edge", percentage: 100, weights: [end, most - end] }));
  });
  const origin = openFlagd(cases);
  const idOf = (at: number) => ids[Math.floor(at / 2)] ?? "";
  const ours = cases.map(({ salt, weights = [] }, at) => flagd.variant(salt, weights, 100)(idOf(at)));
  expect(ours).toEqual(cases.map((_, at) => origin.ask(at, idOf(at))));
  expect(ours).toEqual(cases.map((_, at) => 1 - (at % 2)));
});
