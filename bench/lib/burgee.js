// What the adapters of burgee share. It is measured as it is published: dist/, after a build.
import { createFlags, defineFlags, flag } from "../../dist/index.js";
import { CONSTANT, EXPERIMENT, flagsOf, ROLLOUT, TARGETING } from "./workloads.js";

/** The flags in code, a constant's definition being `constant(on, index)`. */
export function definitionsOf(flags, constant) {
  return Object.fromEntries(
    flagsOf(flags, {
      constant: (name, on, index) => [name, constant(on, index)],
      rollout: (name) => [name, flag.boolean({ default: false, rule: { rollout: 25 } })],
      experiment: (name) => [name, flag.experiment({ A: 50, B: 25, C: 25 }, { default: "A" })],
      targeting: (name) => [
        name,
        flag.boolean({ default: false, rule: { when: { country: { $in: ["DE", "FR"] }, plan: "pro" } } }),
      ],
    }),
  );
}

/** An instance with these definitions, and the workloads that ask it. The options are the defaults, as users have them. */
export function workloadsOf(definitions, options = {}) {
  const flags = createFlags(defineFlags(definitions), options);
  return {
    flags,
    context: (user) => ({ userId: user.id, country: user.country, plan: user.plan }),
    constant: (context) => flags.isEnabled(CONSTANT, context),
    rollout: (context) => flags.isEnabled(ROLLOUT, context),
    experiment: (context) => flags.resolveVariant(EXPERIMENT, context),
    targeting: (context) => flags.isEnabled(TARGETING, context),
    all: (context) => flags.getAllFlags(context),
    close: () => flags.close(),
  };
}
