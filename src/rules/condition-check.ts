import type { CheckedCondition, ConditionJson } from "./condition.js";
import { readData } from "./condition-data.js";
import { readList } from "./condition-equality.js";
import {
  ATTRIBUTE_OPERATORS,
  CONDITION_OPERATORS,
  OPPOSITES,
  unknownOperator,
  VALUE_OPERATORS,
} from "./condition-operators.js";
import { pathProblem } from "./condition-path.js";
import { bareOperator, isBareOperator, lacksSigns } from "./condition-slip.js";
import { ConditionWalk, DEEPEST, type Path } from "./condition-walk.js";
import { isPlainObject } from "./plain-object.js";
import type { RuleIssue } from "./rule-issue.js";

/** What {@link checkCondition} gives: the condition, or everything that is wrong with it. */
export type ConditionCheck = { readonly condition: CheckedCondition } | { readonly issues: readonly RuleIssue[] };

type Members = Readonly<Record<string, unknown>>;

/**
 * Checks a condition and normalises it. Everything that is wrong is found at once. `path` leads to the condition, and
 * each issue's path begins with it. The result is frozen and shares nothing with the input.
 */
export function checkCondition(input: unknown, path: Path): ConditionCheck {
  const reader = new ConditionReader();
  const condition = reader.condition(input, path, false);
  return condition === undefined || reader.walk.issues.length > 0 ? { issues: reader.walk.issues } : { condition };
}

/** Each segment that a condition names, and where inside the condition. */
export function segmentsNamed(condition: CheckedCondition): readonly { readonly name: string; readonly path: Path }[] {
  return Object.entries(condition).flatMap(([key, part]) => {
    if (key === "$segment") return [{ name: String(part), path: [key] }];
    if (key === "$not") return segmentsBelow(part, [key]);
    return isGroup(key) && Array.isArray(part) ? part.flatMap((item, index) => segmentsBelow(item, [key, index])) : [];
  });
}

function segmentsBelow(part: unknown, path: Path): { name: string; path: Path }[] {
  return segmentsNamed(part as CheckedCondition).map(({ name, path: rest }) => ({ name, path: [...path, ...rest] }));
}

/** `$and`, `$or` and `$nor`, which hold lists of conditions. */
export function isGroup(key: string): boolean {
  return key === "$and" || key === "$or" || key === "$nor";
}

/**
 * Whether the operand of `$elemMatch` is a condition on elements that are objects, and no operators on each element.
 * `$not` can stand in both, and is what it holds.
 */
export function isElementCondition(operand: unknown): boolean {
  let given = operand;
  // Deeper ones are refused, and one that holds itself has no end.
  for (let depth = 0; depth < DEEPEST && isPlainObject(given); depth++) {
    if (Object.keys(given).some((key) => !key.startsWith("$") || isGroup(key))) return true;
    given = given.$not;
  }
  return false;
}

class ConditionReader {
  readonly walk = new ConditionWalk();

  /** A condition; `onElement` where it is asked of a list's elements. */
  condition(given: unknown, path: Path, onElement: boolean): CheckedCondition | undefined {
    if (!isPlainObject(given)) {
      const hint = Array.isArray(given) ? ", not a list; { $or: [ … ] } holds where any of a list does" : "";
      return this.walk.refuse(path, `must be a condition, such as { plan: "pro" }${hint}`);
    }
    if (Object.keys(given).length === 0)
      return this.walk.refuse(path, "is empty and would match everybody; say what it asks, or leave it out");
    return this.#members(given, path, (key, part, at) =>
      key.startsWith("$") ? this.#logical(key, part, at, onElement) : this.#attribute(key, part, at, onElement),
    );
  }

  #logical(key: string, given: unknown, path: Path, onElement: boolean): ConditionJson | undefined {
    if (isGroup(key)) return this.#conditions(given, path, onElement);
    if (key === "$not") return this.condition(given, path, onElement);
    if (key !== "$segment") return this.walk.refuse(path, unknownOperator(key, CONDITION_OPERATORS));
    if (onElement) return this.walk.refuse(path, "asks about the context, and cannot stand inside $elemMatch");
    return typeof given === "string" && given !== ""
      ? given
      : this.walk.refuse(path, "must be the name of a segment, a text that is not empty");
  }

  #conditions(given: unknown, path: Path, onElement: boolean): ConditionJson | undefined {
    if (!Array.isArray(given)) return this.walk.refuse(path, "must be a list of conditions");
    if (given.length === 0) return this.walk.refuse(path, "is an empty list; give it conditions, or leave it out");
    return this.walk.inside(given, path, () => {
      const conditions = Array.from(given, (item, index) => this.condition(item, [...path, index], onElement));
      return conditions.every((item) => item !== undefined) ? Object.freeze(conditions) : undefined;
    });
  }

  /** What is asked about one attribute. */
  #attribute(key: string, given: unknown, path: Path, onElement: boolean): ConditionJson | undefined {
    const problem = pathProblem(key);
    if (problem !== undefined) return this.walk.refuse(path, problem);
    if (isBareOperator(key, given, onElement))
      return this.walk.refuse(path, bareOperator(key, `{ ${key}: { $eq: … } } to ask for an attribute of that name`));
    if (!isPlainObject(given)) return this.#equality(key, given, path);
    const keys = Object.keys(given);
    const operators = keys.filter((name) => name.startsWith("$"));
    if (keys.length === 0)
      return this.walk.refuse(path, "is an empty object; write { $eq: {} } to ask for one, or say what else is asked");
    if (operators.length === 0) return lacksSigns(given) ? this.#bare(keys, path) : this.#equality(key, given, path);
    if (operators.length < keys.length)
      return this.walk.refuse(path, `mixes operators with other keys; a path leads inside: { "${key}.…": … }`);
    const checked = this.operators(given, path);
    // One way to write one question, which must mean the same when it is checked again.
    const short = checked !== undefined && keys.length === 1 && isScalar(checked.$eq) ? checked.$eq : undefined;
    return short === undefined || isBareOperator(key, short, onElement) ? checked : short;
  }

  #bare(names: readonly string[], path: Path): undefined {
    for (const name of names)
      this.walk.refuse([...path, name], bareOperator(name, `{ $eq: { ${name}: … } } to compare with an object`));
  }

  #equality(attribute: string, given: unknown, path: Path): ConditionJson | undefined {
    const data = readData(given, path, this.walk, attribute);
    return data === undefined || isScalar(data) ? data : Object.freeze({ $eq: data });
  }

  /** Operators on one value. */
  operators(given: Members, path: Path): CheckedCondition | undefined {
    return this.#members(given, path, (name, operand, at) => this.#operand(name, operand, at));
  }

  #operand(name: string, given: unknown, path: Path): ConditionJson | undefined {
    const operator = VALUE_OPERATORS.get(OPPOSITES.get(name) ?? name);
    if (operator !== undefined) return operator.read(given, path, this.walk);
    if (name === "$all") return readList(given, path, this.walk);
    if (name === "$elemMatch") return this.#elementMatch(given, path);
    if (name === "$not") return this.#opposite(given, path);
    return this.walk.refuse(path, unknownOperator(name, ATTRIBUTE_OPERATORS));
  }

  #elementMatch(given: unknown, path: Path): ConditionJson | undefined {
    if (!isPlainObject(given) || Object.keys(given).length === 0)
      return this.walk.refuse(
        path,
        'must hold operators, such as { $gt: 5 }, or a condition, such as { kind: "home" }',
      );
    return isElementCondition(given) ? this.condition(given, path, true) : this.operators(given, path);
  }

  #opposite(given: unknown, path: Path): ConditionJson | undefined {
    if (!isPlainObject(given) || Object.keys(given).length === 0)
      return this.walk.refuse(path, "must hold operators, such as { $gt: 5 }; the opposite of a value is { $ne: … }");
    const name = Object.keys(given).find((key) => !key.startsWith("$"));
    if (name === undefined) return this.operators(given, path);
    return this.walk.refuse(
      path,
      "holds operators when it stands inside an attribute; a whole condition is negated beside it",
    );
  }

  /** Reads every member, so that everything wrong is found, and keeps the order. */
  #members(
    given: Members,
    path: Path,
    read: (key: string, part: unknown, at: Path) => ConditionJson | undefined,
  ): CheckedCondition | undefined {
    return this.walk.inside(given, path, () => {
      const members: [string, ConditionJson][] = [];
      for (const [key, part] of Object.entries(given)) {
        const member = read(key, part, [...path, key]);
        if (member !== undefined) members.push([key, member]);
      }
      return Object.freeze(Object.fromEntries(members));
    });
  }
}

function isScalar(value: ConditionJson | undefined): value is string | number | boolean | null {
  return value !== undefined && (value === null || typeof value !== "object");
}
