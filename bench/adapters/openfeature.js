import { InMemoryProvider, OpenFeature } from "@openfeature/server-sdk";
import { murmur3Pair } from "../lib/murmur3.js";
import {
  CONSTANT,
  constantNames,
  EXPERIMENT,
  flagsOf,
  isTargeted,
  namesOfTrue,
  ROLLOUT,
  TARGETING,
} from "../lib/workloads.js";

export const info = {
  title: "openfeature, in memory",
  package: "@openfeature/server-sdk",
  mode: "async",
  note: "its `InMemoryProvider` has no rules: hash and predicate of the raw floor stand in for them, so W2 to W4 show the price of its client; W5 asks flag by flag",
};

const QUARTER = 2 ** 30;
const onOff = { on: true, off: false };

function flag(name, variants, defaultVariant, contextEvaluator) {
  return [name, { variants, defaultVariant, disabled: false, ...(contextEvaluator && { contextEvaluator }) }];
}

const words = {
  constant: (name, on) => flag(name, onOff, on ? "on" : "off"),
  rollout: (name) =>
    flag(name, onOff, "off", ({ targetingKey }) => (murmur3Pair(name, targetingKey, 0) < QUARTER ? "on" : "off")),
  experiment: (name) =>
    flag(name, { A: "A", B: "B", C: "C" }, "A", ({ targetingKey }) => {
      const hash = murmur3Pair(name, targetingKey, 0);
      if (hash < 2 * QUARTER) return "A";
      return hash < 3 * QUARTER ? "B" : "C";
    }),
  targeting: (name) => flag(name, onOff, "off", (context) => (isTargeted(context) ? "on" : "off")),
};

export async function setup(flags) {
  const domain = `bench-${flags.constants}`;
  await OpenFeature.setProviderAndWait(domain, new InMemoryProvider(Object.fromEntries(flagsOf(flags, words))));
  const client = OpenFeature.getClient(domain);
  const names = constantNames(flags.constants);
  return {
    context: (user) => ({ targetingKey: user.id, country: user.country, plan: user.plan }),
    constant: (context) => client.getBooleanValue(CONSTANT, false, context),
    rollout: (context) => client.getBooleanValue(ROLLOUT, false, context),
    experiment: (context) => client.getStringValue(EXPERIMENT, "none", context),
    targeting: (context) => client.getBooleanValue(TARGETING, false, context),
    all: async (context) => {
      const answers = {};
      for (const name of names) answers[name] = await client.getBooleanValue(name, false, context);
      return answers;
    },
    namesOn: namesOfTrue,
    close: () => OpenFeature.close(),
  };
}
