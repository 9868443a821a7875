import { messageOf } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import type { Chain } from "../resolvers/chain.js";
import type { Layer } from "../resolvers/layer.js";
import { choiceOf, undecided } from "../resolvers/resolutions.js";
import type { Origin } from "../resolvers/resolver.js";
import type { Context } from "../rules/context.js";
import type { Resolution } from "../rules/resolution.js";
import type { CheckedRule } from "../rules/rule.js";
import type { RuleTrace } from "../rules/trace.js";
import type { OverrideTable } from "../store/overrides.js";
import { type Answer, killValue } from "./own-answer.js";
import type { StateTable } from "./state.js";
import type { FlagsStatus } from "./status.js";

/** What one step of the chain said. */
export interface ExplainedStep {
  /** `kill`, `env`, `profile`, `overrides`, `rollout`, `default`, or a resolver's own name. */
  readonly step: string;
  /** `answered`: the walk ended here. `outranked`: it has an answer too, but a step ahead of it had one. `abstained` and `failed`: the walk went on. */
  readonly said: "answered" | "outranked" | "abstained" | "failed";
  /** The value it gives for this context, where it has one; of a flag with named values, the name. */
  readonly value?: unknown;
  readonly rule?: CheckedRule;
  /** `VICTOR_FEATURE_X`, `profiles.yaml:12:5`. */
  readonly place?: string;
  /** Set where overrides cannot change it although they could in its place: a `locked` entry of the profile. */
  readonly locked?: true;
  /** Who set it and when, for a kill and an override. */
  readonly origin?: Origin;
  /** How the rule came to its answer: conditions, holdout and layer, unit, bucket, threshold, its next time. */
  readonly trace?: RuleTrace;
  /** Why it failed. */
  readonly problem?: string;
}

/** One flag that it depends on, and what that flag answers for the same context. */
export interface ExplainedDependency {
  readonly flag: string;
  readonly on: boolean;
  readonly source: string;
}

/** The whole walk for one answer. Plain data; `formatExplanation` prints it. */
export interface Explanation {
  readonly flag: string;
  /** The answer, with dependencies and requirements taken into account. */
  readonly resolution: Resolution;
  /** Every step, in the order of precedence. */
  readonly steps: readonly ExplainedStep[];
  readonly dependencies: readonly ExplainedDependency[];
  /** Required variables that are missing or malformed, as `NAME (code)`, for values that the flag would otherwise have. */
  readonly unmetRequirements: readonly string[];
  /** How far the store, where there is one, is behind the answer. */
  readonly store?: ExplainedStore | undefined;
}

/** How far a store is behind an answer. */
export interface ExplainedStore extends Pick<FlagsStatus, "state" | "since"> {
  /** How old what is in force may be, in milliseconds, while that is not known to be what the store says. */
  readonly ageMs?: number | undefined;
  /** The revision that is in force. */
  readonly revision: number;
}

interface ExplainParts {
  readonly chain: Chain;
  readonly overrides: OverrideTable;
  readonly table: StateTable;
  readonly clock: () => number;
}

/** Asks every step again and notes what it says. Evaluates nothing that an evaluation would not. */
export function explainFlag(
  flag: RegisteredFlag,
  context: Context,
  { chain, overrides, table, clock }: ExplainParts,
): Explanation {
  const state = table.state(flag);
  const steps: ExplainedStep[] = [];
  const now = clock();
  const note = (step: Omit<ExplainedStep, "said">, said?: "abstained" | "failed") => {
    const ended = steps.some((earlier) => earlier.said === "answered");
    steps.push({ ...step, said: said ?? (ended ? "outranked" : "answered") });
  };
  const killed = overrides.killed(flag.name);
  if (killed === undefined) note({ step: "kill" }, "abstained");
  else note({ step: "kill", value: killValue(flag), origin: killed });
  for (const layer of chain.layers(flag)) {
    const { said, ...step } = explainLayer(layer, flag, context, { chain, now });
    note(step, said);
  }
  note({ step: "default", value: flag.default });
  return {
    flag: flag.name,
    resolution: decided(flag, state, context),
    steps,
    dependencies: flag.ancestors.map((ancestor) => explainDependency(ancestor, context, table)),
    unmetRequirements: state.unmet,
  };
}

function explainLayer(
  layer: Layer,
  flag: RegisteredFlag,
  context: Context,
  { chain, now }: { readonly chain: Chain; readonly now: number },
): Omit<ExplainedStep, "said"> & { said?: "abstained" | "failed" } {
  const { step, prepared } = layer;
  const { resolution, rule, trace, ...rest } = chain.inspect(layer, flag, context, now);
  const where = {
    step,
    ...(prepared?.place !== undefined && { place: prepared.place }),
    ...(isLocked(layer) && { locked: true as const }),
    ...(prepared?.origin !== undefined && { origin: prepared.origin }),
  };
  if ("failure" in rest) return { ...where, said: "failed", problem: messageOf(rest.failure) };
  if (resolution === undefined) return { ...where, said: "abstained" };
  return {
    ...where,
    value: choiceOf(resolution),
    ...(rule !== undefined && { rule }),
    ...(trace !== undefined && { trace }),
  };
}

/** Whether it is an entry of the profile that is final. */
export function isLocked({ step, prepared }: Layer): boolean {
  return step === "profile" && prepared !== undefined && prepared.overridable !== true;
}

/** What an evaluation would answer. */
function decided(flag: RegisteredFlag, { decide }: Answer, context: Context): Resolution {
  try {
    return decide(context);
  } catch {
    return undecided(flag);
  }
}

function explainDependency(ancestor: RegisteredFlag, context: Context, table: StateTable): ExplainedDependency {
  const { value, source } = decided(ancestor, table.state(ancestor), context);
  return { flag: ancestor.name, on: value === true, source };
}
