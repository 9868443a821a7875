export type {
  AffectedFlag,
  AuditAction,
  AuditEntry,
  AuditHead,
  AuditLog,
  AuditQuery,
  AuditRecord,
  AuditSetting,
  AuditSink,
  AuditVerdict,
} from "./changes/audit.js";
export type { ChangeCause, FlagChange } from "./changes/change.js";
export { verifyAuditEntries } from "./changes/hash-chain.js";
export { type JsonLinesSinkOptions, jsonLinesSink, readAuditFile } from "./changes/json-lines-sink.js";
export { BurgeeError, type BurgeeErrorOptions, type ErrorCode, errorCodes, type Problem } from "./errors.js";
export { createFlags } from "./flags/create.js";
export type { ExplainedDependency, ExplainedStep, Explanation } from "./flags/explain.js";
export type {
  AnyFlagChange,
  CommandOptions,
  FlagMetadata,
  FlagReader,
  Flags,
  FlagsEvents,
  FlagsOf,
  ListenOptions,
  OverrideOptions,
  RuleFor,
  Snapshot,
} from "./flags/flags.js";
export { formatExplanation } from "./flags/format-explanation.js";
export type { Logger, LogLevel } from "./flags/logger.js";
export type {
  AuditOptions,
  BuiltInStep,
  EnvOptions,
  FlagsOptions,
  ProfileOptions,
  WatchOptions,
} from "./flags/options.js";
export type { FlagDefinition, FlagKind, FlagStatus, RolloutStrategy } from "./registry/definition.js";
export { type FlagBuilders, flag } from "./registry/flag.js";
export type { FlagTypeError, InferFlags } from "./registry/infer.js";
export { registryJsonSchema } from "./registry/json-schema.js";
export { type AnyRegistry, defineFlags, type RegisteredFlag, type Registry } from "./registry/registry.js";
export type { Schema } from "./registry/standard-schema.js";
export { type Origin, type Prepared, type Resolver, resolver } from "./resolvers/resolver.js";
export { bucketOf } from "./rules/bucket.js";
export type { RuleTrace } from "./rules/compile.js";
export type { Context } from "./rules/context.js";
export type { Reason, Resolution } from "./rules/resolution.js";
export type { CheckedRule, Percentage, Rule, VariantRule } from "./rules/rule.js";
