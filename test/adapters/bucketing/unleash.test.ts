import { unleash } from "burgee/bucketing";
import { compareWithOrigin } from "./against-origin.js";
import { openUnleash } from "./origins/unleash.js";

compareWithOrigin({
  bucketing: unleash,
  open: openUnleash,
  emptyId: "in nothing",
  salts: ["new_checkout", "größe-尺寸", "a.b:c d"],
  percentages: [1, 33, 50, 99],
  weights: [500, 300, 200],
  sharesInSplit: [1, 20, 99],
  splits: [
    [333, 333, 334],
    [5, 0, 995],
    [0, 995, 5],
  ],
});
