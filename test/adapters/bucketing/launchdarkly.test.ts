import { launchdarkly } from "burgee/bucketing";
import { compareWithOrigin } from "./against-origin.js";
import { openLaunchDarkly } from "./origins/launchdarkly.js";

compareWithOrigin({
  bucketing: launchdarkly,
  open: openLaunchDarkly,
  emptyId: "in nothing",
  salts: ["new-checkout.4f1d8e", "größe.尺寸", "a.b.c", "61"],
  percentages: [0.5, 1, 33.333, 50, 99],
  weights: [50_000, 30_000, 20_000],
  sharesInSplit: [0.5, 20, 99],
  splits: [
    [33_333, 33_333, 33_334],
    [10_000, 70_000, 20_000],
  ],
});
