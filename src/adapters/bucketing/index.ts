/**
 * The bucketings of other feature-flag systems, bit for bit, for those who move over and must move nobody. Give those
 * that rules name to `createFlags({ bucketing })`. Each is checked in the tests against its origin's own package.
 *
 * They hash with the texts that their origins build, so that each question allocates a little; burgee's own does not.
 *
 * @example
 * import { createFlags, defineFlags, flag } from "burgee";
 * import { unleash } from "burgee/bucketing";
 *
 * const registry = defineFlags({ new_checkout: flag.boolean({ default: false, rule: { rollout: 25, hash: "unleash" } }) });
 * const flags = createFlags(registry, { bucketing: [unleash] });
 */
import type { Bucketing } from "../../rules/bucketing.js";
import { configcat } from "./configcat.js";
import { flagd } from "./flagd.js";
import { growthbookV1, growthbookV2 } from "./growthbook.js";
import { launchdarkly } from "./launchdarkly.js";
import { optimizely } from "./optimizely.js";
import { posthog } from "./posthog.js";
import { statsig } from "./statsig.js";
import { unleash } from "./unleash.js";

export { configcat, flagd, growthbookV1, growthbookV2, launchdarkly, optimizely, posthog, statsig, unleash };

/** All of them, for a profile whose rules may name any. */
export const bucketings: readonly Bucketing[] = Object.freeze([
  unleash,
  flagd,
  growthbookV1,
  growthbookV2,
  launchdarkly,
  statsig,
  posthog,
  configcat,
  optimizely,
]);
