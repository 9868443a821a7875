import { configcat } from "burgee/bucketing";
import { compareWithOrigin } from "./against-origin.js";
import { openConfigCat } from "./origins/configcat.js";

compareWithOrigin({
  bucketing: configcat,
  open: openConfigCat,
  emptyId: "hashed as any other",
  salts: ["newCheckout", "größe-尺寸", "a"],
  percentages: [1, 33, 50, 99],
  weights: [50, 30, 20],
  sharesInSplit: [10, 20, 90],
  splits: [
    [33, 33, 34],
    [0, 1, 99],
  ],
});
