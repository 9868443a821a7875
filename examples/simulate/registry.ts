import { defineFlags, flag } from "burgee";

/** What the shop has in production today. */
export const registry = defineFlags({
  new_checkout: flag.boolean({ default: false, description: "The one-page checkout", rule: { rollout: 10 } }),
  gift_cards: flag.boolean({
    default: true,
    description: "Gift cards, which the new checkout alone can take",
    dependsOn: ["new_checkout"],
  }),
  answer_model: flag.experiment(
    { control: 50, treatment_a: 25, treatment_b: 25 },
    { default: "control", description: "The model that answers questions" },
  ),
});
