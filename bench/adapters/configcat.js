import { createRequire } from "node:module";
import configcat from "configcat-node";
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
  title: "configcat, snapshot",
  package: "configcat-node",
  mode: "sync",
  note: "`snapshot().getValue`, its synchronous and faster way, offline, on a configuration read by its own parser; W5 asks flag by flag",
};

// Its public overrides hold constants only, so a whole configuration goes through the parser that downloads go through.
const { Config } = createRequire(import.meta.url)("configcat-common/lib/ProjectConfig");

const share = (percentage, value, id) => ({ p: percentage, v: value, i: id });
const anyOf = (attribute, values) => ({ u: { a: attribute, c: 0, l: values } });

const words = {
  constant: (name, on) => [name, { t: 0, v: { b: on }, i: name }],
  rollout: (name) => [
    name,
    { t: 0, v: { b: false }, p: [share(25, { b: true }, "on"), share(75, { b: false }, "off")] },
  ],
  experiment: (name) => {
    const shares = [share(50, { s: "A" }, "A"), share(25, { s: "B" }, "B"), share(25, { s: "C" }, "C")];
    return [name, { t: 1, v: { s: "A" }, p: shares }];
  },
  targeting: (name) => {
    const conditions = [anyOf("Country", ["DE", "FR"]), anyOf("plan", ["pro"])];
    return [name, { t: 0, v: { b: false }, r: [{ c: conditions, s: { v: { b: true }, i: "targeted" } }] }];
  },
};

export async function setup(flags) {
  const { settings } = new Config({ p: { s: "salt" }, f: Object.fromEntries(flagsOf(flags, words)) });
  const dataSource = { getOverrides: async () => settings, getOverridesSync: () => settings };
  // One client is kept for each key, and a process sets up two.
  const key = `configcat-sdk-1/${"0".repeat(22)}/${String(flags.constants).padStart(22, "0")}`;
  const client = configcat.getClient(key, configcat.PollingMode.ManualPoll, {
    logger: configcat.createConsoleLogger(-1),
    offline: true,
    flagOverrides: { dataSource, behaviour: configcat.OverrideBehaviour.LocalOnly },
  });
  await client.waitForReady();
  const snapshot = client.snapshot();
  const names = constantNames(flags.constants);
  return {
    context: (user) => new configcat.User(user.id, undefined, user.country, { plan: user.plan }),
    constant: (context) => snapshot.getValue(CONSTANT, false, context),
    rollout: (context) => snapshot.getValue(ROLLOUT, false, context),
    experiment: (context) => snapshot.getValue(EXPERIMENT, "none", context),
    targeting: (context) => snapshot.getValue(TARGETING, false, context),
    all: (context) => allByName(names, (name) => snapshot.getValue(name, false, context)),
    namesOn: namesOfTrue,
    close: () => client.dispose(),
  };
}
