import type { RegisteredFlag } from "../registry/registry.js";
import { checkValue, readData } from "../registry/value.js";
import { compileRule, type RuleTrace } from "../rules/compile.js";
import type { Context } from "../rules/context.js";
import type { Decide, Resolution } from "../rules/resolution.js";
import type { CheckedRule } from "../rules/rule.js";
import { checkRule } from "../rules/schema.js";
import type { RuleScope } from "../rules/unit.js";
import type { Prepared, Resolver } from "./resolver.js";

/** What a flag's answer rests on: a value for everybody, a rule, or functions of custom resolvers (told apart by identity). */
export type Setting =
  | { readonly value: unknown }
  | { readonly rule: CheckedRule }
  | { readonly custom: string; readonly parts: readonly unknown[] };

/** A flag's own answer: what the chain says, before kill switch, dependencies and requirements. */
export interface ChainAnswer {
  readonly constant: Resolution | undefined;
  readonly decide: Decide;
  /** Every answer that it can give to anyone; undefined where a custom function may give any. */
  readonly outcomes: readonly Resolution[] | undefined;
  readonly setting: Setting;
}

/** What one step says of one flag, in the order of precedence. */
export interface Layer {
  readonly step: string;
  readonly prepared?: Prepared;
  /** What it threw. */
  readonly failure?: unknown;
}

/** A layer that can answer: always, or only sometimes where a custom function decides. */
type Answerer =
  | {
      readonly total: true;
      readonly constant: Resolution | undefined;
      readonly decide: Decide;
      readonly outcomes: readonly Resolution[];
      readonly rule?: CheckedRule;
    }
  | {
      readonly total: false;
      readonly decide: (context: Context) => Resolution | undefined;
      readonly part: unknown;
      readonly step: string;
    };

/** What a layer says: its answer, how a rule came to it, or why it failed. Empty where it abstains. */
export interface Inspection {
  readonly resolution?: Resolution | undefined;
  readonly rule?: CheckedRule;
  readonly trace?: RuleTrace;
  readonly failure?: unknown;
}

/** Called where a step threw, or gave what the flag cannot have. */
export type OnFailure = (step: string, flag: RegisteredFlag, failure: unknown) => void;

const BUILT_IN: ReadonlySet<string> = new Set(["env", "profile", "overrides", "rollout"]);

/**
 * The chain of resolvers: asks each step in order and lets the first answer win. All of that happens in `prepare`;
 * what is left for evaluation is one prepared function, or a constant.
 */
export class Chain {
  readonly steps: readonly Resolver[];
  readonly #scope: RuleScope;
  readonly #hasBase: boolean;
  readonly #onFailure: OnFailure;

  constructor(steps: readonly Resolver[], scope: RuleScope, onFailure: OnFailure) {
    this.steps = Object.freeze([...steps]);
    this.#scope = scope;
    this.#hasBase = Object.keys(scope.base).length > 0;
    this.#onFailure = onFailure;
  }

  /** Whether anything can be overridden at run time. */
  get overridable(): boolean {
    return this.steps.some((step) => step.name === "overrides");
  }

  /** What every step says of the flag. An answer that yields to overrides stands behind them. */
  layers(flag: RegisteredFlag): Layer[] {
    const asked = this.steps.map((step) => ask(step, flag));
    const yielding = asked.findIndex((layer) => layer.prepared?.overridable === true);
    const overrides = asked.findIndex((layer) => layer.step === "overrides");
    if (yielding >= 0 && overrides > yielding) asked.splice(yielding, 0, ...asked.splice(overrides, 1));
    return asked;
  }

  /** The step ahead of the overrides that always answers for the flag, if one does. */
  pin(flag: RegisteredFlag): Layer | undefined {
    for (const layer of this.layers(flag)) {
      if (layer.step === "overrides") return undefined;
      if (this.#answerer(layer, flag)?.total === true) return layer;
    }
    return undefined;
  }

  /** Works out the flag's own answer. */
  prepare(flag: RegisteredFlag): ChainAnswer {
    const partial: Extract<Answerer, { total: false }>[] = [];
    for (const layer of this.layers(flag)) {
      const answerer = this.#answerer(layer, flag);
      if (answerer === undefined) continue;
      if (answerer.total) return join(partial, answerer);
      partial.push(answerer);
    }
    const fallback = defaultResolution(flag);
    return join(partial, { total: true, constant: fallback, decide: () => fallback, outcomes: [fallback] });
  }

  /** Prepares one flag as if a step said this of it; for checking a value or rule before it is set. */
  preview(flag: RegisteredFlag, prepared: Prepared, step: string): readonly Resolution[] | undefined {
    const answerer = this.#answerer({ step, prepared }, flag);
    return answerer?.total === true ? answerer.outcomes : undefined;
  }

  /** What one layer says of the flag for one context, with a rule's arithmetic; for `explain`. */
  inspect({ step, prepared, ...layer }: Layer, flag: RegisteredFlag, context: Context): Inspection {
    if ("failure" in layer) return { failure: layer.failure };
    if (prepared === undefined) return {};
    if ("decide" in prepared) {
      try {
        return { resolution: this.#call(step, flag, prepared.decide, context) };
      } catch (failure) {
        return { failure };
      }
    }
    const checked = BUILT_IN.has(step) ? prepared : recheck(prepared, flag);
    if ("problem" in checked) return { failure: new TypeError(checked.problem) };
    if ("value" in checked) return { resolution: staticResolution(flag, checked.value, step) };
    const trace = compileRule(checked.rule, flag, this.#scope, step).trace(context);
    return { resolution: trace.resolution, trace, rule: checked.rule };
  }

  #answerer(layer: Layer, flag: RegisteredFlag): Answerer | undefined {
    const { step, prepared } = layer;
    if ("failure" in layer) this.#onFailure(step, flag, layer.failure);
    if (prepared === undefined) return undefined;
    if ("decide" in prepared) return this.#custom(step, flag, prepared.decide);
    const checked = BUILT_IN.has(step) ? prepared : recheck(prepared, flag);
    if ("problem" in checked) {
      this.#onFailure(step, flag, new TypeError(checked.problem));
      return undefined;
    }
    if ("rule" in checked)
      return { total: true, rule: checked.rule, ...compileRule(checked.rule, flag, this.#scope, step) };
    const constant = staticResolution(flag, checked.value, step);
    return { total: true, constant, decide: () => constant, outcomes: [constant] };
  }

  #custom(step: string, flag: RegisteredFlag, decide: (context: Context) => unknown): Answerer {
    return {
      total: false,
      step,
      part: decide,
      decide: (context) => {
        try {
          return this.#call(step, flag, decide, context);
        } catch (failure) {
          this.#onFailure(step, flag, failure);
          return undefined;
        }
      },
    };
  }

  #call(
    step: string,
    flag: RegisteredFlag,
    decide: (context: Context) => unknown,
    context: Context,
  ): Resolution | undefined {
    const value = decide(this.#hasBase ? { ...this.#scope.base, ...context } : context);
    if (value === undefined) return undefined;
    const reading = checkValue(flag, value);
    if ("problem" in reading) throw new TypeError(reading.problem);
    return resolution(flag, reading.value, "TARGETING_MATCH", step);
  }
}

function ask(step: Resolver, flag: RegisteredFlag): Layer {
  try {
    const prepared = step.prepare(flag);
    return prepared === undefined ? { step: step.name } : { step: step.name, prepared };
  } catch (failure) {
    return { step: step.name, failure };
  }
}

/** What a resolver outside burgee prepared has been checked by nobody yet. */
function recheck(
  prepared: Exclude<Prepared, { decide: unknown }>,
  flag: RegisteredFlag,
): { value: unknown } | { rule: CheckedRule } | { problem: string } {
  if (!("rule" in prepared)) return checkValue(flag, prepared.value);
  const check = checkRule(prepared.rule, flag, (input) => readData(flag, input));
  return "rule" in check ? check : { problem: check.issues.map((issue) => issue.message).join("; ") };
}

function join(
  partial: readonly Extract<Answerer, { total: false }>[],
  last: Extract<Answerer, { total: true }>,
): ChainAnswer {
  const setting: Setting = last.constant !== undefined ? { value: last.constant.value } : { rule: last.rule ?? {} };
  if (partial.length === 0) return { constant: last.constant, decide: last.decide, outcomes: last.outcomes, setting };
  const decide = partial.reduceRight<Decide>(
    (next, { decide }) =>
      (context) =>
        decide(context) ?? next(context),
    last.decide,
  );
  const custom = partial.map(({ step }) => step).join(", ");
  return {
    constant: undefined,
    decide,
    outcomes: undefined,
    setting: { custom, parts: [...partial.map(({ part }) => part), setting] },
  };
}

function resolution(flag: RegisteredFlag, value: unknown, reason: Resolution["reason"], source: string): Resolution {
  return Object.freeze({ value, ...(flag.values !== undefined && { variant: value as string }), reason, source });
}

function staticResolution(flag: RegisteredFlag, value: unknown, source: string): Resolution {
  return resolution(flag, value, "STATIC", source);
}

/** The answer of the definition's default. */
export function defaultResolution(flag: RegisteredFlag): Resolution {
  return resolution(flag, flag.default, "DEFAULT", "default");
}

/** The answer of a flag that is switched off by what stands outside the chain. */
export function offResolution(
  flag: RegisteredFlag,
  value: unknown,
  source: "kill" | "dependency" | "requirement",
  dependency?: string,
): Resolution {
  return Object.freeze({
    ...resolution(flag, value, "DISABLED", source),
    ...(dependency !== undefined && { dependency }),
  });
}
