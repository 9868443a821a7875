import { FlagdCore } from "@openfeature/flagd-core";
import type { Case, Origin } from "../against-origin.js";

const silent = { error() {}, warn() {}, info() {}, debug() {} };

/** The in-process evaluator, one for each case: flags are known by the keys that are hashed. */
export function openFlagd(cases: readonly Case[]): Origin {
  const cores = cases.map((asked) => {
    const core = new FlagdCore(undefined, silent);
    core.setConfigurations(JSON.stringify({ flags: { [asked.salt]: flagOf(asked) } }));
    return core;
  });
  return {
    ask(at, targetingKey) {
      const key = cases[at]?.salt ?? "";
      const { value, variant } = cores[at]?.resolveStringEvaluation(key, "none", { targetingKey }, silent) ?? {
        value: "",
        variant: "",
      };
      if (variant === undefined) throw new Error("not evaluated");
      return value === "rest" ? -1 : Number(value);
    },
    close() {},
  };
}

/** Weights that say the same as a share of them: each times the share, and the rest. All are whole numbers. */
function flagOf({ percentage, weights = [1] }: Case) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const of = 1000;
  const entries = weights.map((weight, index) => [String(index), Math.round(weight * percentage * of)]);
  const rest = ["rest", Math.round(total * (100 - percentage) * of)];
  const names = [...weights.map((_, index) => String(index)), "rest"];
  return {
    state: "ENABLED",
    variants: Object.fromEntries(names.map((name) => [name, name])),
    defaultVariant: "rest",
    targeting: {
      fractional: percentage === 100 ? weights.map((weight, index) => [String(index), weight]) : [...entries, rest],
    },
  };
}
