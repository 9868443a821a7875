import type { Resolver } from "./resolver.js";

/** The last step before the default: the rule in the flag's definition; for an experiment without one, its weights. */
export const rolloutResolver: Resolver = {
  name: "rollout",
  prepare({ rule, weights }) {
    if (rule !== undefined) return { rule, place: "definition" };
    return weights === undefined ? undefined : { rule: Object.freeze({ weights }), place: "definition" };
  },
};
