import { murmur3 } from "../lib/murmur3.js";
import { EXPERIMENT, flagsOf, namesOfTrue, ROLLOUT } from "../lib/workloads.js";

export const info = {
  title: "raw floor, seeded",
  mode: "sync",
  floor: true,
  parts: ["time", "allocation"],
  note: "as the raw floor, with all that can be computed beforehand: the flag's share of the hash, so that only the id is hashed, and for W5 an object, which is copied",
};

const QUARTER = 2 ** 30;

export async function setup(flags) {
  const template = Object.fromEntries(
    flagsOf(flags, {
      constant: (name, on) => [name, on],
      rollout: (name) => [name, false],
      experiment: (name) => [name, "A"],
      targeting: (name) => [name, false],
    }),
  );
  const rolloutSeed = murmur3(`${ROLLOUT}:rollout`, 0);
  const experimentSeed = murmur3(`${EXPERIMENT}:variant`, 0);
  return {
    context: (user) => user,
    rollout: (user) => murmur3(user.id, rolloutSeed) < QUARTER,
    experiment: (user) => {
      const hash = murmur3(user.id, experimentSeed);
      if (hash < 2 * QUARTER) return "A";
      return hash < 3 * QUARTER ? "B" : "C";
    },
    all: () => ({ ...template }),
    namesOn: namesOfTrue,
  };
}
