import type { Answer, Spread } from "./answers.js";
import { BUCKETS, murmur3 } from "./bucket.js";
import type { Parts } from "./parts.js";
import type { Resolution } from "./resolution.js";

/** How those who come through the guards of a rule are answered. */
export interface Share {
  /** The answer of everybody, where nobody needs hashing. */
  readonly anyone: Resolution | undefined;
  readonly of: (unit: string) => Resolution;
  /** The answer of a unit on the allow list. */
  readonly listed: (unit: string) => Resolution;
  readonly outcomes: readonly Resolution[];
  readonly listedOutcomes: readonly Resolution[];
  /** Those of the outcomes that a hash assigned: in or out of a plain rollout, or a variant by weight. */
  readonly assigned: readonly Resolution[];
}

/** Prepares the share of a rule. */
export function shareOf(parts: Parts): Share {
  const outside = parts.otherwise("SPLIT", "outside the rollout");
  return "serve" in parts.pass ? served(parts, parts.pass.serve, outside) : spread(parts, parts.pass, outside);
}

function served(parts: Parts, serve: Answer, outside: Resolution): Share {
  const { threshold, rolloutSeed: seed, salt, percentage, foreign } = parts;
  const listed = serve("TARGETING_MATCH", "on the allow list");
  const common = { listed: () => listed, listedOutcomes: [listed] };
  if (threshold === BUCKETS) {
    const anyone = serve(...throughGuards(parts));
    return { ...common, anyone, of: () => anyone, outcomes: [anyone], assigned: [] };
  }
  const inside = serve("SPLIT", "within the rollout");
  const isIn = threshold > 0 ? foreign?.rollout(salt, percentage) : undefined;
  const of = isIn
    ? (unit: string) => (isIn(unit) ? inside : outside)
    : (unit: string) => (murmur3(unit, seed) < threshold ? inside : outside);
  const assigned = threshold > 0 ? [inside, outside] : [];
  return { ...common, anyone: undefined, of, outcomes: threshold > 0 ? assigned : [outside], assigned };
}

/** What is said of those who pass where no hash of the rule's own decides. */
function throughGuards({ gates, when, deny }: Parts): Parameters<Answer> {
  const [last] = gates.slice(-1);
  if (last !== undefined) return ["SPLIT", last.kind === "layer" ? "within its slice of the layer" : "not held out"];
  if (when !== undefined) return ["TARGETING_MATCH", "conditions met"];
  return deny === undefined ? ["TARGETING_MATCH"] : ["TARGETING_MATCH", "not on the deny list"];
}

function spread(parts: Parts, pass: Spread, outside: Resolution): Share {
  const { threshold, rolloutSeed, percentage, foreign } = parts;
  const variants = pass.answers.map((answer) => answer("SPLIT"));
  const listed = pass.answers.map((answer) => answer("SPLIT", "on the allow list"));
  const choose = chooser(parts, pass, 100);
  // A foreign bucketing may leave somebody out at 100 %, too.
  const leavesOut = threshold < BUCKETS || foreign !== undefined;
  const shared = {
    anyone: undefined,
    listed: (unit: string) => listed[choose(unit)] ?? outside,
    listedOutcomes: foreign === undefined ? listed : [...listed, outside],
    outcomes: [...(threshold > 0 ? variants : []), ...(leavesOut ? [outside] : [])],
    assigned: threshold > 0 ? variants : [],
  };
  if (threshold === BUCKETS) return { ...shared, of: (unit) => variants[choose(unit)] ?? outside };
  if (foreign !== undefined && threshold > 0) {
    const chooseAmong = chooser(parts, pass, percentage);
    return { ...shared, of: (unit) => variants[chooseAmong(unit)] ?? outside };
  }
  return {
    ...shared,
    of: (unit) => (murmur3(unit, rolloutSeed) < threshold ? (variants[choose(unit)] as Resolution) : outside),
  };
}

/** The index of a unit's variant; -1 where a foreign bucketing leaves it outside the share. */
function chooser({ foreign, salt }: Parts, { seed, ends, weights }: Spread, percentage: number) {
  if (foreign !== undefined) return foreign.variant(salt, weights, percentage);
  return (unit: string): number => {
    const hash = murmur3(unit, seed);
    let index = 0;
    while (hash >= (ends[index] as number)) index++;
    return index;
  };
}
