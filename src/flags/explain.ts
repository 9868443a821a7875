import type { Origin } from "../resolvers/resolver.js";
import type { Resolution } from "../rules/resolution.js";
import type { CheckedRule } from "../rules/rule.js";
import type { RuleTrace } from "../rules/compile.js";

/** What one step of the chain said. */
export interface ExplainedStep {
  /** `kill`, `env`, `profile`, `overrides`, `rollout`, `default`, or a resolver's own name. */
  readonly step: string;
  /** `answered` by this step; it `abstained`; it `failed`; it was `outranked`: it has an answer, and a step ahead of it had one too. */
  readonly said: "answered" | "abstained" | "failed" | "outranked";
  /** The value it gives for this context, where it has one. */
  readonly value?: unknown;
  readonly rule?: CheckedRule;
  /** `VICTOR_FEATURE_X`, `profiles.yaml:12:5`. */
  readonly place?: string;
  readonly locked?: true;
  readonly origin?: Origin;
  /** How the rule came to its answer: unit, bucket, threshold. */
  readonly trace?: RuleTrace;
  /** Why it failed. */
  readonly problem?: string;
}

/** One flag that it depends on, and what that flag itself says for the same context. */
export interface ExplainedDependency {
  readonly flag: string;
  readonly on: boolean;
  readonly reason: string;
  readonly source: string;
}

/** The whole walk for one answer. Plain data; `formatExplanation` prints it. */
export interface Explanation {
  readonly flag: string;
  /** The answer, dependencies and requirements included. */
  readonly resolution: Resolution;
  /** Every step, in the order of precedence. */
  readonly steps: readonly ExplainedStep[];
  readonly dependencies: readonly ExplainedDependency[];
  /** Required variables that are missing or malformed, by name and code, for the values that need them. */
  readonly unmetRequirements: readonly string[];
}
