import type { Answer, Spread } from "./answers.js";
import { BUCKETS, isBelow, sliceOf } from "./bucket.js";
import type { Bucketing } from "./bucketing.js";
import type { Parts } from "./parts.js";
import type { Resolution } from "./resolution.js";

/** How those who come through the guards of a rule are answered. */
export interface Share {
  /** The answer of everybody, where nobody needs hashing. */
  readonly anyone: Resolution | undefined;
  readonly of: (unit: string) => Resolution;
  /** What `of` compares, where it is one hash with one threshold: whoever asks may do so without a further call. */
  readonly split?: { readonly seed: number; readonly threshold: number; readonly inside: Resolution } | undefined;
  /** The answer of those outside the share. */
  readonly outside: Resolution;
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
  const common = { listed: () => listed, listedOutcomes: [listed], outside };
  if (threshold === BUCKETS) {
    const anyone = serve(...throughGuards(parts));
    return { ...common, anyone, of: () => anyone, outcomes: [anyone], assigned: [] };
  }
  const inside = serve("SPLIT", "within the rollout");
  const isIn = threshold > 0 ? foreign?.rollout(salt, percentage) : undefined;
  const of = isIn
    ? (unit: string) => (isIn(unit) ? inside : outside)
    : (unit: string) => (isBelow(unit, seed, threshold) ? inside : outside);
  const assigned = threshold > 0 ? [inside, outside] : [];
  const split = isIn ? undefined : { seed, threshold, inside };
  return { ...common, anyone: undefined, of, split, outcomes: threshold > 0 ? assigned : [outside], assigned };
}

/** What is said of those who pass where no hash of the rule's own decides. */
function throughGuards({ gates, when, deny }: Parts): Parameters<Answer> {
  const [last] = gates.slice(-1);
  if (last !== undefined) return ["SPLIT", last.kind === "layer" ? "within its slice of the layer" : "not held out"];
  if (when !== undefined) return ["TARGETING_MATCH", "conditions met"];
  return deny === undefined ? ["TARGETING_MATCH"] : ["TARGETING_MATCH", "not on the deny list"];
}

function spread(parts: Parts, pass: Spread, outside: Resolution): Share {
  const { threshold, rolloutSeed, foreign } = parts;
  const variants = pass.answers.map((answer) => answer("SPLIT"));
  const listed = pass.answers.map((answer) => answer("SPLIT", "on the allow list"));
  const shared = { anyone: undefined, outside, assigned: threshold > 0 ? variants : [] };
  if (foreign !== undefined)
    return { ...shared, ...foreignSpread(parts, pass, foreign, { variants, listed, outside }) };
  const pick = picker(pass, variants);
  const partial = threshold < BUCKETS;
  return {
    ...shared,
    listed: picker(pass, listed),
    listedOutcomes: listed,
    outcomes: [...(threshold > 0 ? variants : []), ...(partial ? [outside] : [])],
    of: partial ? (unit) => (isBelow(unit, rolloutSeed, threshold) ? pick(unit) : outside) : pick,
  };
}

/** The answer in whose slice a unit's bucket falls. */
function picker({ seed, ends }: Spread, answers: readonly Resolution[]): (unit: string) => Resolution {
  return (unit) => answers[sliceOf(unit, seed, ends)] as Resolution;
}

/** The same by another bucketing, which may leave somebody out though everybody takes part. */
function foreignSpread(
  { threshold, salt, percentage }: Parts,
  { weights }: Spread,
  foreign: Bucketing,
  {
    variants,
    listed,
    outside,
  }: Record<"variants" | "listed", readonly Resolution[]> & { readonly outside: Resolution },
): Pick<Share, "listed" | "listedOutcomes" | "outcomes" | "of"> {
  const choose = foreign.variant(salt, weights, 100);
  const chooseAmong = threshold === 0 ? () => -1 : foreign.variant(salt, weights, percentage);
  return {
    listed: (unit) => listed[choose(unit)] ?? outside,
    listedOutcomes: [...listed, outside],
    outcomes: [...(threshold > 0 ? variants : []), outside],
    of: (unit) => variants[chooseAmong(unit)] ?? outside,
  };
}
