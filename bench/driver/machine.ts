import { cpus, totalmem, type } from "node:os";
import type { Machine } from "../report/results.js";

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? "an unknown processor",
    cores: all.length,
    memoryBytes: totalmem(),
    system: `${type()} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
  };
}
