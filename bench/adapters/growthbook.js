import { GrowthBookClient } from "@growthbook/growthbook";
import {
  allByName,
  CONSTANT,
  constantNames,
  EXPERIMENT,
  flagsOf,
  namesOfTrue,
  ROLLOUT,
  TARGETING,
} from "../lib/workloads.js";

export const info = {
  title: "growthbook",
  package: "@growthbook/growthbook",
  mode: "sync",
  note: "`initSync` with a payload, no tracking callback; W5 asks flag by flag",
};

const byId = { hashAttribute: "id", hashVersion: 2 };

const words = {
  constant: (name, on) => [name, { defaultValue: on }],
  rollout: (name) => [name, { defaultValue: false, rules: [{ force: true, coverage: 0.25, seed: name, ...byId }] }],
  experiment: (name) => {
    const rule = {
      key: name,
      seed: name,
      variations: ["A", "B", "C"],
      weights: [0.5, 0.25, 0.25],
      coverage: 1,
      ...byId,
    };
    return [name, { defaultValue: "A", rules: [rule] }];
  },
  targeting: (name) => {
    const condition = { country: { $in: ["DE", "FR"] }, plan: "pro" };
    return [name, { defaultValue: false, rules: [{ condition, force: true }] }];
  },
};

export async function setup(flags) {
  const features = Object.fromEntries(flagsOf(flags, words));
  const client = new GrowthBookClient({}).initSync({ payload: { features } });
  const names = constantNames(flags.constants);
  return {
    context: (user) => ({ attributes: { id: user.id, country: user.country, plan: user.plan } }),
    constant: (context) => client.isOn(CONSTANT, context),
    rollout: (context) => client.isOn(ROLLOUT, context),
    experiment: (context) => client.getFeatureValue(EXPERIMENT, "none", context),
    targeting: (context) => client.isOn(TARGETING, context),
    all: (context) => allByName(names, (name) => client.isOn(name, context)),
    namesOn: namesOfTrue,
    close: () => client.destroy(),
  };
}
