// What the budgets ask: 1,000 flags and the calls over them. Imported by the programs beside it.
import { createFlags, defineFlags, flag } from "burgee";

/** Contexts and ids are made ahead, so that a call allocates what burgee allocates and nothing else. */
export const CONTEXTS = 1_024;

const countries = ["DE", "FR", "US", "GB"];

/** A Standard Schema that takes whatever it is given, so that no package is needed. */
const anything = { "~standard": { version: 1, vendor: "budgets", validate: (value) => ({ value }) } };

function definitions() {
  const experiment = flag.experiment({ A: 50, B: 25, C: 25 }, { default: "A" });
  const statics = Array.from({ length: 990 }, (_, n) => [`static_${n}`, flag.boolean({ default: n % 2 === 0 })]);
  return {
    ...Object.fromEntries(statics),
    rollout: flag.boolean({ default: false, rule: { rollout: 25 } }),
    parent: flag.boolean({ default: false, rule: { rollout: 80 } }),
    child: flag.boolean({ default: false, dependsOn: ["static_0", "parent"], rule: { rollout: 25 } }),
    experiment,
    targeting: flag.boolean({ default: false, rule: { when: { country: { $in: ["DE", "FR"] }, plan: "pro" } } }),
    number: flag.number({ default: 1.5 }),
    string: flag.string({ default: "text" }),
    json: flag.json(anything, { default: { perMinute: 60 } }),
    numberByRule: flag.number({ default: 1.5, rule: { rollout: 50, serve: 2.5 } }),
  };
}

/** Flags that read nothing from outside, and say nothing. */
export function someFlags() {
  return createFlags(defineFlags(definitions()), { env: false, profile: false, logger: false });
}

/** A context for each unit of an alphabet. The texts are flat: a joined one is copied when it is first read. */
export function contextsOf(alphabet) {
  return Array.from({ length: CONTEXTS }, (_, n) => ({
    userId: JSON.parse(`"${alphabet}-${String(n).padStart(6, "0")}"`),
    country: countries[n % countries.length],
    plan: n % 3 === 0 ? "free" : "pro",
  }));
}
