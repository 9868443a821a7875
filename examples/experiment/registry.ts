import { defineFlags, flag } from "burgee";

export const registry = defineFlags({
  answer_model: flag.experiment(
    { control: 2, treatment_a: 1, treatment_b: 1 },
    {
      default: "control",
      description: "The model that answers",
      payloads: {
        control: { model: "small", temperature: 0 },
        treatment_a: { model: "small", temperature: 0.4 },
        treatment_b: { model: "large", temperature: 0 },
      },
    },
  ),
  answer_length: flag.experiment({ control: 1, short: 1 }, { default: "control", description: "How long answers are" }),
});
