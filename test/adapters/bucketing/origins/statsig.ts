import statsigNode from "statsig-node";
import type { Case, Origin } from "../against-origin.js";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A spread behind a gate: who takes part is asked of the gate, with its own salt. */
export interface GatedCase extends Case {
  readonly gateSalt?: string;
}

/** The server SDK in local mode with its specifications given at the start. A gate's salt is `gateSalt.ruleSalt`. */
export async function openStatsig(cases: readonly GatedCase[]): Promise<Origin> {
  const server = new statsigNode.StatsigServer("secret-burgee-tests", {
    localMode: true,
    bootstrapValues: JSON.stringify({
      has_updates: true,
      time: 1_700_000_000_000,
      feature_gates: cases.map(gateOf),
      dynamic_configs: cases.map(experimentOf),
      layer_configs: [],
      layers: {},
      id_lists: {},
      experiment_to_layer: {},
    }),
    disableAllLogging: true,
    disableDiagnostics: true,
    disableRulesetsSync: true,
    disableIdListsSync: true,
    initStrategyForIDLists: "none",
    initStrategyForIP3Country: "none",
    logger: { ...silent, logLevel: "none" },
  });
  await server.initializeAsync();
  const quiet = { disableExposureLogging: true };
  return {
    ask(at, userID) {
      if (cases[at]?.weights === undefined) return server.checkGate({ userID }, `case-${at}`, quiet) ? 0 : -1;
      return server.getExperiment({ userID }, `case-${at}`, quiet).get("at", -2);
    },
    close: () => server.shutdown(),
  };
}

const common = { enabled: true, idType: "userID", isDeviceBased: false };

function rule(id: string, salt: string, passPercentage: number, conditions: readonly object[], returnValue: unknown) {
  return { name: id, groupName: id, id, salt, passPercentage, conditions, returnValue, ...common };
}

function condition(fields: object) {
  return { targetValue: null, operator: null, field: null, additionalValues: {}, idType: "userID", ...fields };
}

function gateOf({ salt, gateSalt, percentage }: GatedCase, at: number) {
  const [, own, ruleSalt] = /^(.*?)\.(.*)$/su.exec(gateSalt ?? salt) ?? [];
  const rules = [rule("everyone", ruleSalt ?? "", percentage, [condition({ type: "public" })], true)];
  return {
    name: `case-${at}`,
    type: "feature_gate",
    salt: own,
    defaultValue: false,
    rules,
    entity: "feature_gate",
    ...common,
  };
}

function experimentOf({ salt, gateSalt, weights = [], percentage }: GatedCase, at: number) {
  const [, own = "", ruleSalt = ""] = /^(.*?)\.(.*)$/su.exec(salt) ?? [];
  let sum = 0;
  const rules = weights.map((weight, index) => {
    sum += weight;
    const inBucket = { type: "user_bucket", operator: "lt", targetValue: sum, additionalValues: { salt } };
    const behind = gateSalt === undefined ? [] : [condition({ type: "pass_gate", targetValue: `case-${at}` })];
    const passing = gateSalt === undefined ? percentage : 100;
    return rule(`group-${index}`, ruleSalt, passing, [...behind, condition(inBucket)], { at: index });
  });
  return {
    name: `case-${at}`,
    type: "dynamic_config",
    salt: own,
    defaultValue: { at: -1 },
    rules,
    entity: "experiment",
    isActive: true,
    explicitParameters: ["at"],
    ...common,
  };
}
