import { murmur3Pair } from "../lib/murmur3.js";
import { CONSTANT, EXPERIMENT, flagsOf, namesOfTrue, ROLLOUT } from "../lib/workloads.js";

export const info = {
  title: "raw floor",
  mode: "sync",
  floor: true,
  note: "no SDK: `Map.get`, a murmur3 written by hand over flag and id, a predicate written by hand; W5 builds an object",
};

const QUARTER = 2 ** 30;

export async function setup(flags) {
  const answers = new Map(
    flagsOf(flags, {
      constant: (name, on) => [name, on],
      rollout: (name) => [name, false],
      experiment: (name) => [name, "A"],
      targeting: (name) => [name, false],
    }),
  );
  const names = [...answers.keys()];
  const countries = new Set(["DE", "FR"]);
  return {
    context: (user) => user,
    constant: () => answers.get(CONSTANT) === true,
    rollout: (user) => murmur3Pair(ROLLOUT, user.id, 0) < QUARTER,
    experiment: (user) => {
      const hash = murmur3Pair(EXPERIMENT, user.id, 0);
      if (hash < 2 * QUARTER) return "A";
      return hash < 3 * QUARTER ? "B" : "C";
    },
    targeting: (user) => countries.has(user.country) && user.plan === "pro",
    all: () => {
      const all = {};
      for (let index = 0; index < names.length; index++) all[names[index]] = answers.get(names[index]) === true;
      return all;
    },
    namesOn: namesOfTrue,
  };
}
