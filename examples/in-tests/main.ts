import { createFlags } from "burgee";
import { checkoutPages, registry } from "./checkout.js";

const flags = createFlags(registry);
for (const userId of ["ana", "ben", "cleo", "dan"])
  console.log(`${userId}: ${checkoutPages(flags, userId).join(" → ")}`);
await flags.close();
