import { FlagdCore } from "@openfeature/flagd-core";
import { CONSTANT, EXPERIMENT, flagsOf, ROLLOUT, TARGETING } from "../lib/workloads.js";

export const info = {
  title: "flagd-core",
  package: "@openfeature/flagd-core",
  mode: "sync",
  note: "in process, targeting compiled; W5 is `resolveAll`",
};

const logger = { error() {}, warn() {}, info() {}, debug() {} };
const onOff = { on: true, off: false };

function flag(name, variants, defaultVariant, targeting) {
  return [name, { state: "ENABLED", variants, defaultVariant, ...(targeting && { targeting }) }];
}

const words = {
  constant: (name, on) => flag(name, onOff, on ? "on" : "off"),
  rollout: (name) =>
    flag(name, onOff, "off", {
      fractional: [
        ["on", 25],
        ["off", 75],
      ],
    }),
  experiment: (name) =>
    flag(name, { A: "A", B: "B", C: "C" }, "A", {
      fractional: [
        ["A", 50],
        ["B", 25],
        ["C", 25],
      ],
    }),
  targeting: (name) => {
    const inCountry = { in: [{ var: "country" }, ["DE", "FR"]] };
    const hasPlan = { "==": [{ var: "plan" }, "pro"] };
    return flag(name, onOff, "off", { if: [{ and: [inCountry, hasPlan] }, "on", "off"] });
  },
};

export async function setup(flags) {
  const core = new FlagdCore(undefined, logger);
  core.setConfigurations(JSON.stringify({ flags: Object.fromEntries(flagsOf(flags, words)) }));
  return {
    context: (user) => ({ targetingKey: user.id, country: user.country, plan: user.plan }),
    constant: (context) => core.resolveBooleanEvaluation(CONSTANT, false, context, logger).value,
    rollout: (context) => core.resolveBooleanEvaluation(ROLLOUT, false, context, logger).value,
    experiment: (context) => core.resolveStringEvaluation(EXPERIMENT, "none", context, logger).value,
    targeting: (context) => core.resolveBooleanEvaluation(TARGETING, false, context, logger).value,
    all: (context) => core.resolveAll(context, logger),
    namesOn: (answers) => answers.filter(({ value }) => value === true).map(({ flagKey }) => flagKey),
  };
}
