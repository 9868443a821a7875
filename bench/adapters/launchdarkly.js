import launchdarkly from "@launchdarkly/node-server-sdk";
import integrations from "@launchdarkly/node-server-sdk/integrations";
import { withFile } from "../lib/temporary-file.js";
import { CONSTANT, EXPERIMENT, flagsOf, namesOfTrue, ROLLOUT, TARGETING } from "../lib/workloads.js";

export const info = {
  title: "launchdarkly, no events",
  package: "@launchdarkly/node-server-sdk",
  mode: "async",
  note: "flags from a file, events off; W5 is `allFlagsState`",
};

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const weights = (...shares) => ({
  rollout: {
    contextKind: "user",
    variations: shares.map((weight, variation) => ({ variation, weight: weight * 1_000 })),
  },
});

function flag(name, variations, fallthrough, rules = []) {
  const none = { targets: [], contextTargets: [], prerequisites: [], clientSide: false, trackEvents: false };
  const offVariation = variations.length - 1;
  return [
    name,
    { key: name, version: 1, on: true, variations, fallthrough, offVariation, salt: `salt-${name}`, rules, ...none },
  ];
}

const words = {
  constant: (name, on) => flag(name, [true, false], { variation: on ? 0 : 1 }),
  rollout: (name) => flag(name, [true, false], weights(25, 75)),
  experiment: (name) => flag(name, ["A", "B", "C"], weights(50, 25, 25)),
  targeting: (name) => {
    const clause = (attribute, values) => ({ contextKind: "user", attribute, op: "in", values, negate: false });
    const clauses = [clause("country", ["DE", "FR"]), clause("plan", ["pro"])];
    return flag(name, [true, false], { variation: 1 }, [{ id: "targeted", variation: 0, clauses }]);
  },
};

export async function setup(flags) {
  const file = JSON.stringify({ flags: Object.fromEntries(flagsOf(flags, words)), segments: {} });
  const client = await withFile("flags.json", file, async (path) => {
    const updateProcessor = new integrations.FileDataSourceFactory({ paths: [path] }).getFactory();
    const started = launchdarkly.init("sdk-key", { updateProcessor, sendEvents: false, logger });
    return await started.waitForInitialization({ timeout: 10 });
  });
  return {
    context: (user) => ({ kind: "user", key: user.id, country: user.country, plan: user.plan }),
    constant: (context) => client.boolVariation(CONSTANT, context, false),
    rollout: (context) => client.boolVariation(ROLLOUT, context, false),
    experiment: (context) => client.stringVariation(EXPERIMENT, context, "none"),
    targeting: (context) => client.boolVariation(TARGETING, context, false),
    all: (context) => client.allFlagsState(context),
    namesOn: (state) => namesOfTrue(state.allValues()),
    close: () => client.close(),
  };
}
