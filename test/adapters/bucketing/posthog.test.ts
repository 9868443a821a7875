import { posthog } from "burgee/bucketing";
import { compareWithOrigin } from "./against-origin.js";
import { openPostHog } from "./origins/posthog.js";

compareWithOrigin({
  bucketing: posthog,
  open: openPostHog,
  emptyId: "in nothing",
  salts: ["new-checkout", "größe-尺寸", "a.b"],
  percentages: [0.5, 1, 33.333, 50, 99],
  weights: [50, 30, 20],
  sharesInSplit: [0.5, 20, 99],
  splits: [[33.33, 33.33, 33.34]],
});
