import { workloadsWithMetadata } from "../lib/burgee-metadata.js";
import { namesOfTrue } from "../lib/workloads.js";

export const info = {
  title: "burgee, with metadata and dependencies",
  package: "burgee",
  mode: "sync",
  parts: ["heap"],
  note: "as burgee; each flag has an owner and a ticket in its metadata, nine of ten depend on another, and 100 are set, which the audit log holds",
};

export async function setup(flags) {
  return { ...workloadsWithMetadata(flags), namesOn: namesOfTrue };
}
