import { createFlags, defineFlags, flag } from "../../../dist/index.js";
import { murmur3 } from "../../lib/murmur3.js";
import { EXPERIMENT, flagsOf, ROLLOUT, TARGETING, users } from "../../lib/workloads.js";
import { quick } from "./report.js";

/** A constant boolean that there is among ten flags too; it is on. */
export const CONSTANT = "flag-2";
/** The workloads that ask one flag: a constant, a rollout of 25 %, an experiment of three, a targeting rule. */
export const WORKLOADS = ["W1", "W2", "W3", "W4"];

/** No variables, no profile, no log: nothing but the definitions. */
export const PLAIN = { env: false, profile: false, logger: false };

/** The contexts of that many users, all of one shape. */
export function contexts(count = quick ? 2_000 : 10_000) {
  return users(count).map(({ id, country, plan }) => ({ userId: id, country, plan }));
}

/** So many definitions, the last three of which are asked by W2, W3 and W4. */
export function definitions(count) {
  const setup = { constants: count - 3, rules: true };
  return Object.fromEntries(
    flagsOf(setup, {
      constant: (name, on) => [name, flag.boolean({ default: on })],
      rollout: (name) => [name, flag.boolean({ default: false, rule: { rollout: 25 } })],
      experiment: (name) => [name, flag.experiment({ A: 50, B: 25, C: 25 }, { default: "A" })],
      targeting: (name) => [
        name,
        flag.boolean({ default: false, rule: { when: { country: { $in: ["DE", "FR"] }, plan: "pro" } } }),
      ],
    }),
  );
}

/** So many flags, from code alone unless the options say otherwise. */
export function flagsOfSize(count, options = PLAIN) {
  return createFlags(defineFlags(definitions(count)), options);
}

/** How burgee, or one of its snapshots, is asked. */
export function asks(flags) {
  return {
    W1: (context) => flags.isEnabled(CONSTANT, context),
    W2: (context) => flags.isEnabled(ROLLOUT, context),
    W3: (context) => flags.resolveVariant(EXPERIMENT, context),
    W4: (context) => flags.isEnabled(TARGETING, context),
  };
}

/** The seed that burgee's hash of a flag has: worked out ahead, as in burgee. */
export function seedOf(flag, purpose) {
  return murmur3(`${flag}:${purpose}`, 0);
}

/** The same answers with the least code that gives them: a Map, a hash, a predicate, all written by hand. */
export function floors(count) {
  const constants = flagsOf({ constants: count - 3, rules: false }, { constant: (name, on) => [name, on] });
  const values = new Map(Object.entries(Object.fromEntries(constants)));
  const rolloutSeed = seedOf(ROLLOUT, "rollout");
  const experimentSeed = seedOf(EXPERIMENT, "variant");
  const countries = new Set(["DE", "FR"]);
  return {
    W1: () => values.get(CONSTANT) === true,
    W2: ({ userId }) => murmur3(userId, rolloutSeed) < 2 ** 30,
    W3: ({ userId }) => {
      const hash = murmur3(userId, experimentSeed);
      return hash < 2 ** 31 ? "A" : hash < 3 * 2 ** 30 ? "B" : "C";
    },
    W4: ({ country, plan }) => countries.has(country) && plan === "pro",
  };
}

/**
 * Compares every answer with its floor's, which also warms both with all kinds of flags and users: what is measured
 * later has seen what a real program sees.
 */
export function verify(asked, expected, inputs) {
  for (const input of inputs) {
    for (const name of Object.keys(asked)) {
      const answer = asked[name](input);
      const right = expected[name](input);
      if (answer !== right) throw new Error(`${name} gave ${answer} and not ${right} for ${JSON.stringify(input)}`);
    }
  }
}
