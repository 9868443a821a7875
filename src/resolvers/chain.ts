import type { RegisteredFlag } from "../registry/registry.js";
import { checkValue } from "../registry/value.js";
import { compileRule } from "../rules/compile.js";
import type { Context } from "../rules/context.js";
import { type Known, usedGroups } from "../rules/references.js";
import type { Decide, Resolution } from "../rules/resolution.js";
import type { CheckedRule } from "../rules/rule.js";
import { comesLate } from "../rules/thenable.js";
import type { RuleTrace } from "../rules/trace.js";
import type { RuleScope } from "../rules/unit.js";
import { type ChainAnswer, ConstantAnswers } from "./chain-answer.js";
import { ASYNCHRONOUS, ask, type Checked, checkPrepared, isBuiltIn, type Layer } from "./layer.js";
import { choiceOf, defaultResolution, resolution, staticResolution } from "./resolutions.js";
import type { Resolver } from "./resolver.js";

/** A layer that may answer: a custom function. */
interface Sometimes {
  readonly decide: (context: Context) => Resolution | undefined;
  readonly part: unknown;
  readonly step: string;
}

/** What a layer says: its answer, how a rule came to it, or why it failed. Empty where it abstains. */
export interface Inspection {
  readonly resolution?: Resolution | undefined;
  readonly rule?: CheckedRule;
  readonly trace?: RuleTrace;
  readonly failure?: unknown;
}

/** Called where a step threw, or gave what the flag cannot have. */
export type OnFailure = (step: string, flag: RegisteredFlag, failure: unknown) => void;

/**
 * The chain of resolvers: asks each step in order and lets the first answer win. All of that happens in `prepare`;
 * what is left for evaluation is one prepared function, or a constant.
 */
export class Chain {
  readonly steps: readonly Resolver[];
  readonly #hasBase: boolean;
  readonly #onFailure: OnFailure;
  readonly #constants: ConstantAnswers;
  #scope: RuleScope;

  constructor(
    steps: readonly Resolver[],
    scope: RuleScope,
    onFailure: OnFailure,
    constants: ConstantAnswers = new ConstantAnswers(),
  ) {
    this.steps = Object.freeze([...steps]);
    this.#scope = scope;
    this.#hasBase = Object.keys(scope.base).length > 0;
    this.#onFailure = onFailure;
    this.#constants = constants;
  }

  /** Whether anything can be overridden at run time. */
  get overridable(): boolean {
    return this.steps.some((step) => step.name === "overrides");
  }

  /** What rules are read against, and may name. */
  get scope(): RuleScope {
    return this.#scope;
  }

  /** Lets rules name these from the next preparation on. */
  use({ groups, bucketings }: Known): void {
    this.#scope = { ...this.#scope, groups, bucketings };
  }

  /** A chain of other steps, in which rules may name these; what it answers may stand in this one's place. */
  beside(steps: readonly Resolver[], { groups, bucketings }: Known): Chain {
    return new Chain(steps, { ...this.#scope, groups, bucketings }, this.#onFailure, this.#constants);
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
      const fitting = this.#fitting(layer, flag);
      if (fitting !== undefined && !("decide" in fitting)) return layer;
    }
    return undefined;
  }

  /** Works out the flag's own answer as it is at a time, in milliseconds since 1970. */
  prepare(flag: RegisteredFlag, now: number): ChainAnswer {
    const partial: Sometimes[] = [];
    for (const layer of this.layers(flag)) {
      const fitting = this.#fitting(layer, flag);
      if (fitting === undefined) continue;
      if ("decide" in fitting) partial.push(this.#custom(layer.step, flag, fitting.decide));
      else {
        const always = this.#attempt(layer.step, flag, fitting, now);
        if (always !== undefined) return join(partial, always);
      }
    }
    return join(partial, this.#constants.of(flag, defaultResolution(flag)));
  }

  /** What the flag would answer if a step said this of it; for checking a value or rule before it is set. */
  preview(flag: RegisteredFlag, checked: Checked, step: string, now: number): Pick<ChainAnswer, "outcomes" | "later"> {
    return this.#total(step, flag, checked, now);
  }

  /** What one layer says of the flag for one context, with a rule's arithmetic; for `explain`. */
  inspect({ step, prepared, ...layer }: Layer, flag: RegisteredFlag, context: Context, now: number): Inspection {
    if ("failure" in layer) return { failure: layer.failure };
    if (prepared === undefined) return {};
    const fitting = checkPrepared(step, prepared, flag, this.#scope);
    if ("problem" in fitting) return { failure: new TypeError(fitting.problem) };
    if ("value" in fitting) return { resolution: staticResolution(flag, fitting.value, step) };
    try {
      if ("rule" in fitting) {
        const trace = compileRule(fitting.rule, flag, this.#scope, step, now).trace(context);
        return { resolution: trace.resolution, trace, rule: fitting.rule };
      }
      return { resolution: this.#call(step, flag, fitting.decide, context) };
    } catch (failure) {
      return { failure };
    }
  }

  /** What a layer has to say; undefined where it abstains, and where it failed, which is told. */
  #fitting(layer: Layer, flag: RegisteredFlag): Checked | { decide: (context: Context) => unknown } | undefined {
    const { step, prepared } = layer;
    const told = (failure: unknown): undefined => {
      if (!isBuiltIn(step)) this.#onFailure(step, flag, failure);
    };
    if ("failure" in layer) return told(layer.failure);
    const fitting = prepared && checkPrepared(step, prepared, flag, this.#scope);
    return fitting !== undefined && "problem" in fitting ? told(new TypeError(fitting.problem)) : fitting;
  }

  /** A bucketing of somebody else's may throw while it is prepared, at a share that a ramp comes to. */
  #attempt(step: string, flag: RegisteredFlag, checked: Checked, now: number): ChainAnswer | undefined {
    try {
      return this.#total(step, flag, checked, now);
    } catch (failure) {
      this.#onFailure(step, flag, failure);
      return undefined;
    }
  }

  #total(step: string, flag: RegisteredFlag, checked: Checked, now: number): ChainAnswer {
    if ("value" in checked) return this.#constants.of(flag, staticResolution(flag, checked.value, step));
    const compiled = compileRule(checked.rule, flag, this.#scope, step, now);
    const { constant, decide, outcomes, later, assigned, next, standing: rule } = compiled;
    const groups = usedGroups(rule, flag, this.#scope.groups);
    return {
      open: false,
      setting: constant === undefined ? { rule, ...(groups && { groups }) } : { value: choiceOf(constant) },
      ...{ constant, decide, outcomes, later, assigned, next },
    };
  }

  #custom(step: string, flag: RegisteredFlag, decide: (context: Context) => unknown): Sometimes {
    return {
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
    if (comesLate(value)) throw new TypeError(ASYNCHRONOUS);
    const reading = checkValue(flag, value);
    if ("problem" in reading) throw new TypeError(reading.problem);
    return resolution(flag, reading.value, "TARGETING_MATCH", step);
  }
}

function join(partial: readonly Sometimes[], last: ChainAnswer): ChainAnswer {
  if (partial.length === 0) return last;
  const decide = partial.reduceRight<Decide>(
    (next, { decide }) =>
      (context) =>
        decide(context) ?? next(context),
    last.decide,
  );
  const custom = partial.map(({ step }) => step).join(", ");
  const parts = [...partial.map(({ part }) => part), last.setting];
  return { ...last, constant: undefined, decide, open: true, setting: { custom, parts } };
}
