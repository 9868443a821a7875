import { setup as raw } from "./raw.js";

export const info = {
  title: "raw floor, awaited",
  mode: "async",
  floor: true,
  parts: ["time", "allocation"],
  note: "the raw floor behind async functions: what no API of promises can be faster than",
};

export async function setup(flags) {
  const floor = await raw(flags);
  return {
    context: floor.context,
    constant: async (user) => floor.constant(user),
    rollout: async (user) => floor.rollout(user),
    experiment: async (user) => floor.experiment(user),
    targeting: async (user) => floor.targeting(user),
    all: async (user) => floor.all(user),
    namesOn: floor.namesOn,
  };
}
