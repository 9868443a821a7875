import { overrideDependents, workloadsWithMetadata } from "../lib/burgee-metadata.js";
import { namesOfTrue } from "../lib/workloads.js";

export const info = {
  title: "burgee, with metadata, dependencies, 9,000 overrides and a full audit log",
  package: "burgee",
  mode: "sync",
  parts: ["heap"],
  note: "as burgee with metadata and dependencies; every dependent flag was turned over and back, so that 9,000 have an override and the audit log holds the 10,000 entries that it keeps at most",
};

export async function setup(flags) {
  const workloads = workloadsWithMetadata(flags);
  overrideDependents(workloads.flags, flags.constants);
  return { ...workloads, namesOn: namesOfTrue };
}
