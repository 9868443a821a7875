export { BurgeeError, type BurgeeErrorOptions, type ErrorCode, errorCodes, type Problem } from "./errors.js";
export { flag, type FlagBuilders } from "./registry/flag.js";
export { defineFlags, type Registry, type RegisteredFlag } from "./registry/registry.js";
export type { InferFlags } from "./registry/infer.js";
