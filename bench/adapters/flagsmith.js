import { Flagsmith, LocalFileHandler } from "flagsmith-nodejs";
import { withFile } from "../lib/temporary-file.js";
import { CONSTANT, EXPERIMENT, flagsOf, ROLLOUT, TARGETING } from "../lib/workloads.js";

export const info = {
  title: "flagsmith",
  package: "flagsmith-nodejs",
  mode: "async",
  note: "offline, analytics off; it has no call for one flag of one user, so each question is `getIdentityFlags`, which decides all flags",
};

const uuid = (index) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;

function state(name, index, enabled, variants = []) {
  return {
    django_id: index + 1,
    enabled,
    feature_state_value: variants.length > 0 ? "A" : null,
    featurestate_uuid: uuid(index),
    feature: { id: index + 1, name, type: variants.length > 0 ? "MULTIVARIATE" : "STANDARD" },
    multivariate_feature_state_values: variants,
  };
}

const variant = (value, id) => ({
  id,
  percentage_allocation: 25,
  mv_fs_value_uuid: uuid(id),
  multivariate_feature_option: { id, value },
});

/** The flag is off for all, and on for the users of a segment. */
function segment(id, conditions, name, index) {
  const rules = [{ type: "ALL", conditions: [], rules: [{ type: "ALL", conditions, rules: [] }] }];
  return { id, name: `segment-${id}`, rules, feature_states: [state(name, index, true)] };
}

const condition = (property, operator, value) => ({ property_: property, operator, value });
const inCountry = condition("country", "IN", "DE,FR");
const hasPlan = condition("plan", "EQUAL", "pro");

const segments = {
  constant: () => undefined,
  rollout: (name, index) => segment(1, [condition("", "PERCENTAGE_SPLIT", "25")], name, index),
  experiment: () => undefined,
  targeting: (name, index) => segment(2, [inCountry, hasPlan], name, index),
};

const words = {
  constant: (name, on, index) => state(name, index, on),
  rollout: (name, index) => state(name, index, false),
  experiment: (name, index) => state(name, index, true, [variant("B", 1), variant("C", 2)]),
  targeting: (name, index) => state(name, index, false),
};

function environmentOf(flags) {
  const organisation = {
    id: 1,
    name: "bench",
    feature_analytics: false,
    stop_serving_flags: false,
    persist_trait_data: false,
  };
  const segmentsUsed = flagsOf(flags, segments).filter((found) => found !== undefined);
  return JSON.stringify({
    id: 1,
    api_key: "bench",
    name: "bench",
    project: { id: 1, name: "bench", hide_disabled_flags: false, organisation, segments: segmentsUsed },
    feature_states: flagsOf(flags, words),
    identity_overrides: [],
  });
}

export async function setup(flags) {
  const client = await withFile(
    "environment.json",
    environmentOf(flags),
    (path) =>
      new Flagsmith({
        environmentKey: "ser.bench",
        enableLocalEvaluation: true,
        enableAnalytics: false,
        offlineMode: true,
        offlineHandler: new LocalFileHandler(path),
      }),
  );
  const flagsFor = (context) => client.getIdentityFlags(context.id, context.traits);
  return {
    context: (user) => ({ id: user.id, traits: { country: user.country, plan: user.plan } }),
    constant: async (context) => (await flagsFor(context)).isFeatureEnabled(CONSTANT),
    rollout: async (context) => (await flagsFor(context)).isFeatureEnabled(ROLLOUT),
    experiment: async (context) => (await flagsFor(context)).getFeatureValue(EXPERIMENT),
    targeting: async (context) => (await flagsFor(context)).isFeatureEnabled(TARGETING),
    all: flagsFor,
    namesOn: (answers) =>
      answers
        .allFlags()
        .filter(({ enabled }) => enabled)
        .map(({ featureName }) => featureName),
    close: () => client.close(),
  };
}
