import { growthbookV1, growthbookV2 } from "burgee/bucketing";
import { compareWithOrigin } from "./against-origin.js";
import { openGrowthBook } from "./origins/growthbook.js";

const shared = {
  emptyId: "in nothing" as const,
  salts: ["new-checkout", "größe-尺寸", "a"],
  percentages: [0.5, 1, 33.3, 50, 99],
  weights: [0.5, 0.3, 0.2],
  sharesInSplit: [0.5, 20, 33.3, 99],
  splits: [
    [50, 30, 20],
    [1, 1, 1],
    [1, 1, 1, 1, 1, 1],
    [1, 1, 1, 1, 1, 1, 1],
    [0.333, 0.333, 0.333],
    [33.3, 33.3, 33.4],
    [0.1, 0.7, 0.2],
  ],
};
compareWithOrigin({ ...shared, bucketing: growthbookV1, open: openGrowthBook(1) });
compareWithOrigin({
  ...shared,
  bucketing: growthbookV2,
  open: openGrowthBook(2),
  percentages: [...shared.percentages, 1.1, 12.34],
});
