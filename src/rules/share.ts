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
  readonly split: Split | undefined;
  /** The answer of a unit on the allow list, where the rule has one. */
  readonly listed: ((unit: string) => Resolution) | undefined;
  readonly outcomes: readonly Resolution[];
  readonly listedOutcomes: readonly Resolution[];
  /** Those of the outcomes that a hash assigned: in or out of a plain rollout, or a variant by weight. */
  readonly assigned: readonly Resolution[];
}

/** One hash with one threshold. */
export interface Split {
  readonly seed: number;
  readonly threshold: number;
  readonly inside: Resolution;
  readonly outside: Resolution;
}

const NONE: readonly Resolution[] = [];

/** Prepares the share of a rule. */
export function shareOf(parts: Parts): Share {
  return "serve" in parts.pass ? served(parts, parts.pass.serve) : spread(parts, parts.pass);
}

function served(parts: Parts, serve: Answer): Share {
  const { threshold, rolloutSeed: seed, salt, percentage, foreign } = parts;
  const onList = parts.allow && serve("TARGETING_MATCH", "on the allow list");
  const listed = onList && (() => onList);
  const listedOutcomes = onList === undefined ? NONE : [onList];
  if (threshold === BUCKETS) {
    const anyone = serve(...throughGuards(parts));
    const of = () => anyone;
    return { anyone, of, split: undefined, listed, listedOutcomes, outcomes: [anyone], assigned: NONE };
  }
  const outside = parts.otherwise("SPLIT", "outside the rollout");
  const inside = serve("SPLIT", "within the rollout");
  const isIn = threshold > 0 ? foreign?.rollout(salt, percentage) : undefined;
  const of = isIn
    ? (unit: string) => (isIn(unit) ? inside : outside)
    : (unit: string) => (isBelow(unit, seed, threshold) ? inside : outside);
  const split = isIn ? undefined : { seed, threshold, inside, outside };
  const both = threshold > 0 ? [inside, outside] : undefined;
  const [outcomes, assigned] = [both ?? [outside], both ?? NONE];
  return { anyone: undefined, of, split, listed, listedOutcomes, outcomes, assigned };
}

/** What is said of those who pass where no hash of the rule's own decides. */
function throughGuards({ gates, when, deny }: Parts): Parameters<Answer> {
  const last = gates.at(-1);
  if (last !== undefined) return ["SPLIT", last.kind === "layer" ? "within its slice of the layer" : "not held out"];
  if (when !== undefined) return ["TARGETING_MATCH", "conditions met"];
  return deny === undefined ? ["TARGETING_MATCH"] : ["TARGETING_MATCH", "not on the deny list"];
}

function spread(parts: Parts, pass: Spread): Share {
  const { threshold, rolloutSeed, foreign, allow } = parts;
  const variants = pass.answers.map((answer) => answer("SPLIT"));
  const onList = allow && pass.answers.map((answer) => answer("SPLIT", "on the allow list"));
  if (foreign !== undefined) return foreignSpread(parts, pass, foreign, variants, onList);
  const pick = picker(pass, variants);
  const assigned = threshold > 0 ? variants : NONE;
  const listed = onList && picker(pass, onList);
  const common = { anyone: undefined, split: undefined, listed, listedOutcomes: onList ?? NONE, assigned };
  if (threshold === BUCKETS) return { ...common, of: pick, outcomes: variants };
  const outside = parts.otherwise("SPLIT", "outside the rollout");
  const of = (unit: string) => (isBelow(unit, rolloutSeed, threshold) ? pick(unit) : outside);
  return { ...common, of, outcomes: [...assigned, outside] };
}

/** The answer in whose slice a unit's bucket falls. */
function picker({ seed, ends }: Spread, answers: readonly Resolution[]): (unit: string) => Resolution {
  return (unit) => answers[sliceOf(unit, seed, ends)] as Resolution;
}

/** The same by another bucketing, which may leave somebody out though everybody takes part. */
function foreignSpread(
  { threshold, salt, percentage, otherwise }: Parts,
  { weights }: Spread,
  foreign: Bucketing,
  variants: readonly Resolution[],
  onList: readonly Resolution[] | undefined,
): Share {
  const outside = otherwise("SPLIT", "outside the rollout");
  const choose = foreign.variant(salt, weights, 100);
  const chooseAmong = threshold === 0 ? () => -1 : foreign.variant(salt, weights, percentage);
  const assigned = threshold > 0 ? variants : NONE;
  return {
    anyone: undefined,
    of: (unit) => variants[chooseAmong(unit)] ?? outside,
    split: undefined,
    listed: onList && ((unit) => onList[choose(unit)] ?? outside),
    listedOutcomes: onList === undefined ? NONE : [...onList, outside],
    outcomes: [...assigned, outside],
    assigned,
  };
}
