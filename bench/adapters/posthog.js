import { PostHog } from "posthog-node";
import { backend } from "../lib/backend.js";
import { CONSTANT, EXPERIMENT, flagsOf, namesOfTrue, ROLLOUT, TARGETING } from "../lib/workloads.js";

export const info = {
  title: "posthog",
  package: "posthog-node",
  mode: "async",
  note: "definitions from its cache, evaluated locally, its event of each call off; W5 is `getAllFlags`",
};

function flag(name, index, group, more = {}) {
  const { active = true, variants } = more;
  const groups = [{ properties: [], rollout_percentage: 100, ...group }];
  const filters = { groups, payloads: {}, ...(variants && { multivariate: { variants } }) };
  return { id: index + 1, name, key: name, active, deleted: false, version: 1, filters };
}

const share = (key, percentage) => ({ key, rollout_percentage: percentage });
const property = (key, value) => ({ key, type: "person", operator: "exact", value });

const words = {
  constant: (name, on, index) => flag(name, index, {}, { active: on }),
  rollout: (name, index) => flag(name, index, { rollout_percentage: 25 }),
  experiment: (name, index) => flag(name, index, {}, { variants: [share("A", 50), share("B", 25), share("C", 25)] }),
  targeting: (name, index) =>
    flag(name, index, { properties: [property("country", ["DE", "FR"]), property("plan", ["pro"])] }),
};

export async function setup(flags) {
  const data = { flags: flagsOf(flags, words), groupTypeMapping: {}, cohorts: {} };
  const client = new PostHog("phc_bench", {
    host: backend(),
    enableLocalEvaluation: true,
    flagDefinitionCacheProvider: {
      getFlagDefinitions: () => data,
      shouldFetchFlagDefinitions: () => false,
      onFlagDefinitionsReceived() {},
      shutdown() {},
    },
    featureFlagsPollingInterval: 100_000_000,
    disableGeoip: true,
  });
  if (!(await client.waitForLocalEvaluationReady(5_000))) throw new Error("its local evaluation did not get ready");
  return {
    context: (user) => ({
      id: user.id,
      options: {
        personProperties: { country: user.country, plan: user.plan },
        onlyEvaluateLocally: true,
        sendFeatureFlagEvents: false,
      },
    }),
    constant: ({ id, options }) => client.isFeatureEnabled(CONSTANT, id, options),
    rollout: ({ id, options }) => client.isFeatureEnabled(ROLLOUT, id, options),
    experiment: ({ id, options }) => client.getFeatureFlag(EXPERIMENT, id, options),
    targeting: ({ id, options }) => client.isFeatureEnabled(TARGETING, id, options),
    all: ({ id, options }) => client.getAllFlags(id, options),
    namesOn: namesOfTrue,
    close: () => client.shutdown(),
  };
}
