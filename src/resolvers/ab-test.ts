import type { RegisteredFlag } from "../registry/registry.js";
import { bucketSeed, sliceOf, weightEnds } from "../rules/bucket.js";
import type { Context } from "../rules/context.js";
import type { CheckedRule } from "../rules/rule.js";
import { checkWeights } from "../rules/weights.js";
import { type HashingOptions, isTexts, readHashing, showAll, unfit } from "./hashing-options.js";
import type { Resolver } from "./resolver.js";

/** What {@link abTest} takes. Its name is `ab-test` unless given. */
export interface AbTestOptions<V extends string> extends HashingOptions {
  /** The names of the variants. Their order counts: each has the slice of the buckets that its place and weight give. */
  readonly variants: readonly V[];
  /** A share for each variant, in the same order, on any positive scale: fractions, percents, or parts. */
  readonly weights: readonly number[];
}

/** Units spread over variants. Made by {@link abTest}. */
export interface AbTest<V extends string> extends Resolver {
  readonly variants: readonly V[];
  /** The variant of the context's unit in the experiment of that name, whether `flags` names it or not. */
  resolveVariant(name: string, context?: Context): V;
  /** The same where `flags` names the experiment; the fallback where it does not. */
  resolve<F>(name: string, fallback: F, context?: Context): V | F;
}

const MAKER = "abTest";

/**
 * A resolver for a chain of one's own: spreads units over variants by weight, each always getting the same one. Without
 * a unit the instance is hashed. It works by itself too, in no chain, and answers the same then.
 *
 * In a chain it answers for the flags whose values are exactly these variants, in this order, and for everybody: no
 * step behind it is asked about them. A flag that has them in another order is a failure of this step, for in a chain
 * the definition's order counts, and units would get other variants than by themselves; so is a flag that `flags` names
 * and that has other values.
 *
 * The bucket is that of an experiment's weights, `murmur3-v1`: `bucketOf(unit, salt ?? name, "variant")`, and each
 * variant has the slice from the sum of the weights before it to the sum with its own, of the sum of all.
 *
 * @throws BurgeeError `INVALID_OPTIONS`, listing everything that is wrong
 *
 * @example
 * const test = abTest({ variants: ["control", "treatment_a", "treatment_b"], weights: [0.5, 0.25, 0.25] });
 * test.resolveVariant("experiment_1", { userId: "u1" });
 */
export function abTest<const V extends string>(options: AbTestOptions<V>): AbTest<V> {
  const hashing = readHashing(MAKER, "ab-test", options, ["variants", "weights"], spreadProblems);
  const { name, flags, words } = hashing;
  const variants = Object.freeze([...options.variants]);
  const ends = weightEnds(options.weights);
  const { weights } = checkShares(options);
  const rule: CheckedRule = Object.freeze({ ...words, weights });
  const variantOf = (flag: string, context: Context | undefined): V => {
    const seed = bucketSeed(hashing.saltOf(flag), "variant");
    return variants[sliceOf(hashing.unitOf(context), seed, ends)] as V;
  };
  return Object.freeze({
    name,
    flags,
    variants,
    resolveVariant: variantOf,
    resolve: <F>(flag: string, fallback: F, context?: Context) =>
      hashing.answersFor(flag) ? variantOf(flag, context) : fallback,
    prepare(flag) {
      if (!hashing.answersFor(flag.name)) return undefined;
      const problem = mismatch(flag, variants);
      if (problem === undefined) return { rule };
      if (problem === "other" && flags === undefined) return undefined;
      const own = flag.values === undefined ? `it is ${flag.kind}` : `its values are ${showAll(flag.values)}`;
      const order = problem === "order" ? ", in another order; give them in the order of the definition" : "";
      throw unfit(MAKER, flag.name, `${own}, and the test spreads over ${showAll(variants)}${order}`);
    },
  } satisfies AbTest<V>);
}

/** Why a flag's values are not the variants: they are others, or the same in another order. */
function mismatch({ values = [] }: RegisteredFlag, variants: readonly string[]): "other" | "order" | undefined {
  if (values.length !== variants.length || !variants.every((variant) => values.includes(variant))) return "other";
  return values.every((value, index) => value === variants[index]) ? undefined : "order";
}

function spreadProblems({ variants, weights }: AbTestOptions<string>): string[] {
  const problems: string[] = [];
  if (!isTexts(variants) || variants.length === 0)
    problems.push('`variants` must be a list of names, such as ["control", "treatment"]');
  if (!Array.isArray(weights)) problems.push("`weights` must be a list of numbers, such as [0.5, 0.5]");
  if (problems.length > 0) return problems;
  if (variants.length !== weights.length)
    return [`there are ${variants.length} \`variants\` and ${weights.length} \`weights\`; each needs the other`];
  const twice = variants.find((variant, index) => variants.indexOf(variant) !== index);
  if (twice !== undefined) return [`the variant ${showAll([twice])} is given twice`];
  return checkShares({ variants, weights }).issues.map(({ message }) => message);
}

function checkShares({ variants, weights }: Pick<AbTestOptions<string>, "variants" | "weights">) {
  const given = Object.fromEntries(variants.map((variant, index) => [variant, weights[index] ?? Number.NaN]));
  return checkWeights(given, { kind: "experiment", values: variants });
}
