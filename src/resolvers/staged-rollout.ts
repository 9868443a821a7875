import { BurgeeError } from "../errors.js";
import { bucketSeed, isBelow, percentageThreshold } from "../rules/bucket.js";
import type { Context } from "../rules/context.js";
import { type Percentage, readShare } from "../rules/percentage.js";
import type { CheckedRule } from "../rules/rule.js";
import { type HashingOptions, readHashing, unfit } from "./hashing-options.js";
import type { Resolver } from "./resolver.js";

/** What {@link stagedRollout} takes. Its name is `staged-rollout` unless given. */
export interface StagedRolloutOptions extends HashingOptions {
  /** The share of units that are in, from 0 to 100, or as text with a percent sign. */
  readonly percentage: Percentage;
}

/** A share of the units for whom boolean flags are on, which grows as you say. Made by {@link stagedRollout}. */
export interface StagedRollout extends Resolver {
  /** The present share, from 0 to 100. */
  readonly percentage: number;
  /**
   * Sets another share, from now on. Flags in whose chain it stands publish their changes.
   *
   * @throws BurgeeError `INVALID_OPTIONS` for anything but a percentage; the share is as before then
   */
  setPercentage(percentage: Percentage): void;
  /** Whether the unit of the context is in, for the flag of that name; the fallback where `flags` does not name it. */
  resolve(name: string, fallback: boolean, context?: Context): boolean;
}

const MAKER = "stagedRollout";

/**
 * A resolver for a chain of one's own: turns boolean flags on for a share of the units, all of those that `flags`
 * names. Without a unit the instance is hashed. It works by itself too, in no chain, and answers the same then.
 *
 * In a chain it answers for everybody, on or off: no step behind it is asked about those flags. A flag that `flags`
 * names and that is not boolean is a failure of this step.
 *
 * The bucket is that of a rule with `rollout`, `murmur3-v1`: whoever is in at 10 % is in at 50 %, and a unit is in where
 * `bucketOf(unit, salt ?? name) < percentage / 100`, but for rounding the share to 1 in 2^32.
 *
 * @throws BurgeeError `INVALID_OPTIONS`, listing everything that is wrong
 *
 * @example
 * const rollout = stagedRollout({ percentage: 10, flags: ["new_feature"] });
 * const flags = createFlags(registry, { resolvers: ["env", "profile", "overrides", rollout] });
 * rollout.setPercentage(50); // later: `onFlagChanged` tells
 */
export function stagedRollout(options: StagedRolloutOptions): StagedRollout {
  const hashing = readHashing(MAKER, "staged-rollout", options, ["percentage"], ({ percentage }) => {
    const reading = readShare(percentage);
    return "problem" in reading ? [`\`percentage\` ${reading.problem}`] : [];
  });
  const { name, flags, words } = hashing;
  const listeners = new Set<(names?: readonly string[]) => void>();
  let share = shareOf(options.percentage);
  return Object.freeze({
    name,
    flags,
    get percentage() {
      return share.percentage;
    },
    setPercentage(percentage: Percentage) {
      const next = shareOf(percentage);
      if (next.percentage === share.percentage) return;
      share = next;
      for (const changed of [...listeners]) changed(flags);
    },
    resolve(flag: string, fallback: boolean, context?: Context) {
      if (!hashing.answersFor(flag)) return fallback;
      return isBelow(hashing.unitOf(context), bucketSeed(hashing.saltOf(flag), "rollout"), share.threshold);
    },
    prepare(flag) {
      if (!hashing.answersFor(flag.name)) return undefined;
      if (flag.kind === "boolean") {
        const rule: CheckedRule = Object.freeze({ ...words, rollout: share.percentage });
        return { rule };
      }
      if (flags === undefined) return undefined;
      throw unfit(MAKER, flag.name, `it is ${flag.kind}, and a share of the units is on or off`);
    },
    onChange(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  } satisfies StagedRollout);
}

/** A percentage, and the number of buckets that it is. */
function shareOf(given: Percentage): { readonly percentage: number; readonly threshold: number } {
  const reading = readShare(given);
  if ("problem" in reading) throw new BurgeeError("INVALID_OPTIONS", `the percentage ${reading.problem}`);
  return { percentage: reading.value, threshold: percentageThreshold(reading.value) };
}
