import { init, type LDFeatureStore } from "@launchdarkly/node-server-sdk";
import type { Case, Origin } from "../against-origin.js";

const silent = { error() {}, warn() {}, info() {}, debug() {} };

/**
 * The client reading a store and nothing else (`useLdd`); it sends no events. A salt is `flagKey.salt`, or digits alone
 * for a seed.
 */
export async function openLaunchDarkly(cases: readonly Case[]): Promise<Origin> {
  const client = init("sdk-key", {
    featureStore: storeOf(new Map(cases.map((asked, at) => [`case-${at}`, flagOf(asked)]))),
    useLdd: true,
    sendEvents: false,
    diagnosticOptOut: true,
    logger: silent,
  });
  await client.waitForInitialization({ timeout: 10 });
  return {
    ask: (at, key) => client.numberVariation(`case-${at}`, { kind: "user", key }, -2),
    close: () => client.close(),
  };
}

/** Flags by names of their own: in the client's own store, names are the keys that are hashed. */
function storeOf(flags: ReadonlyMap<string, ReturnType<typeof flagOf>>): LDFeatureStore {
  return {
    get: (_kind, name, callback) => callback(flags.get(name) ?? null),
    all: (_kind, callback) => callback(Object.fromEntries(flags)),
    initialized: (callback) => callback(true),
    init: (_data, callback) => callback(),
    upsert: (_kind, _data, callback) => callback(),
    delete: (_kind, _key, _version, callback) => callback(),
    close() {},
  };
}

function flagOf({ salt, percentage, weights = [100_000] }: Case) {
  const [, key, rest] = /^(.*?)\.(.*)$/su.exec(salt) ?? [];
  const scaled = weights.map((weight) => Math.round((weight * percentage) / 100));
  const outside = 100_000 - scaled.reduce((sum, weight) => sum + weight, 0);
  const variations = [...scaled, ...(percentage === 100 ? [] : [outside])].map((weight, variation) => ({
    variation,
    weight,
  }));
  return {
    key: key ?? "any",
    salt: rest ?? "any",
    version: 1,
    on: true,
    variations: [...weights.map((_, index) => index), ...(percentage === 100 ? [] : [-1])],
    fallthrough: { rollout: { contextKind: "user", variations, ...(key === undefined && { seed: Number(salt) }) } },
    offVariation: 0,
    rules: [],
    targets: [],
    contextTargets: [],
    prerequisites: [],
    clientSide: false,
    trackEvents: false,
  };
}
