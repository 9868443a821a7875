import type { Test } from "./condition-operator.js";

/** One step of a dotted path. */
export interface Step {
  readonly name: string;
  /** The element it is in a list; -1 where it is none. */
  readonly index: number;
  /** Every object has something of that name, so it counts only where it is the object's own. */
  readonly everywhere: boolean;
}

/** Why a path cannot be followed, to stand after its name; undefined where it can. */
export function pathProblem(path: string): string | undefined {
  const names = path.split(".");
  if (path === "") return "needs a name: the key is empty";
  if (names.includes("")) return "has an empty step; a path is names with one dot between them, such as address.city";
  const operator = names.find((name) => name.startsWith("$"));
  if (operator === undefined) return undefined;
  return `has an operator among its steps; write { ${names[0]}: { ${operator}: … } }`;
}

/** A path's steps. */
export function stepsOf(path: string): readonly [Step, ...Step[]] {
  const [first = "", ...rest] = path.split(".");
  return [stepOf(first), ...rest.map(stepOf)];
}

function stepOf(name: string): Step {
  return { name, index: /^(0|[1-9]\d*)$/.test(name) ? Number(name) : -1, everywhere: name in Object.prototype };
}

/** What an object has under a step's name. */
export function readStep(from: Readonly<Record<string, unknown>>, step: Step): unknown {
  return step.everywhere && !Object.hasOwn(from, step.name) ? undefined : from[step.name];
}

/** Whether a value, or where `whole` is false any of its elements, passes. */
export function asks(value: unknown, test: Test, whole: boolean): boolean {
  if (test(value)) return true;
  return !whole && typeof value === "object" && Array.isArray(value) && someElement(value, test);
}

function someElement(list: readonly unknown[], test: Test): boolean {
  for (let i = 0; i < list.length; i++) if (test(list[i])) return true;
  return false;
}

/**
 * Whether anything that a path leads to passes, as in MongoDB: what is no object has nothing in it, so the path ends at
 * something missing; a list stands for each of its objects, and a number for the element that it counts to. `from` is
 * the next step to take.
 */
export function reaches(value: unknown, steps: readonly Step[], from: number, test: Test, whole: boolean): boolean {
  let at = value;
  for (let i = from; i < steps.length; i++) {
    if (Array.isArray(at)) return reachesThrough(at, steps, i, test, whole);
    if (!isObject(at)) return test(undefined);
    at = readStep(at, steps[i] as Step);
  }
  return asks(at, test, whole);
}

/** The same through a list. What in it is neither an object nor counted to contributes nothing, not even something missing. */
function reachesThrough(
  list: readonly unknown[],
  steps: readonly Step[],
  from: number,
  test: Test,
  whole: boolean,
): boolean {
  for (let i = 0; i < list.length; i++) {
    const element = list[i];
    if (isObject(element) && !Array.isArray(element) && reaches(element, steps, from, test, whole)) return true;
  }
  const { index } = steps[from] as Step;
  if (index < 0 || index >= list.length) return false;
  const element = list[index];
  // An element that was counted to is asked itself; were it a list, its own elements are not.
  if (from + 1 === steps.length) return test(element);
  return isObject(element) && reaches(element, steps, from + 1, test, whole);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
