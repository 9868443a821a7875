import type { ConditionJson, Matches } from "./condition.js";
import { equalTo } from "./condition-equality.js";
import type { Test } from "./condition-operator.js";
import { asks, reaches, readStep, type Step, stepsOf } from "./condition-path.js";
import type { Context } from "./context.js";

/** Where the first step of a path finds its value. */
interface Root {
  readonly step: Step;
  /** Another name of the same thing. */
  readonly other: string | undefined;
  /** What counts where nothing has either name. */
  readonly fallback: unknown;
}

/** Prepares where a path begins: in a context, or in an element of a list. */
export type RootOf = (step: Step) => Root;

/** A context's own attribute comes before the base context's, and `userId` and `targetingKey` are one unit under two names. */
export function contextRoot(base: Context): RootOf {
  return (step) => {
    const other = step.name === "userId" ? "targetingKey" : step.name === "targetingKey" ? "userId" : undefined;
    const own = readStep(base, step);
    return { step, other, fallback: own === undefined && other !== undefined ? base[other] : own };
  };
}

/** An element has what it has. */
export const elementRoot: RootOf = (step) => ({ step, other: undefined, fallback: undefined });

/** Prepares asking whether something that a path leads to passes a test. */
export function askerOf(path: string, rootOf: RootOf): (test: Test, whole: boolean) => Matches {
  const steps = stepsOf(path);
  const root = rootOf(steps[0]);
  if (steps.length > 1) return (test, whole) => (context) => reaches(readRoot(context, root), steps, 1, test, whole);
  if (!isPlain(root)) return (test, whole) => (context) => asks(readRoot(context, root), test, whole);
  const { name } = root.step;
  const { fallback } = root;
  return (test, whole) => (context) => {
    const own = context[name];
    return asks(own === undefined ? fallback : own, test, whole);
  };
}

function readRoot(context: Context, root: Root): unknown {
  const own = readStep(context, root.step);
  if (own !== undefined) return own;
  const other = root.other === undefined ? undefined : context[root.other];
  return other === undefined ? root.fallback : other;
}

function isPlain(root: Root): boolean {
  return !root.step.everywhere && root.other === undefined;
}

/** Up to so many texts are compared one by one. */
const FEW = 8;

/**
 * The two questions that nearly every rule asks, whether a plain attribute is one text or one of a few, without calling
 * anything for it; undefined for all others. The answers are those of {@link askerOf}.
 */
export function quickQuestion(path: string, part: ConditionJson, rootOf: RootOf): Matches | undefined {
  const steps = stepsOf(path);
  const root = rootOf(steps[0]);
  if (steps.length > 1 || !isPlain(root)) return undefined;
  if (typeof part === "string" || typeof part === "boolean") return quickEqual(root, part);
  const texts = fewTexts(part);
  return texts === undefined ? undefined : quickIn(root, texts);
}

/** The operand of a lone `$in` that holds a few texts. */
function fewTexts(part: ConditionJson): readonly string[] | undefined {
  if (typeof part !== "object" || part === null || !("$in" in part) || Object.keys(part).length > 1) return undefined;
  const list = part.$in;
  if (!Array.isArray(list) || list.length > FEW) return undefined;
  return list.every((text) => typeof text === "string") ? list : undefined;
}

function quickEqual({ step: { name }, fallback }: Root, operand: string | boolean): Matches {
  const test = equalTo(operand);
  return (context) => {
    const own = context[name];
    const value = own === undefined ? fallback : own;
    return value === operand || (typeof value === "object" && asks(value, test, false));
  };
}

function quickIn({ step: { name }, fallback }: Root, texts: readonly unknown[]): Matches {
  const test: Test = (element) => texts.includes(element);
  return (context) => {
    const own = context[name];
    const value = own === undefined ? fallback : own;
    for (let i = 0; i < texts.length; i++) if (texts[i] === value) return true;
    return typeof value === "object" && asks(value, test, false);
  };
}
