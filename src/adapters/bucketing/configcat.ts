import type { Bucketing } from "../../rules/bucketing.js";
import { sha1 } from "./sha1.js";
import { partsIn, type Shares, sliceEnds, unevenProblem } from "./shares.js";

const PERCENTS = 100;

/**
 * ConfigCat's percentage options, as configcat-node 11 has them.
 *
 * - **Salt**: the setting's key. The percentage evaluation attribute is the rule's `by`.
 * - **Hash**: the first 28 bits of SHA-1 over salt and unit with nothing between, modulo 100. UTF-8; a lone surrogate
 *   gets the three bytes of its code unit.
 * - **One bucket**: a rollout of 20 % with weights is the first fifth, shared out; ConfigCat writes it as options
 *   whose last one is the rest.
 * - **Shares**: whole percents, weights too (of all, not of those who take part).
 *
 * Source: `evaluatePercentageOptions` in lib/RolloutEvaluator.js and lib/Utils.js of configcat-common, in
 * configcat-node 11.4.1.
 *
 * @example
 * createFlags(registry, { bucketing: [configcat] }); // { rollout: 25, hash: configcat, salt: theSettingKey }
 */
export const configcat: Bucketing = Object.freeze({
  name: "configcat",
  rollout: (salt: string, percentage: number) => {
    const end = partsIn(percentage, PERCENTS);
    return (unit: string) => percentOf(salt, unit) < end;
  },
  variant: (salt: string, weights: readonly number[], percentage: number) => {
    const ends = sliceEnds(weights, percentage, PERCENTS);
    return (unit: string) => {
      const percent = percentOf(salt, unit);
      return ends.findIndex((end) => percent < end);
    };
  },
  point: (salt: string) => (unit: string) => percentOf(salt, unit) / PERCENTS,
  problem: (shares: Shares) => unevenProblem(shares, PERCENTS),
});

function percentOf(salt: string, unit: string): number {
  return Number.parseInt(sha1(utf8(salt + unit)).slice(0, 7), 16) % PERCENTS;
}

const LONE = /(\p{Surrogate})/u;

/** UTF-8 in which a lone surrogate is encoded as if it were a character. */
function utf8(text: string): string | Buffer {
  if (!LONE.test(text)) return text;
  const bytes = text.split(LONE).map((part) => {
    if (!LONE.test(part)) return Buffer.from(part);
    const unit = part.charCodeAt(0);
    return Buffer.from([0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)]);
  });
  return Buffer.concat(bytes);
}
