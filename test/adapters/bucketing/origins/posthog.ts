import { PostHog } from "posthog-node";
import type { Case, Origin } from "../against-origin.js";

/** Clients that evaluate locally from given definitions, one for each case: flags are known by the keys that are hashed. */
export async function openPostHog(cases: readonly Case[]): Promise<Origin> {
  const clients = await Promise.all(cases.map(clientOf));
  const options = { onlyEvaluateLocally: true };
  return {
    async ask(at, distinctId) {
      const flags = await clients[at]?.getAllFlags(distinctId, options);
      const answer = flags?.[cases[at]?.salt ?? ""];
      if (answer === undefined) return -2;
      if (answer === false) return -1;
      return answer === true ? 0 : Number(answer);
    },
    async close() {
      await Promise.all(clients.map((client) => client.shutdown()));
    },
  };
}

async function clientOf(asked: Case): Promise<PostHog> {
  const definitions = { flags: [flagOf(asked)], groupTypeMapping: {}, cohorts: {} };
  const client = new PostHog("phc_tests", {
    // A port on which nobody listens, should anything be asked after all.
    host: "http://127.0.0.1:9",
    enableLocalEvaluation: true,
    flagDefinitionCacheProvider: {
      getFlagDefinitions: () => definitions,
      shouldFetchFlagDefinitions: () => false,
      onFlagDefinitionsReceived() {},
      shutdown() {},
    },
    featureFlagsPollingInterval: 100_000_000,
    disableGeoip: true,
  });
  if (!(await client.waitForLocalEvaluationReady(10_000))) throw new Error("PostHog did not get ready");
  return client;
}

function flagOf({ salt, percentage, weights }: Case) {
  const variants = weights?.map((weight, index) => ({ key: String(index), rollout_percentage: weight }));
  return {
    id: 1,
    name: salt,
    key: salt,
    active: true,
    deleted: false,
    version: 1,
    rollout_percentage: null,
    ensure_experience_continuity: false,
    experiment_set: [],
    filters: {
      groups: [{ properties: [], rollout_percentage: percentage }],
      payloads: {},
      ...(variants && { multivariate: { variants } }),
    },
  };
}
