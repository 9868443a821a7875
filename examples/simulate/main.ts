import { formatSimulation, simulate } from "burgee";
import { customers } from "./customers.js";
import { registry } from "./registry.js";

// The edit that somebody is about to make: the checkout for 25 % of those in Germany and France, and even thirds.
const edit = {
  new_checkout: { when: { country: { $in: ["DE", "FR"] } }, rollout: 25 },
  answer_model: { weights: { control: 1, treatment_a: 1, treatment_b: 1 } },
} as const;

const result = simulate(registry, edit, customers(50_000));
console.log(formatSimulation(result));

// The result is plain data, so a pipeline can stop an edit that touches more than it was meant to.
const [checkout] = result.flags;
const lost = checkout?.flow.find(({ from, to }) => from === true && to === false);
console.log(`\n${lost?.count ?? 0} customers would lose the new checkout: ${lost === undefined ? "go" : "stop"}`);

// Those who have it keep it where the edit only lets more in.
const kinder = {
  new_checkout: {
    rules: [
      { name: "home", when: { country: { $in: ["DE", "FR"] } }, rollout: 25 },
      { name: "as before", rollout: 10 },
    ],
  },
};
const [again] = simulate(registry, kinder, customers(50_000)).flags;
const stillLost = again?.flow.some(({ to }) => to === false);
console.log(`with a second rule for the others, ${again?.moved.count} move: ${stillLost ? "stop" : "go"}`);
