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
export type { ListenOptions } from "./changes/dispatcher.js";
export type { Exposure, ExposureSink } from "./changes/exposure.js";
export { verifyAuditEntries } from "./changes/hash-chain.js";
export { type JsonLinesSinkOptions, jsonLinesSink, readAuditFile } from "./changes/json-lines-sink.js";
export { BurgeeError, type BurgeeErrorOptions, type ErrorCode, errorCodes, type Problem } from "./errors.js";
export type { Clock } from "./flags/clock.js";
export type { CommandOptions, OverrideOptions, RuleFor } from "./flags/command-options.js";
export type { EvaluationCount } from "./flags/count-tally.js";
export type { EvaluationCounter } from "./flags/counter.js";
export { createFlags } from "./flags/create.js";
export type { ExplainedDependency, ExplainedStep, ExplainedStore, Explanation } from "./flags/explain.js";
export type { FlagReader, Snapshot } from "./flags/flag-reader.js";
export type { Flags, FlagsOf } from "./flags/flags.js";
export type { AnyFlagChange, FlagMetadata, FlagsBase, FlagsEvents } from "./flags/flags-base.js";
export { formatExplanation } from "./flags/format-explanation.js";
export { formatSimulation } from "./flags/format-simulation.js";
export type { Logger, LogLevel } from "./flags/logger.js";
export type {
  AuditOptions,
  BuiltInStep,
  EnvOptions,
  ExposureOptions,
  FlagsOptions,
  GroupOptions,
  HoldoutOptions,
  LayerOptions,
  ProfileOptions,
  WatchOptions,
} from "./flags/options.js";
export type { CheckServicesOptions } from "./flags/service-list.js";
export type { ChoiceStatus, ServiceCondition, ServiceState, ServiceStatus } from "./flags/service-status.js";
export { type SimulateOptions, simulate } from "./flags/simulate.js";
export type { SimulatedFlag, SimulatedPair, Simulation } from "./flags/simulate-count.js";
export type { Population } from "./flags/simulate-population.js";
export type { SimulatedRules } from "./flags/simulate-rules.js";
export type {
  SimulatedFlow,
  SimulatedMove,
  SimulatedMoves,
  SimulatedShare,
  SimulatedValue,
} from "./flags/simulate-tally.js";
export type { FlagsStatus, ReadyOptions } from "./flags/status.js";
export type {
  StoredCommandOptions,
  StoredFlags,
  StoredFlagsOf,
  StoredKillOptions,
  StoredOverrideOptions,
} from "./flags/stored-flags.js";
export type { RetentionOptions, StoredFlagsOptions, UsageOptions } from "./flags/stored-options.js";
export type { FlagDefinition, FlagKind, FlagStatus, RolloutStrategy } from "./registry/definition.js";
export { type FlagBuilders, flag } from "./registry/flag.js";
export type { FlagTypeError } from "./registry/flag-type-error.js";
export type { InferFlags } from "./registry/infer.js";
export { registryJsonSchema } from "./registry/json-schema.js";
export { type AnyRegistry, defineFlags, type RegisteredFlag, type Registry } from "./registry/registry.js";
export type { Schema } from "./registry/standard-schema.js";
export { type AbTest, type AbTestOptions, abTest } from "./resolvers/ab-test.js";
export type { HashingOptions } from "./resolvers/hashing-options.js";
export { type Origin, type Prepared, type Resolver, resolver } from "./resolvers/resolver.js";
export { type StagedRollout, type StagedRolloutOptions, stagedRollout } from "./resolvers/staged-rollout.js";
export { bucketOf } from "./rules/bucket.js";
export { type Bucketing, bucketing } from "./rules/bucketing.js";
export type {
  AttributeName,
  CheckedCondition,
  Condition,
  ConditionData,
  ConditionDataObject,
  ConditionOperators,
  ConditionType,
} from "./rules/condition.js";
export type { ConditionTrace } from "./rules/condition-compile.js";
export type { Context } from "./rules/context.js";
export type { Percentage } from "./rules/percentage.js";
export type { Reason, Resolution } from "./rules/resolution.js";
export type { CheckedRule, Rule, RuleItem, VariantRule, VariantRuleItem } from "./rules/rule.js";
export type { LinearRollout, RolloutStep, Schedule } from "./rules/schedule.js";
export type { GateTrace, RuleChoice, RuleTrace } from "./rules/trace.js";
export { type GateOptions, gate } from "./services/gate.js";
export { type GateBy, gateBy, type ServiceChoices } from "./services/gate-by.js";
export type {
  Gate,
  GateSettings,
  GateTiming,
  GatingFlags,
  ServiceOf,
  ServiceStart,
  ServiceUse,
} from "./services/gate-shape.js";
export { type NullAnswers, nullObject, type SwallowedCalls, swallowedCalls } from "./services/null-object.js";
export type {
  ComposedChange,
  FlagStore,
  FlagUsage,
  FlagUsageQuery,
  StoredAuditQuery,
  StoredChange,
  StoredFlag,
  StoredOverride,
  StoredState,
  StoreHead,
  StoreHealth,
  StoreListener,
  StoreNews,
  StoreSubscription,
  StoreWrite,
  StoreWritten,
} from "./store/flag-store.js";
export type { StoreState } from "./store/follower.js";
export { MemoryStore, type MemoryStoreOptions } from "./store/memory-store.js";
