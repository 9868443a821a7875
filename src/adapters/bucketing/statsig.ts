import type { Bucketing } from "../../rules/bucketing.js";
import { type Shares, sliceEnds, unevenProblem } from "./shares.js";
import { statsigSha256 } from "./statsig-sha256.js";

const GATE_BUCKETS = 10_000;
const EXPERIMENT_BUCKETS = 1000;

/**
 * Statsig's gates and experiments, as statsig-node 6 has them.
 *
 * - **Salt** of a gate: `gateSalt.ruleSalt`, the rule's id standing in where its salt is missing. Of an experiment: the
 *   `salt` in the `additionalValues` of its `user_bucket` conditions.
 * - **Hash**: the first 64 bits of SHA-256 over the UTF-8 of `salt.unit`; a lone surrogate pairs with whatever follows,
 *   and some long texts beyond ASCII hash as only statsig-node does (`statsigSha256`). Gates count in ten-thousandths, experiments in thousandths.
 * - **Shares**: hundredths of a percent; weights on any scale that comes to whole thousandths. No rollout beside
 *   weights: Statsig asks for those with other salts, so it takes a parent flag.
 *
 * Source: `_evalPassPercent` and `user_bucket` in dist/Evaluator.js, `computeUserHash` and dist/utils/Sha256.js of
 * statsig-node 6.5.2.
 *
 * @example
 * createFlags(registry, { bucketing: [statsig] }); // { rollout: 25, hash: statsig, salt: gate-salt.rule-salt }
 */
export const statsig: Bucketing = Object.freeze({
  name: "statsig",
  // The product is not rounded, as there: 1.1 % are 110.00000000000001, and so 111 buckets.
  rollout: (salt: string, percentage: number) => (unit: string) =>
    bucketAmong(GATE_BUCKETS, salt, unit) < percentage * 100,
  variant: (salt: string, weights: readonly number[], percentage: number) => {
    const isIn = statsig.rollout(salt, percentage);
    const ends = sliceEnds(weights, 100, EXPERIMENT_BUCKETS);
    return (unit: string) => {
      if (!isIn(unit)) return -1;
      const bucket = bucketAmong(EXPERIMENT_BUCKETS, salt, unit);
      return ends.findIndex((end) => bucket < end);
    };
  },
  point: (salt: string, purpose: "rollout" | "variant") => {
    const count = purpose === "rollout" ? GATE_BUCKETS : EXPERIMENT_BUCKETS;
    return (unit: string) => bucketAmong(count, salt, unit) / count;
  },
  problem: ({ percentage = 100, weights }: Shares) => {
    if (weights === undefined) return unevenProblem({ percentage }, GATE_BUCKETS);
    if (percentage === 0 || percentage === 100) return unevenProblem({ weights }, EXPERIMENT_BUCKETS);
    return "who takes part in an experiment is asked with another salt there; give the flag a parent with that rollout, and leave it out here";
  },
});

function bucketAmong(count: number, salt: string, unit: string): number {
  return Number(statsigSha256(paired(`${salt}.${unit}`)) % BigInt(count));
}

/** Statsig reads any surrogate and the code unit after it, or zero at the end, as the ten bits each of a pair. */
function paired(text: string): string {
  return text.replace(/[\ud800-\udfff].?/gs, (pair) => {
    const bits = ((pair.charCodeAt(0) & 0x3ff) << 10) | (pair.charCodeAt(1) & 0x3ff);
    return String.fromCodePoint(0x10000 + bits);
  });
}
