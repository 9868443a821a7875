import { optimizely } from "burgee/bucketing";
import { compareWithOrigin } from "./against-origin.js";
import { openOptimizely } from "./origins/optimizely.js";

compareWithOrigin({
  bucketing: optimizely,
  open: openOptimizely,
  emptyId: "hashed as any other",
  salts: ["9300000169122", "größe-尺寸", "a"],
  percentages: [0.5, 1, 33.33, 50, 99],
  weights: [5000, 3000, 2000],
  sharesInSplit: [0.5, 20, 99],
  splits: [[3333, 3333, 3334]],
});
