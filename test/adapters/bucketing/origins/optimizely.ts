import { createInstance, createStaticProjectConfigManager, OptimizelyDecideOption } from "@optimizely/optimizely-sdk";
import type { Case, Origin } from "../against-origin.js";

/** Instances with a datafile each, one for each case: rules are known by the ids that are hashed. No events, no log. */
export async function openOptimizely(cases: readonly Case[]): Promise<Origin> {
  const instances = cases.map((asked) =>
    createInstance({
      projectConfigManager: createStaticProjectConfigManager({ datafile: JSON.stringify(datafileOf(asked)) }),
      defaultDecideOptions: [OptimizelyDecideOption.DISABLE_DECISION_EVENT],
      disposable: true,
    }),
  );
  await Promise.all(instances.map((instance) => instance.onReady()));
  return {
    ask(at, id) {
      const context = instances[at]?.createUserContext(id);
      if (context === undefined) throw new Error("no user");
      const key = context.decide("asked").variationKey;
      return key === null ? -1 : Number(key);
    },
    async close() {
      await Promise.all(instances.map((instance) => instance.close()));
    },
  };
}

/** A delivery where the case has no weights, an experiment where it has. */
function datafileOf({ salt: id, percentage, weights }: Case) {
  let end = 0;
  const trafficAllocation = (weights ?? [10_000]).map((weight, index) => {
    end += Math.round((weight * percentage) / 100);
    return { entityId: `v${index}`, endOfRange: end };
  });
  const variations = (weights ?? [0]).map((_, index) => ({
    id: `v${index}`,
    key: String(index),
    featureEnabled: true,
    variables: [],
  }));
  const rule = { id, key: "rule", status: "Running", layerId: "layer", audienceIds: [], forcedVariations: {} };
  const asked = { ...rule, variations, trafficAllocation };
  const isExperiment = weights !== undefined;
  return {
    version: "4",
    revision: "1",
    projectId: "1",
    accountId: "1",
    anonymizeIP: true,
    botFiltering: false,
    attributes: [],
    events: [],
    groups: [],
    variables: [],
    audiences: [],
    rollouts: [{ id: "rollout", experiments: isExperiment ? [] : [asked] }],
    experiments: isExperiment ? [asked] : [],
    featureFlags: [
      { id: "f", key: "asked", rolloutId: "rollout", experimentIds: isExperiment ? [id] : [], variables: [] },
    ],
  };
}
