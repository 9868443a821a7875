import type { RegisteredFlag } from "../registry/registry.js";
import { checkValue, readData } from "../registry/value.js";
import { compileRule, type RuleTrace } from "../rules/compile.js";
import type { Context } from "../rules/context.js";
import type { Decide, Resolution } from "../rules/resolution.js";
import type { CheckedRule } from "../rules/rule.js";
import { checkRule } from "../rules/schema.js";
import { comesLate } from "../rules/thenable.js";
import type { RuleScope } from "../rules/unit.js";
import { defaultResolution, resolution, staticResolution } from "./resolutions.js";
import type { Prepared, Resolver } from "./resolver.js";

/** What a flag's answer rests on: a value for everybody, a rule, or functions of custom resolvers (told apart by identity). */
export type Setting =
  | { readonly value: unknown }
  | { readonly rule: CheckedRule }
  | { readonly custom: string; readonly parts: readonly unknown[] };

/** A value or rule that fits the flag. */
type Checked = { readonly value: unknown } | { readonly rule: CheckedRule };

/** A flag's own answer: what the chain says, before kill switch, dependencies and requirements. */
export interface ChainAnswer {
  readonly constant: Resolution | undefined;
  readonly decide: Decide;
  /** Every answer that it is known to give to somebody. */
  readonly outcomes: readonly Resolution[];
  /** Whether a custom function may give others. */
  readonly open: boolean;
  readonly setting: Setting;
}

/** What one step says of one flag, in the order of precedence. */
export interface Layer {
  readonly step: string;
  readonly prepared?: Prepared;
  /** What it threw. */
  readonly failure?: unknown;
}

/** A layer that always answers: with a value or a rule. */
interface Always {
  readonly total: true;
  readonly constant: Resolution | undefined;
  readonly decide: Decide;
  readonly outcomes: readonly Resolution[];
  readonly setting: Setting;
}

/** A layer that may answer: a custom function. */
interface Sometimes {
  readonly total: false;
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

const ASYNCHRONOUS = "answers asynchronously; a flag's value must be known at once";
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
    const partial: Sometimes[] = [];
    for (const layer of this.layers(flag)) {
      const answerer = this.#answerer(layer, flag);
      if (answerer === undefined) continue;
      if (answerer.total) return join(partial, answerer);
      partial.push(answerer);
    }
    return join(partial, constantly(defaultResolution(flag)));
  }

  /** Every answer that the flag could give if a step said this of it; for checking a value or rule before it is set. */
  preview(flag: RegisteredFlag, checked: Checked, step: string): readonly Resolution[] {
    return this.#total(step, flag, checked).outcomes;
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

  #answerer(layer: Layer, flag: RegisteredFlag): Always | Sometimes | undefined {
    const { step, prepared } = layer;
    // What is wrong with an entry of burgee's own sources was told when it was read.
    if ("failure" in layer && !BUILT_IN.has(step)) this.#onFailure(step, flag, layer.failure);
    if (prepared === undefined) return undefined;
    if ("decide" in prepared) return this.#custom(step, flag, prepared.decide);
    const checked = BUILT_IN.has(step) ? prepared : recheck(prepared, flag);
    if ("problem" in checked) {
      this.#onFailure(step, flag, new TypeError(checked.problem));
      return undefined;
    }
    return this.#total(step, flag, checked);
  }

  #total(step: string, flag: RegisteredFlag, checked: Checked): Always {
    if ("value" in checked) return constantly(staticResolution(flag, checked.value, step));
    const compiled = compileRule(checked.rule, flag, this.#scope, step);
    const { constant } = compiled;
    return {
      ...compiled,
      total: true,
      setting: constant === undefined ? { rule: checked.rule } : { value: constant.value },
    };
  }

  #custom(step: string, flag: RegisteredFlag, decide: (context: Context) => unknown): Sometimes {
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
    if (comesLate(value)) throw new TypeError(ASYNCHRONOUS);
    const reading = checkValue(flag, value);
    if ("problem" in reading) throw new TypeError(reading.problem);
    return resolution(flag, reading.value, "TARGETING_MATCH", step);
  }
}

function ask(step: Resolver, flag: RegisteredFlag): Layer {
  try {
    const prepared = step.prepare(flag);
    if (prepared === undefined) return { step: step.name };
    if (comesLate(prepared)) throw new TypeError(ASYNCHRONOUS);
    if (typeof prepared !== "object" || prepared === null)
      throw new TypeError("prepare must give { value }, { rule }, { decide }, or undefined to abstain");
    if ("value" in prepared && comesLate(prepared.value)) throw new TypeError(ASYNCHRONOUS);
    return { step: step.name, prepared };
  } catch (failure) {
    return { step: step.name, failure };
  }
}

/** What a resolver outside burgee prepared has been checked by nobody yet. */
function recheck(
  prepared: Exclude<Prepared, { decide: unknown }>,
  flag: RegisteredFlag,
): Checked | { readonly problem: string } {
  if (!("rule" in prepared)) return checkValue(flag, prepared.value);
  const check = checkRule(prepared.rule, flag, (input) => readData(flag, input));
  return "rule" in check ? check : { problem: check.issues.map((issue) => issue.message).join("; ") };
}

function constantly(constant: Resolution): Always {
  const setting = { value: constant.value };
  return { total: true, constant, decide: () => constant, outcomes: [constant], setting };
}

function join(partial: readonly Sometimes[], last: Always): ChainAnswer {
  const { constant, outcomes, setting } = last;
  if (partial.length === 0) return { constant, decide: last.decide, outcomes, open: false, setting };
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
    outcomes,
    open: true,
    setting: { custom, parts: [...partial.map(({ part }) => part), setting] },
  };
}
