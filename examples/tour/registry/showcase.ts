import { defineFlags, flag } from "burgee";

/** One flag whose users come in by a staged rollout, and one experiment. */
export const showcaseFlags = defineFlags({
  new_checkout: flag.boolean({
    default: false,
    description: "The one-page checkout",
    strategy: "gradual",
    exposed: true,
    rule: { rollout: 25 },
  }),
  answer_model: flag.experiment(
    { control: 50, treatment_a: 25, treatment_b: 25 },
    {
      default: "control",
      description: "Which model answers: today's for half of all users, two candidates for the rest",
    },
  ),
});
