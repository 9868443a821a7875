import { flag } from "../../dist/index.js";
import { workloadsOf } from "../lib/burgee.js";
import { withFile } from "../lib/temporary-file.js";
import { flagsOf, namesOfTrue } from "../lib/workloads.js";

export const info = {
  title: "burgee, YAML profile",
  package: "burgee",
  mode: "sync",
  parts: ["cold"],
  note: "as burgee, with every flag's answer or rule in a YAML profile",
};

const lines = {
  constant: (name, on) => `  ${name}: ${on}`,
  rollout: (name) => `  ${name}: 25%`,
  experiment: (name) => `  ${name}: { weights: { A: 50, B: 25, C: 25 } }`,
  targeting: (name) => `  ${name}: { when: { country: { $in: [DE, FR] }, plan: pro } }`,
};

const definitions = {
  constant: (name, on) => [name, flag.boolean({ default: !on })],
  rollout: (name) => [name, flag.boolean({ default: false })],
  experiment: (name) => [name, flag.experiment({ A: 100, B: 0, C: 0 }, { default: "A" })],
  targeting: (name) => [name, flag.boolean({ default: false })],
};

export async function setup(flags) {
  const profile = `feature_flags:\n${flagsOf(flags, lines).join("\n")}\n`;
  const workloads = await withFile("burgee.yaml", profile, (path) =>
    workloadsOf(Object.fromEntries(flagsOf(flags, definitions)), { profile: { path } }),
  );
  return { ...workloads, namesOn: namesOfTrue };
}
