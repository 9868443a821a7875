import statsig from "statsig-node";
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
  title: "statsig",
  package: "statsig-node",
  mode: "sync",
  note: "local mode with bootstrap values, logging off, exposures off at each call; W5 asks flag by flag",
};

const byUser = { idType: "userID", isDeviceBased: false };
const silent = { debug() {}, info() {}, warn() {}, error() {}, logLevel: "none" };
const noExposure = { disableExposureLogging: true };

function condition(more) {
  return { type: "public", targetValue: null, operator: null, field: null, additionalValues: {}, ...byUser, ...more };
}

function rule(id, passPercentage, conditions, returnValue) {
  return { name: id, groupName: id, id, salt: `salt-${id}`, passPercentage, conditions, returnValue, ...byUser };
}

function gate(name, passPercentage, conditions = [condition({})]) {
  const rules = [rule(`rule-${name}`, passPercentage, conditions, true)];
  const entity = "feature_gate";
  return {
    name,
    type: entity,
    salt: `salt-${name}`,
    enabled: true,
    defaultValue: false,
    rules,
    entity,
    version: 1,
    ...byUser,
  };
}

/** Each group takes the users below its end, in thousandths, that the groups before it left. */
function experiment(name) {
  const below = (end) =>
    condition({ type: "user_bucket", operator: "lt", targetValue: end, additionalValues: { salt: `bucket-${name}` } });
  const group = (value, end) => ({ ...rule(`group-${value}`, 100, [below(end)], { value }), isExperimentGroup: true });
  const rules = [group("A", 500), group("B", 750), group("C", 1_000)];
  const kind = { type: "dynamic_config", entity: "experiment", explicitParameters: ["value"], hasSharedParams: false };
  const defaultValue = { value: "none" };
  return {
    name,
    salt: `salt-${name}`,
    enabled: true,
    isActive: true,
    defaultValue,
    rules,
    version: 1,
    ...kind,
    ...byUser,
  };
}

const anyOf = (field, values) => condition({ type: "user_field", field, operator: "any", targetValue: values });

const words = {
  constant: (name, on) => gate(name, on ? 100 : 0),
  rollout: (name) => gate(name, 25),
  experiment,
  targeting: (name) => gate(name, 100, [anyOf("country", ["DE", "FR"]), anyOf("plan", ["pro"])]),
};

function bootstrapOf(flags) {
  const all = flagsOf(flags, words);
  return JSON.stringify({
    has_updates: true,
    time: 1_700_000_000_000,
    feature_gates: all.filter(({ entity }) => entity === "feature_gate"),
    dynamic_configs: all.filter(({ entity }) => entity === "experiment"),
    layer_configs: [],
    layers: {},
    id_lists: {},
  });
}

export async function setup(flags) {
  const client = new statsig.StatsigServer(`secret-bench-${flags.constants}`, {
    localMode: true,
    bootstrapValues: bootstrapOf(flags),
    disableAllLogging: true,
    disableDiagnostics: true,
    disableRulesetsSync: true,
    disableIdListsSync: true,
    initStrategyForIDLists: "none",
    initStrategyForIP3Country: "none",
    logger: silent,
  });
  await client.initializeAsync();
  const names = constantNames(flags.constants);
  return {
    context: (user) => ({ userID: user.id, country: user.country, custom: { plan: user.plan } }),
    constant: (context) => client.checkGate(context, CONSTANT, noExposure),
    rollout: (context) => client.checkGate(context, ROLLOUT, noExposure),
    experiment: (context) => client.getExperiment(context, EXPERIMENT, noExposure).get("value", "none"),
    targeting: (context) => client.checkGate(context, TARGETING, noExposure),
    all: (context) => allByName(names, (name) => client.checkGate(context, name, noExposure)),
    namesOn: namesOfTrue,
    close: () => client.shutdown(),
  };
}
