import { InMemStorageProvider, Unleash } from "unleash-client";
import { backend } from "../lib/backend.js";
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
  title: "unleash",
  package: "unleash-client",
  mode: "sync",
  note: "bootstrap data, metrics off, no refresh (a server on loopback says once that nothing changed); W5 asks flag by flag",
};

function feature(name, enabled, strategy) {
  const strategies = [{ parameters: {}, constraints: [], ...strategy }];
  return {
    name,
    type: "release",
    enabled,
    stale: false,
    impressionData: false,
    project: "default",
    strategies,
    variants: [],
  };
}

const byUser = (name, rollout) => ({
  name: "flexibleRollout",
  parameters: { rollout, stickiness: "userId", groupId: name },
});
const variant = (name, weight) => ({ name, weight, weightType: "variable", stickiness: "userId" });
const oneOf = (contextName, values) => ({ contextName, operator: "IN", values });

const words = {
  constant: (name, on) => feature(name, on, { name: "default" }),
  rollout: (name) => feature(name, true, byUser(name, "25")),
  experiment: (name) => {
    const variants = [variant("A", 500), variant("B", 250), variant("C", 250)];
    return feature(name, true, { ...byUser(name, "100"), variants });
  },
  targeting: (name) => {
    const constraints = [oneOf("country", ["DE", "FR"]), oneOf("plan", ["pro"])];
    return feature(name, true, { name: "default", constraints });
  },
};

export async function setup(flags) {
  const client = new Unleash({
    appName: "bench",
    url: `${backend()}/api/`,
    refreshInterval: 0,
    disableMetrics: true,
    bootstrap: { data: flagsOf(flags, words) },
    storageProvider: new InMemStorageProvider(),
    skipInstanceCountWarning: true,
  });
  client.on("error", () => {});
  client.on("warn", () => {});
  await new Promise((resolve) => client.once("ready", resolve));
  const names = constantNames(flags.constants);
  return {
    context: (user) => ({ userId: user.id, properties: { country: user.country, plan: user.plan } }),
    constant: (context) => client.isEnabled(CONSTANT, context),
    rollout: (context) => client.isEnabled(ROLLOUT, context),
    experiment: (context) => client.getVariant(EXPERIMENT, context).name,
    targeting: (context) => client.isEnabled(TARGETING, context),
    all: (context) => allByName(names, (name) => client.isEnabled(name, context)),
    namesOn: namesOfTrue,
    close: () => client.destroy(),
  };
}
