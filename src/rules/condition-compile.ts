import type { CheckedCondition, ConditionJson, Matches } from "./condition.js";
import { askerOf, contextRoot, elementRoot, quickQuestion, type RootOf } from "./condition-attribute.js";
import { isElementCondition } from "./condition-check.js";
import { equalTo } from "./condition-equality.js";
import type { Test } from "./condition-operator.js";
import { OPPOSITES, VALUE_OPERATORS } from "./condition-operators.js";
import { isObject } from "./condition-path.js";
import type { Context } from "./context.js";

/** What a condition is compiled in: the base context, and the segments that it may name. */
export interface ConditionScope {
  /** Attributes that every context has unless it says otherwise. */
  readonly base: Context;
  /** Checked, and in no circle. */
  readonly segments: ReadonlyMap<string, CheckedCondition>;
}

/** How one question of a condition was answered for one context. */
export interface ConditionTrace {
  /** Where the question stands, down to the attribute: `plan`, `$or[1].country`, `$segment beta / plan`. */
  readonly path: string;
  /** What is asked: `$eq` for a bare value. */
  readonly operator: string;
  /** Whether this question holds by itself. Below `$nor` and `$not` the condition wants it not to. */
  readonly matched: boolean;
  /** The attribute is not there. */
  readonly missing?: true;
}

/** Prepares a checked condition. Throws where it names a segment that is not there. */
export function compileCondition(condition: CheckedCondition, scope: ConditionScope): Matches {
  return new ConditionCompiler(scope).condition(condition, contextRoot(scope.base));
}

/**
 * Asks every question of a condition, those too that could not change the answer any more. Shows no attribute's value. A
 * segment is gone into once; where it is named again, it is one question.
 */
export function traceCondition(
  condition: CheckedCondition,
  scope: ConditionScope,
  context: Context,
): readonly ConditionTrace[] {
  const shown = new Set<string>();
  const inside = (part: ConditionJson, prefix: string): ConditionTrace[] =>
    Object.entries(part as CheckedCondition).flatMap(([key, inner]) => {
      if (!key.startsWith("$")) return traceAttribute(key, inner, scope, context, prefix);
      if (key === "$segment") return segment(String(inner), prefix);
      return Array.isArray(inner)
        ? inner.flatMap((one, index) => inside(one, `${prefix}${key}[${index}].`))
        : inside(inner, `${prefix}${key}.`);
    });
  const segment = (name: string, prefix: string): ConditionTrace[] => {
    if (!shown.has(name)) {
      shown.add(name);
      return inside(segmentOf(name, scope), `${prefix}$segment ${name} / `);
    }
    const matched = compileCondition({ $segment: name }, scope)(context);
    return [{ path: `${prefix}$segment ${name}`, operator: "$segment", matched }];
  };
  return inside(condition, "");
}

function traceAttribute(
  path: string,
  part: ConditionJson,
  scope: ConditionScope,
  context: Context,
  prefix: string,
): ConditionTrace[] {
  const holds = (operator: string, operand: ConditionJson) =>
    compileCondition({ [path]: { [operator]: operand } }, scope)(context);
  const missing = !holds("$exists", true);
  return Object.entries(operatorsOf(part)).map(([operator, operand]) => ({
    path: prefix + path,
    operator,
    matched: holds(operator, operand),
    ...(missing && { missing }),
  }));
}

function segmentOf(name: string, { segments }: ConditionScope): CheckedCondition {
  const segment = segments.get(name);
  if (segment === undefined) throw new Error(`there is no segment "${name}"`);
  return segment;
}

/** A bare value asks for equality. */
function operatorsOf(part: ConditionJson): CheckedCondition {
  return typeof part === "object" && part !== null ? (part as CheckedCondition) : { $eq: part };
}

/** A question about something; what it is asked of is a context, an element of a list, or one value. */
type Question<T> = (about: T) => boolean;

class ConditionCompiler {
  readonly #scope: ConditionScope;
  /** One question for each segment, however often it is named. */
  readonly #segments = new Map<string, Matches>();

  constructor(scope: ConditionScope) {
    this.#scope = scope;
  }

  condition(condition: CheckedCondition, root: RootOf): Matches {
    return every(Object.entries(condition).map(([key, part]) => this.#part(key, part, root)));
  }

  #part(key: string, part: ConditionJson, root: RootOf): Matches {
    if (!key.startsWith("$")) return this.#attribute(key, part, root);
    if (key === "$segment") return this.#segment(String(part));
    if (!Array.isArray(part)) return opposite(this.condition(part as CheckedCondition, root));
    const conditions = part.map((inner) => this.condition(inner, root));
    if (key === "$and") return every(conditions);
    return key === "$or" ? some(conditions) : opposite(some(conditions));
  }

  #segment(name: string): Matches {
    const known = this.#segments.get(name);
    if (known !== undefined) return known;
    const segment = this.condition(segmentOf(name, this.#scope), contextRoot(this.#scope.base));
    this.#segments.set(name, segment);
    return segment;
  }

  #attribute(path: string, part: ConditionJson, rootOf: RootOf): Matches {
    return quickQuestion(path, part, rootOf) ?? this.#operators(operatorsOf(part), askerOf(path, rootOf));
  }

  /** Operators, each a question by itself; `ask` says of what it is asked. */
  #operators<T>(operators: CheckedCondition, ask: (test: Test, whole: boolean) => Question<T>): Question<T> {
    const question = (name: string, operand: ConditionJson): Question<T> => {
      const opposed = OPPOSITES.get(name);
      if (opposed !== undefined) return opposite(question(opposed, operand));
      // Nothing on the path exists: that is no question to ask of each thing on it.
      if (name === "$exists" && operand === false) return opposite(question(name, true));
      if (name === "$not") return opposite(this.#operators(operand as CheckedCondition, ask));
      if (name === "$all") return all((operand as readonly ConditionJson[]).map((item) => ask(equalTo(item), false)));
      if (name === "$elemMatch") return ask(this.#elementMatch(operand as CheckedCondition), true);
      const operator = VALUE_OPERATORS.get(name);
      if (operator === undefined) throw new Error(`${name} is no operator`);
      return ask(operator.test(operand), operator.whole === true);
    };
    return every(Object.entries(operators).map(([name, operand]) => question(name, operand)));
  }

  #elementMatch(operand: CheckedCondition): Test {
    const element = isElementCondition(operand)
      ? this.#onObject(this.condition(operand, elementRoot))
      : this.#operators<unknown>(operand, (test) => test);
    return (value) => {
      if (!Array.isArray(value)) return false;
      for (let i = 0; i < value.length; i++) if (element(value[i])) return true;
      return false;
    };
  }

  #onObject(matches: Matches): Test {
    return (element) => isObject(element) && !Array.isArray(element) && matches(element);
  }
}

function opposite<T>(question: Question<T>): Question<T> {
  return (about) => !question(about);
}

/** All of `$all`, of which an empty list has none. */
function all<T>(questions: readonly Question<T>[]): Question<T> {
  return questions.length === 0 ? () => false : every(questions);
}

function every<T>(questions: readonly Question<T>[]): Question<T> {
  const [first, second] = questions;
  if (first !== undefined && questions.length === 1) return first;
  if (first !== undefined && second !== undefined && questions.length === 2)
    return (about) => first(about) && second(about);
  return (about) => {
    for (let i = 0; i < questions.length; i++) if (!(questions[i] as Question<T>)(about)) return false;
    return true;
  };
}

function some<T>(questions: readonly Question<T>[]): Question<T> {
  const [first, second] = questions;
  if (first !== undefined && questions.length === 1) return first;
  if (first !== undefined && second !== undefined && questions.length === 2)
    return (about) => first(about) || second(about);
  return (about) => {
    for (let i = 0; i < questions.length; i++) if ((questions[i] as Question<T>)(about)) return true;
    return false;
  };
}
