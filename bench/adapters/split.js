import { SplitFactory } from "@splitsoftware/splitio";
import { backend } from "../lib/backend.js";
import { CONSTANT, constantNames, EXPERIMENT, flagsOf, ROLLOUT, TARGETING } from "../lib/workloads.js";

export const info = {
  title: "split",
  package: "@splitsoftware/splitio",
  mode: "sync",
  note: "flags handed over at the start, synchronisation off (a server on loopback says once that nothing changed), impressions as by default; W5 is `getTreatments`",
};

const selector = (attribute) => ({ trafficType: "user", attribute });
const everybody = [{ keySelector: selector(null), matcherType: "ALL_KEYS", negate: false }];

function whitelist(attribute, values) {
  const data = { whitelistMatcherData: { whitelist: values } };
  return { keySelector: selector(attribute), matcherType: "WHITELIST", negate: false, ...data };
}

function condition(matchers, shares) {
  const partitions = Object.entries(shares).map(([treatment, size]) => ({ treatment, size }));
  return { conditionType: "ROLLOUT", label: "label", matcherGroup: { combiner: "AND", matchers }, partitions };
}

function split(name, index, ...conditions) {
  return {
    name,
    trafficTypeName: "user",
    trafficAllocation: 100,
    trafficAllocationSeed: 1_000 + index,
    seed: 2_000 + index,
    status: "ACTIVE",
    killed: false,
    defaultTreatment: "off",
    changeNumber: 1,
    algo: 2,
    configurations: {},
    sets: [],
    impressionsDisabled: false,
    conditions,
  };
}

const words = {
  constant: (name, on, index) =>
    split(name, index, condition(everybody, on ? { on: 100, off: 0 } : { on: 0, off: 100 })),
  rollout: (name, index) => split(name, index, condition(everybody, { on: 25, off: 75 })),
  experiment: (name, index) => split(name, index, condition(everybody, { A: 50, B: 25, C: 25 })),
  targeting: (name, index) => {
    const targeted = [whitelist("country", ["DE", "FR"]), whitelist("plan", ["pro"])];
    return split(name, index, condition(targeted, { on: 100, off: 0 }), condition(everybody, { on: 0, off: 100 }));
  },
};

function readiness(client) {
  return new Promise((resolve, reject) => {
    client.on(client.Event.SDK_READY, resolve);
    client.on(client.Event.SDK_READY_TIMED_OUT, () => reject(new Error("it did not get ready")));
  });
}

export async function setup(flags) {
  const api = `${backend()}/api`;
  const factory = SplitFactory({
    core: { authorizationKey: `bench-${flags.constants}`, IPAddressesEnabled: false },
    debug: "NONE",
    streamingEnabled: false,
    urls: { sdk: api, events: api, telemetry: api, auth: api, streaming: api },
    sync: { impressionsMode: "OPTIMIZED", enabled: false },
    initialRolloutPlan: { splitChanges: { ff: { d: flagsOf(flags, words), s: -1, t: 1 } } },
  });
  const client = factory.client();
  await readiness(client);
  const names = constantNames(flags.constants);
  return {
    context: (user) => ({ key: user.id, attributes: { country: user.country, plan: user.plan } }),
    constant: ({ key, attributes }) => client.getTreatment(key, CONSTANT, attributes) === "on",
    rollout: ({ key, attributes }) => client.getTreatment(key, ROLLOUT, attributes) === "on",
    experiment: ({ key, attributes }) => client.getTreatment(key, EXPERIMENT, attributes),
    targeting: ({ key, attributes }) => client.getTreatment(key, TARGETING, attributes) === "on",
    all: ({ key, attributes }) => client.getTreatments(key, names, attributes),
    namesOn: (answers) => Object.keys(answers).filter((name) => answers[name] === "on"),
    close: () => client.destroy(),
  };
}
