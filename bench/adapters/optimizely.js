import { createInstance, createStaticProjectConfigManager, OptimizelyDecideOption } from "@optimizely/optimizely-sdk";
import { CONSTANT, EXPERIMENT, flagsOf, ROLLOUT, TARGETING } from "../lib/workloads.js";

export const info = {
  title: "optimizely",
  package: "@optimizely/optimizely-sdk",
  mode: "sync",
  note: "static datafile, no event processor, decision events off, each user's context made beforehand; W5 is `decideAll`",
};

const variation = (id, key, featureEnabled) => ({ id, key, featureEnabled, variables: [] });

/** The first of the variations' ends, in ten thousandths, above the user's bucket decides. */
function rule(id, variations, ends, audienceIds = []) {
  const trafficAllocation = ends.map((endOfRange, index) => ({ entityId: variations[index].id, endOfRange }));
  const layerId = `layer-${id}`;
  return { id, key: id, status: "Running", layerId, audienceIds, variations, trafficAllocation, forcedVariations: {} };
}

/** A flag, with the rules of its rollout and those of its experiment. */
function feature(name, index, rolloutRules, experiments = []) {
  const rolloutId = `rollout-${index}`;
  const experimentIds = experiments.map(({ id }) => id);
  return {
    flag: { id: `feature-${index}`, key: name, rolloutId, experimentIds, variables: [] },
    rollout: { id: rolloutId, experiments: rolloutRules },
    experiments,
  };
}

const words = {
  constant: (name, on, index) =>
    feature(name, index, [rule(`rule-${index}`, [variation(`variation-${index}`, on ? "on" : "off", on)], [10_000])]),
  rollout: (name, index) =>
    feature(name, index, [rule(`rule-${index}`, [variation(`variation-${index}`, "on", true)], [2_500])]),
  experiment: (name, index) => {
    const variations = ["A", "B", "C"].map((key) => variation(`variation-${index}-${key}`, key, true));
    return feature(name, index, [], [rule(`rule-${index}`, variations, [5_000, 7_500, 10_000])]);
  },
  targeting: (name, index) =>
    feature(name, index, [
      rule(`rule-${index}`, [variation(`variation-${index}`, "on", true)], [10_000], ["targeted"]),
      rule(`else-${index}`, [variation(`variation-else-${index}`, "off", false)], [10_000]),
    ]),
};

const is = (name, value) => ({ type: "custom_attribute", match: "exact", name, value });
const targeted = ["and", ["or", is("country", "DE"), is("country", "FR")], is("plan", "pro")];

function datafileOf(flags) {
  const features = flagsOf(flags, words);
  return JSON.stringify({
    version: "4",
    revision: "1",
    projectId: "1",
    accountId: "1",
    environmentKey: "bench",
    sdkKey: "bench",
    anonymizeIP: true,
    botFiltering: false,
    sendFlagDecisions: false,
    attributes: [
      { id: "country", key: "country" },
      { id: "plan", key: "plan" },
    ],
    events: [],
    groups: [],
    variables: [],
    audiences: [{ id: "targeted", name: "targeted", conditions: '["or", ["match", "$opt_dummy_attribute"]]' }],
    typedAudiences: [{ id: "targeted", name: "targeted", conditions: targeted }],
    featureFlags: features.map(({ flag }) => flag),
    rollouts: features.map(({ rollout }) => rollout),
    experiments: features.flatMap(({ experiments }) => experiments),
  });
}

export async function setup(flags) {
  const client = createInstance({
    projectConfigManager: createStaticProjectConfigManager({ datafile: datafileOf(flags) }),
    defaultDecideOptions: [OptimizelyDecideOption.DISABLE_DECISION_EVENT],
  });
  await client.onReady();
  return {
    context: (user) => client.createUserContext(user.id, { country: user.country, plan: user.plan }),
    constant: (context) => context.decide(CONSTANT).enabled,
    rollout: (context) => context.decide(ROLLOUT).enabled,
    experiment: (context) => context.decide(EXPERIMENT).variationKey,
    targeting: (context) => context.decide(TARGETING).enabled,
    all: (context) => context.decideAll(),
    namesOn: (answers) =>
      Object.values(answers)
        .filter(({ enabled }) => enabled)
        .map(({ flagKey }) => flagKey),
    close: () => client.close(),
  };
}
