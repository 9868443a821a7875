import { flag } from "../../dist/index.js";
import { definitionsOf, workloadsOf } from "../lib/burgee.js";
import { namesOfTrue } from "../lib/workloads.js";

export const info = {
  title: "burgee",
  package: "burgee",
  mode: "sync",
  note: "definitions and rules in code, default options; W5 is `getAllFlags`",
};

export async function setup(flags) {
  const definitions = definitionsOf(flags, (on) => flag.boolean({ default: on }));
  return { ...workloadsOf(definitions), namesOn: namesOfTrue };
}
